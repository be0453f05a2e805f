"""Agents: made, listed, archived, and asked to do something."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from ..agent import rows
from ..agent.beginning import Wish, reusable, starts
from ..agent.starting import in_use, newest
from ..approvals import policy
from ..errors import Conflict, UsageError
from ..graph.diff import PlanDiff, Version, between
from ..records import Agent, Compiled, Graph, Json, Missed, Pinned, PlanVersion, Review, RunningRuns, ToolSpec, new_id
from ..records.revisions import Migration
from ..records.shown import Listing
from ..registry import Origin, Revocation, digest_of
from ..settings import agent_limits, approval_policy
from ..store import Write
from . import names
from .goals import GoalHandle, Goals
from .graphs import graph_of
from .house import House
from .looking import Handle
from .migrations import all_cancelled, all_migrated
from .runs import RunHandle
from .schedules import ScheduleHandle, Schedules, Terms
from .starts import start_batch, start_one, wish, wishes
from .verbs import verb

MOST_REPAIRS = 20
"""How often a model may be asked to mend its plan."""
MOST_TOKENS = 10**12
MOST_COST = 10**9
"""What the answers to one goal may take together."""


class AgentHandle(Handle):
    """One agent and what can be asked of it."""

    def __init__(self, house: House, record: Agent) -> None:
        self._house = house
        self.record = record

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def name(self) -> str:
        return self.record.name

    @verb("goals.submit")
    async def submit(
        self,
        goal: str,
        payload: Json = None,
        *,
        plan_only: bool = False,
        fresh: bool = False,
        share_payload: bool = False,
    ) -> GoalHandle:
        """Give the agent a goal. Workers plan it; `goal.plan()` and `goal.run()` wait for what it leads to.

        The same goal again, with a payload of the same shape, takes the plan that ran for it before, and
        `goal.record.reused` names the goal for which that was written; with `fresh`, a model is asked all the same.
        The model sees the payload's keys and types, and its values only with `share_payload`.
        """
        in_use(self.record)
        if not goal.strip():
            raise UsageError("the goal is empty: say in a sentence what is to be done")
        house = self._house
        most = house.most(self.record)
        text, stored, by = house.stored("the goal", goal, most), house.payload(payload, most), house.principal.name
        agent = await house.agent(self.name)
        wish = Wish(new_id("goal"), agent, text, stored, by, plan_only, share_payload)
        reuse = None if fresh else await reusable(house.agency, wish)
        if reuse is None and house.engine.working:  # else another process asks, with an environment of its own
            house.models.ready(agent.model)
        await house.engine.start(starts(house.agency, wish, reuse))
        return await Goals(house).get(wish.id)

    @verb("plans.register")
    async def register(self, source: str, *, author: str | None = None) -> PlanVersion:
        """Register code that somebody else wrote. Raises `PlanRefused` with the findings that must be mended."""
        in_use(self.record)
        house = self._house
        compiled = await self.check(source)
        house.no_secret("the plan", source)
        origin = Origin(author or house.principal.name)
        now, noted = house.clock.now(), self._noted("register", author=origin.author, sha256=digest_of(source))
        return await house.registry.register(self.record.id, source, compiled, origin, now, noted)

    @verb("plans.revoke")
    async def revoke(self, version: int, comment: str | None = None, *, running: RunningRuns = "pause") -> PlanVersion:
        """Let no run of a version start, ever again. `running` says what becomes of those that there are.

        They `"pause"`, and can be moved to another version or cancelled; or they are left alone (`"leave"`), or are
        cancelled now (`"cancel"`), or so after what they did is undone (`"rollback"`).
        """
        names.one_of("running", running, RunningRuns)
        house = self._house
        house.no_secret("the comment", comment)
        why = (comment or "").strip() or None
        end = Revocation(house.principal.name, house.clock.now(), why, running in ("leave", "rollback"))
        noted = self._noted("revoke", comment=why, running=running)
        plan = await house.registry.revoke(self.record.id, version, end, noted)
        if running in ("cancel", "rollback"):
            await all_cancelled(house, self.record, version, rollback=running == "rollback")
        return plan

    @verb("plans.rollback")
    async def rollback(self, to: int) -> PlanVersion:
        """Go back to a version: runs that start without one are of it, until a newer one than there is now comes.

        Runs that there are stay with theirs; `migrate` moves them. Raises `NotFound`, and `Conflict` where no run of
        the version may start.
        """
        return await self._house.registry.go_back(self.record.id, to, self._noted("rollback"))

    @verb("runs.migrate")
    async def migrate(self, to: int, *, of: int | None = None, dry_run: bool = False) -> Sequence[Migration]:
        """Move all runs that go on to a version, those of version `of` or of all others: a report for each.

        See `RunHandle.migrate`. A run whose history does not fit stays as it is, and its report says why.
        """
        return Listing(await all_migrated(self._house, self.record, to, of, dry_run=dry_run))

    @verb("plans.check")
    async def check(self, source: str) -> Compiled:
        """Check a plan's source with this agent's tools, without registering it."""
        return await self._house.sandbox.compile(names.source(source), self.tools())

    @verb("runs.start")
    async def start(self, payload: Json = None, *, version: int | None = None, id: str | None = None) -> RunHandle:
        """Start a run of a registered version, by default the newest that is neither revoked nor waiting for review.

        With an id it starts once, however often it is asked for: the same agent, payload and (where one is named)
        version give the run that is there, and anything else is a `Conflict`.
        """
        return await start_one(self._house, self.record, version, wish(self._house, self.record, payload, id))

    @verb("runs.start")
    async def start_many(
        self, runs: Sequence[Mapping[str, Json]], *, version: int | None = None
    ) -> Sequence[RunHandle]:
        """Start 1 to 1,000 runs in one transaction, each of `{"id": ..., "payload": ...}`; both may be left out.

        Gives those that were started: an id that is taken already, by whichever run, is passed over.
        """
        return await start_batch(self._house, self.record, version, wishes(self._house, self.record, runs))

    @verb("schedules.create")
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
        """Let runs start by themselves: at the times of a cron expression, or once, at a moment.

        Both are meant in `zone`. Of times at which no worker was there to start a run, nothing comes (`missed="skip"`),
        or one run for all of them together (`"once"`). Without a version it is the newest when the time comes.
        """
        terms = Terms(cron, at, zone, missed, payload, version)
        return await Schedules(self._house).create(self.record, name, terms, update=update)

    @verb("plans.list")
    async def plans(self) -> Sequence[PlanVersion]:
        """All versions of this agent's code, the oldest first."""
        return Listing(await self._house.registry.versions(self.record.id))

    @verb("plans.list")
    async def pinned(self) -> Sequence[Pinned]:
        """How many runs are of each version that has any, the oldest first; a run stays with the one that began it."""
        of = {"tenant": self.record.tenant, "agent": self.record.id}
        return Listing(Pinned(**dict(row)) for row in await self._house.store.rows("count_runs_by_version", **of))

    @verb("plans.get")
    async def plan(self, version: int | None = None) -> PlanVersion:
        """One version, by default the newest that may run."""
        if version is not None:
            return (await self._house.registry.stored(self.record.id, version)).plan
        return await newest(self._house.registry, self.record)

    @verb("plans.get")
    async def graph(self, version: int | None = None) -> Graph | None:
        """What a version does, as its source says; by default the newest that may run. None where it has no graph."""
        return await graph_of(self._house, self.record, await self.plan(version))

    @verb("plans.get")
    async def diff(self, before: int, after: int) -> PlanDiff:
        """What one version has otherwise than another: its lines, and what that means."""
        return between(await self._read(before), await self._read(after))

    @verb("tools.list")
    def tools(self) -> tuple[ToolSpec, ...]:
        """The tools granted to this agent that exist in this process."""
        return self._house.tools.granted(self.record.tools)

    async def _read(self, version: int) -> Version:
        return Version(f"{self.name}@{version}", await self.plan(version), await self.graph(version))

    def _noted(self, verb: str, **details: Json) -> Callable[[int], Write]:
        """The row of the audit log for what is done to a version of this agent."""
        return lambda number: self._house.noted(f"plans.{verb}", f"{self.name}@{number}", **details)


class Agents:
    """The agents of one tenant."""

    def __init__(self, house: House) -> None:
        self._house = house

    @verb("agents.create")
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
        """Make an agent, or with `update` change the one of that name.

        `tools` are names or patterns (`orders.*`); each must match a tool that exists. `agents` are those that
        its plans may delegate to, names or patterns, of agents that need not exist yet. `limits` are those of its own,
        such as `{"turn_seconds": 2, "steps": 100}`; the others are what `[limits]` says. `hosts` are where its plans
        may send requests to (`api.example.com`, `*.example.com`). `repairs`, `plan_tokens` and `plan_cost` are the
        budget of the answers to one goal; what is not said is what `[planning]` says. `fallback_model` is asked where
        the model's server is overloaded or silent, and for the last answer to a goal. `approvals` says who may decide
        what its runs ask, as in `{"approvers": ["anna", "bert"], "quorum": 2, "no_self": True, "due": "4 hours"}`.
        Raises `UsageError` for what cannot be, `Conflict` where the name is taken.
        """
        names.agent_name(name)
        names.one_of("review", review, Review)
        for what, given in {"tools": tools, "agents": agents, "hosts": hosts}.items():
            names.several(what, given)
        house = self._house
        repairs = house.settings.planning.repairs if repairs is None else repairs
        _check_budget(repairs, plan_tokens, plan_cost)
        self._check_known(model, fallback_model, tools)
        house.no_secret("the instructions", instructions)
        agent = Agent(
            new_id("agent"),
            house.principal.tenant,
            name,
            model,
            instructions,
            tuple(tools),
            review,
            repairs,
            house.clock.now(),
            agents=tuple(map(names.agent_pattern, agents)),
            limits=agent_limits(limits or {}),
            hosts=tuple(map(names.host, hosts)),
            fallback_model=fallback_model,
            plan_tokens=plan_tokens,
            plan_cost=plan_cost,
            approvals=approval_policy(approvals or {}),
        )
        await self._store(agent, update=update)
        return await self.get(name)

    def _check_known(self, model: str, fallback_model: str | None, tools: Sequence[str]) -> None:
        house = self._house
        for one in (model, fallback_model):
            if one is not None:
                house.models.resolve(one)
        if unmatched := house.tools.unmatched(tools):
            raise UsageError(f"no tool matches {', '.join(unmatched)}: `agentflow tools` lists those that exist")

    async def _store(self, agent: Agent, *, update: bool) -> None:
        row = await self._house.store.row("agent_by_name", tenant=agent.tenant, name=agent.name)
        values = {
            "model": agent.model,
            "instructions": agent.instructions,
            "tools": json.dumps(agent.tools),
            "agents": json.dumps(agent.agents),
            "limits": json.dumps(rows.own_limits(agent)),
            "hosts": json.dumps(agent.hosts),
            "review": agent.review,
            "repairs": agent.repairs,
            "fallback_model": agent.fallback_model,
            "plan_tokens": agent.plan_tokens,
            "plan_cost": agent.plan_cost,
            "approvals": policy.dumps(agent.approvals),
        }
        if row is not None and (update or row["archived_at"] is not None):
            known = replace(rows.agent(row), id=agent.id, created_at=agent.created_at)
            if known != agent:
                noted = self._house.noted("agents.create", agent.name, update=True, **_changes(known, agent))
                again = {"tenant": agent.tenant, "agent": row["id"], "now": agent.created_at}
                changed = [Write("update_agent", {"id": row["id"], **values}), Write("wake_refused", again)]
                await self._house.store.write([*changed, noted])
                self._house.engine.ring()
            return
        taken = Conflict(f"there is an agent {agent.name} already: choose another name, or change it with --update")
        new = {"id": agent.id, "tenant": agent.tenant, "name": agent.name, "created_at": agent.created_at}
        try:
            noted = self._house.noted("agents.create", agent.name, **_changes(None, agent))
            await self._house.store.write([Write("insert_agent", {**new, **values}, taken), noted])
        except Conflict:
            if not update:
                raise
            await self._store(agent, update=True)  # somebody else made it meanwhile

    @verb("agents.get")
    async def get(self, name: str) -> AgentHandle:
        """The agent of this name. Raises `NotFound`."""
        return AgentHandle(self._house, await self._house.agent(name))

    @verb("agents.list")
    async def list(self, *, archived: bool = False) -> Sequence[Agent]:
        """All agents by name, the archived ones only if asked for."""
        found = await self._house.store.rows("agents", tenant=self._house.principal.tenant, archived=int(archived))
        return Listing(map(rows.agent, found))

    @verb("agents.archive")
    async def archive(self, name: str) -> None:
        """Take an agent out of use: no new goals and runs, and its tools may no longer be called."""
        agent = await self._house.agent(name)
        already = Conflict(f"agent {name} is archived already")
        archived = Write("archive_agent", {"id": agent.id, "now": self._house.clock.now()}, already)
        await self._house.store.write([archived, self._house.noted("agents.archive", name)])


def _changes(known: Agent | None, agent: Agent) -> dict[str, Json]:
    """What an agent is now, where it was not so before."""
    now, before = asdict(agent), asdict(known) if known else {}
    kept = {"id", "tenant", "name", "created_at"}
    return {key: _said(value) for key, value in now.items() if key not in kept and before.get(key) != value}


def _said(value: Json) -> Json:
    """A value without what nobody has said."""
    return {key: one for key, one in value.items() if one is not None} if isinstance(value, dict) else value


def _check_budget(repairs: int, tokens: int | None, cost: float | None) -> None:
    if not 0 <= repairs <= MOST_REPAIRS:
        raise UsageError(f"repairs cannot be {repairs}: it is a number from 0 to {MOST_REPAIRS}")
    if tokens is not None and not 1 <= tokens <= MOST_TOKENS:
        raise UsageError(f"plan_tokens cannot be {tokens}: it is a number from 1 to {MOST_TOKENS:,}")
    if cost is not None and not 0 < cost <= MOST_COST:
        raise UsageError(f"plan_cost cannot be {cost}: it is an amount in US dollars above 0, at most {MOST_COST:,}")
