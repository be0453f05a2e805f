"""Agents of a service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..app import names
from ..app.agents import AgentHandle as Here
from ..app.agents import Agents as AllHere
from ..app.schedules import Terms
from ..graph.diff import PlanDiff
from ..records import (
    Agent,
    Compiled,
    Goal,
    Graph,
    Json,
    Missed,
    Pinned,
    PlanVersion,
    Review,
    Run,
    RunningRuns,
    ToolSpec,
)
from ..records.revisions import Migration
from ..records.shown import Listing
from ..tools import Toolbox
from .goals import GoalHandle
from .runs import RunHandle
from .schedules import ScheduleHandle, Schedules
from .wire import Afar, Wire, at, value

_BOX = Toolbox([])


class AgentHandle(Afar, Here):
    """One agent and what can be asked of it."""

    def __init__(self, wire: Wire, record: Agent) -> None:
        self._wire = wire
        self.record = record

    async def submit(
        self,
        goal: str,
        payload: Json = None,
        *,
        plan_only: bool = False,
        fresh: bool = False,
        share_payload: bool = False,
    ) -> GoalHandle:
        body = {"agent": self.name, "goal": goal, "payload": value(payload, "the payload"), "plan_only": plan_only}
        made = await self._wire.post(Goal, at("goals"), **body, fresh=fresh, share_payload=share_payload)
        return GoalHandle(self._wire, made)

    async def register(self, source: str, *, author: str | None = None) -> PlanVersion:
        return await self._wire.post(
            PlanVersion, at("agents", self.name, "plans"), source=names.source(source), author=author
        )

    async def revoke(self, version: int, comment: str | None = None, *, running: RunningRuns = "pause") -> PlanVersion:
        path = at("agents", self.name, "plans", str(version), "revoke")
        return await self._wire.post(PlanVersion, path, comment=comment, running=running)

    async def rollback(self, to: int) -> PlanVersion:
        return await self._wire.post(PlanVersion, at("agents", self.name, "rollback"), to=to)

    async def migrate(self, to: int, *, of: int | None = None, dry_run: bool = False) -> Sequence[Migration]:
        body = {"to": to, "of": of, "dry_run": dry_run}
        told = await self._wire.post(dict[str, list[Migration] | None], at("agents", self.name, "migrate"), **body)
        return Listing(told["items"] or ())

    async def check(self, source: str) -> Compiled:
        return await self._wire.post(Compiled, at("plans", "check"), source=names.source(source), agent=self.name)

    async def start(self, payload: Json = None, *, version: int | None = None, id: str | None = None) -> RunHandle:
        body = {"agent": self.name, "payload": value(payload, "the payload"), "version": version, "id": id}
        return RunHandle(self._wire, await self._wire.post(Run, at("runs"), **body))

    async def start_many(
        self, runs: Sequence[Mapping[str, Json]], *, version: int | None = None
    ) -> Sequence[RunHandle]:
        sent = [
            {**one, "payload": value(one.get("payload"), f"the payload of entry {number}")}
            for number, one in enumerate(runs, 1)
        ]
        body = {"agent": self.name, "version": version, "runs": sent}
        started = await self._wire.post(dict[str, list[Run] | None], at("runs", "batch"), **body)
        return [RunHandle(self._wire, run) for run in started["items"] or ()]

    async def schedule(
        self,
        name: str,
        *,
        cron: str | None = None,
        at: datetime | str | float | None = None,
        payload: Json = None,
        zone: str = "UTC",
        missed: Missed = "skip",
        version: int | None = None,
        update: bool = False,
    ) -> ScheduleHandle:
        terms = Terms(cron, at, zone, missed, payload, version)
        return await Schedules(self._wire).create(self.record, name, terms, update=update)

    async def plans(self) -> Sequence[PlanVersion]:
        return await self._wire.page(PlanVersion, at("agents", self.name, "plans"))

    async def pinned(self) -> Sequence[Pinned]:
        return await self._wire.page(Pinned, at("agents", self.name, "pinned"))

    async def plan(self, version: int | None = None) -> PlanVersion:
        return await self._wire.get(PlanVersion, self._version(version))

    async def graph(self, version: int | None = None) -> Graph | None:
        path = f"{self._version(version)}/graph"
        return await self._wire.get(Graph | None, path)  # type: ignore[arg-type]  # a form too

    async def diff(self, before: int, after: int) -> PlanDiff:
        return await self._wire.get(PlanDiff, f"{self._version(before)}/diff/{after:d}")

    def tools(self) -> tuple[ToolSpec, ...]:
        return tuple(one for one in self._wire.tools if _BOX.allows(self.record.tools, one.name))

    def _version(self, version: int | None) -> str:
        return at("agents", self.name, "plans", "newest" if version is None else str(version))


class Agents(AllHere):
    """The agents of one tenant."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def create(  # noqa: PLR0913  # what makes an agent, each by name
        self,
        name: str,
        *,
        model: str,
        tools: Sequence[str] = (),
        agents: Sequence[str] = (),
        instructions: str = "",
        review: Review = "risky",
        repairs: int | None = None,
        plan_tokens: int | None = None,
        plan_cost: float | None = None,
        fallback_model: str | None = None,
        limits: Mapping[str, float] | None = None,
        hosts: Sequence[str] = (),
        approvals: Mapping[str, Json] | None = None,
        update: bool = False,
    ) -> AgentHandle:
        body = {
            "name": name,
            "model": model,
            "tools": list(tools),
            "agents": list(agents),
            "instructions": instructions,
            "review": review,
            "repairs": repairs,
            "plan_tokens": plan_tokens,
            "plan_cost": plan_cost,
            "fallback_model": fallback_model,
            "limits": dict(limits or {}),
            "hosts": list(hosts),
            "approvals": approvals,
            "update": update,
        }
        return AgentHandle(self._wire, await self._wire.post(Agent, at("agents"), **body))

    async def get(self, name: str) -> AgentHandle:
        return AgentHandle(self._wire, await self._wire.get(Agent, at("agents", name)))

    async def list(self, *, archived: bool = False) -> Sequence[Agent]:
        return await self._wire.page(Agent, at("agents"), archived=archived)

    async def archive(self, name: str) -> None:
        await self._wire.post(Agent, at("agents", name, "archive"))
