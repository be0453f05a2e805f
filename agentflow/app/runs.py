"""Runs: listed, watched, controlled, looked into."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import aclosing
from datetime import timedelta
from typing import Any, get_args

from ..dispatch import load, redacted, sensitive, views
from ..dispatch.spending import carried
from ..dispatch.story import Story, from_row
from ..errors import Conflict, NotFound, RunFailed, UsageError
from ..guest.calls import TOOL_NAME
from ..guest.values import decode
from ..records import FINISHED, FeedbackKind, Graph, Json, PlanVersion, Run, RunStatus, Spent, StepView
from ..records.moments import Moment, Replay
from ..records.revisions import Migration
from ..records.shown import Listing, Several
from ..settings import duration
from . import names, secrecy
from .graphs import graph_of
from .house import House
from .looking import Handle
from .migrations import migrated
from .pages import Moment as When
from .pages import Page, Window, check
from .recordings import RecordedRun, exported, loaded
from .replays import replayed, stood
from .retention import Pruning
from .revisions import Reason, revision
from .verbs import verb
from .watching import watched

PACE = 0.05
"""Seconds between two looks of one who watches: much may be stored in one of them."""
_ENDINGS = {"end_run", "delete_run"}
"""What is stored when a run is over, one way or the other."""
_PEOPLE = {"approval", "answer", "outcome"}


class RunHandle(Handle):
    """One run and what can be done with it. `record` is as it was last read; `refresh` reads it again."""

    def __init__(self, house: House, record: Run) -> None:
        self._house = house
        self.record = record

    @property
    def id(self) -> str:
        return self.record.id

    @property
    def status(self) -> RunStatus:
        return self.record.status

    @verb("runs.get")
    async def refresh(self) -> Run:
        """Read the run again."""
        self.record = await self._house.control.run(self.id)
        return self.record

    @verb("runs.get")
    @watched
    async def watch(self, *, follow: bool = False) -> AsyncIterator[Run]:
        """The run now and whenever something was delivered to it, until it ends or only a person can move it.

        With `follow` it goes on where a person is waited for.
        """
        seen = None
        async with aclosing(self._house.news.about(self.id, wide=self._hands_out)) as news:
            async for _ in news:
                delivered = await self._delivered()  # first: a commit in between is told of once, by what it led to
                now = (await self.refresh(), delivered)
                if now != seen:
                    seen = now
                    yield self.record
                if self.record.status in FINISHED or (not follow and await self._needs_person(self.record)):
                    return
                await asyncio.sleep(PACE)  # by the machine's own clock: people watch while time stands still, too

    def _hands_out(self) -> bool:
        """Whether it waits for what it has delegated, which moves it, and may come to wait for a person."""
        waits = self.record.reason.get("waits", ()) if self.record.reason else ()
        return any(wait["for"] == "run" for wait in waits)

    async def _needs_person(self, run: Run) -> bool:
        """Whether only a person can move a run on: itself, or all that it has delegated and waits for."""
        waits = run.reason["waits"] if run.status == "waiting" and run.reason else []
        handed = {wait["step"] for wait in waits if wait["for"] == "run"}
        if not handed:
            return needs_person(run) and not await self._is_decided(run, waits)
        if any(wait["for"] not in {*_PEOPLE, "run"} for wait in waits):
            return False
        open_ones = await self._house.store.rows("open_children", run=run.id)
        children = [row["id"] for row in open_ones if row["parent_step"] in handed]
        return bool(children) and all([await self._child_needs_person(id) for id in children])

    async def _is_decided(self, run: Run, waits: Sequence[dict[str, Json]]) -> bool:
        """Whether it only has not heard yet what somebody has decided, so that a worker moves it."""
        pending = await self._house.store.rows("pending_of_run", run=run.id) if waits else ()
        asked = {row["step"] for row in pending}
        return any(wait["step"] not in asked for wait in waits)

    async def _child_needs_person(self, id: str) -> bool:
        if row := await self._house.store.row("run_by_id", id=id):
            return await self._needs_person(from_row(row))
        goal = await self._house.store.row("goal_by_id", id=id)
        return goal is not None and goal["status"] == "review"

    async def _delivered(self) -> int:
        generation = self.record.generation
        [row] = await self._house.store.rows("delivered", run=self.id, generation=generation)
        return int(row["n"])

    @verb("runs.get")
    async def result(self) -> Any:
        """Wait for the end and give what `run` returned. Raises `RunFailed` where it failed or was cancelled."""
        async with aclosing(self._house.news.about(self.id, _ENDINGS)) as news:
            async for _ in news:
                if (await self.refresh()).status in FINISHED:
                    break
        return given(self.record)

    @verb("runs.get")
    async def steps(self) -> tuple[StepView, ...]:
        """Every step of this generation, in order of start."""
        return Several(views((await self._story()).machine))

    @verb("runs.get")
    async def wants(self) -> Sequence[str]:
        """What a run that could go on now lacks: tools and their secrets that no worker has which is alive."""
        house, row = self._house, await self._house.store.row("needs_of", id=self.id)
        if row is None or row["wake_at"] is None or row["wake_at"] > house.clock.now():
            return []
        needs = {name for name in json.loads(row["needs"]) if TOOL_NAME.fullmatch(name)}
        live = [set(json.loads(worker["tools"])) for worker in await house.engine.alive()]
        if any(needs <= tools for tools in live):
            return []
        here = {name for name in house.tools.names() if not house.world.secrets.lacks(house.tools.get(name))}
        missing = needs - (set().union(*live) if live else here)
        return [want for name in sorted(missing) for want in secrecy.wants(house.tools, house.world.secrets, name)]

    @verb("runs.get")
    def spent(self, steps: Iterable[StepView]) -> Spent:
        """What models took that it asked, in these steps and in earlier generations."""
        return total(self.record, steps)

    @verb("runs.get")
    async def history(self, *, after: int = -1) -> Sequence[dict[str, Json]]:
        """What was delivered to this generation, or after the one of this `n`: documents with `n`, `at`, `kind`, `key`,
        `body`.

        What belongs to a step with `sensitive=True` is redacted.
        """
        store, run = self._house.store, await self._house.control.run(self.id)
        found = await store.rows("history_after", run=run.id, generation=run.generation, after=after)
        entries = [
            {**{k: row[k] for k in ("n", "at", "kind", "key")}, "body": json.loads(row["body"] or "null")}
            for row in found
        ]
        if await store.row("any_sensitive", run=run.id, generation=run.generation) is None:
            return Listing(entries)  # as of most runs, whose steps need not be worked out for this
        return Listing(redacted(entries, sensitive((await self._story()).machine.steps)))

    async def _story(self) -> Story:
        story = await load(self._house.store, self.id)
        if story is None or story.run.tenant != self._house.principal.tenant:
            raise NotFound(f"there is no run {self.id}: `agentflow run list` names them")
        return story

    @verb("runs.get")
    async def children(self) -> Sequence[Run]:
        """The runs that it has delegated, and those of the goals that it has, the oldest first."""
        return Listing(map(from_row, await self._house.store.rows("runs_of_parent", run=self.id)))

    @verb("runs.get")
    async def graph(self) -> Graph | None:
        """What the plan of this run does, as its source says. None where it has no graph."""
        return await graph_of(self._house, await self._house.agent_of(self.record.agent), await self.plan())

    @verb("runs.get")
    async def plan(self) -> PlanVersion:
        """The version that this run is pinned to."""
        return (await self._house.registry.stored(self.record.agent, self.record.version)).plan

    @verb("runs.replay")
    async def replay(self, source: str | None = None, *, to: str | None = None) -> Replay:
        """The history replayed without any effect: on the run's own code, or on another plan's `source`.

        It says how many turns are as they were, and where the code first does something else. With `to`, a step
        (`NAME` or `NAME#K`), it goes only as far as that, and `moment` says where the run stood there. Raises
        `PlanRefused` where the checks find an error in the source, and `NotFound` where the step never started.
        """
        return await replayed(self._house, await self.refresh(), source, to)

    @verb("runs.replay")
    async def at(self, step: str) -> Moment:
        """Where the run stood just before a step: its line, what its names held, what was recorded by then.

        Raises `NotFound` where the step never started, and `Conflict` where the run's own code does not come so far.
        """
        return stood(self.record, await self.replay(to=step))

    @verb("runs.get")
    async def export(self) -> dict[str, Json]:
        """All that a replay of this generation needs, as one document: what to attach to a report of a bug.

        What is sensitive is replaced by placeholders, and no secret is in it. `flow.runs.load(document)` reads it.
        """
        return await exported(self._house, await self.refresh())

    @verb("runs.migrate")
    async def migrate(self, to: int, *, dry_run: bool = False) -> Migration:
        """Move a run that goes on to another version of its agent's code, where all that it has done fits that.

        It goes on there as the next generation. What is open and the new version asks for as well stays; a sleep of
        the same name counts from where the old one began; the rest of what is open is withdrawn, and what the new
        version asks for in its place starts now. An attempt in flight is waited for. With `dry_run`, nothing is done.
        Raises `Conflict` where the run is over or the version may not run; whether it moved is in the answer.
        """
        found = await migrated(self._house, await self.refresh(), to, dry_run=dry_run)
        await self.refresh()
        return found

    @verb("runs.pause")
    async def pause(self) -> None:
        """Let a running attempt finish and start no new turn."""
        await self._house.control.pause(self.id)

    @verb("runs.resume")
    async def resume(self) -> None:
        """Go on after a pause."""
        await self._house.control.resume(self.id)

    @verb("runs.cancel")
    async def cancel(self, *, rollback: bool = False) -> None:
        """End it now; with `rollback`, undo first what it did."""
        await self._house.control.cancel(self.id, rollback=rollback)

    @verb("runs.rollback")
    async def rollback(self) -> None:
        """Try once more to undo what could not be undone. Raises `Conflict` where nothing is left."""
        await self._house.control.rollback(self.id)

    @verb("runs.restart")
    async def restart(self, from_: str | None = None) -> Run:
        """Run it again as a new generation: from the start, or from a step (`NAME` or `NAME#K`)."""
        self.record = await self._house.control.restart(self.id, from_)
        return self.record

    @verb("runs.revise")
    async def revise(self, comment: str | None = None, *, goal: str | None = None, plan_only: bool = False) -> str:
        """Have the plan of a failed or paused run written anew, by its agent's model, which is told what happened.

        Gives the id of a new goal (`flow.goals.get(id)`). Its plan is checked and reviewed like any other. The run goes
        on with it, where all that the run has done fits it exactly; else a new run does what is left, and the goal's
        `reason` says why. `goal` says in words what a run is for whose plan no goal has led to.
        """
        run = await self.refresh()
        if run.status not in ("failed", "paused"):
            raise Conflict(
                f"run {run.id} is {run.status}: a plan is written anew for a run that has failed or is paused"
            )
        kind: FeedbackKind = "failed" if run.status == "failed" else "paused"
        return await revision(self._house, run, Reason(kind, comment, goal, plan_only=plan_only))

    @verb("runs.delete")
    async def delete(self) -> None:
        """Stop and forget it."""
        await self._house.control.delete(self.id)

    @verb("runs.send")
    async def send(self, type: str, payload: Json = None) -> str:
        """Send it an event; returns the event's id."""
        names.event_type(type)
        run = await self.refresh()
        most = await self._house.bounds(run.agent)
        stored = self._house.stored("the event's payload", payload, most)
        await self._house.make_room(run, stored, most)
        return await self._house.control.send(self.id, type, stored)


class Runs:
    """The runs of one tenant."""

    def __init__(self, house: House) -> None:
        self._house = house

    @verb("runs.get")
    async def get(self, id: str) -> RunHandle:
        """The run with this id. Raises `NotFound`."""
        return RunHandle(self._house, await self._house.control.run(id))

    @verb("runs.get")
    async def load(self, document: Json, what: str = "the document") -> RecordedRun:
        """A run that was exported, here or elsewhere, to be looked at and replayed. Nothing of it is stored or started.

        Raises `UsageError` where it is no such document, which `what` names then.
        """
        return RecordedRun(self._house, *await loaded(document, what))

    @verb("runs.list")
    async def list(  # noqa: PLR0913  # what a list is narrowed by, each by name
        self,
        *,
        agent: str | None = None,
        status: RunStatus | None = None,
        schedule: str | None = None,
        version: int | None = None,
        since: When | None = None,
        until: When | None = None,
        text: str | None = None,
        most: int = 100,
        cursor: str | None = None,
    ) -> Page[Run]:
        """Runs, the newest first; of one agent and one version of its plan, of one status, of a schedule, made since
        and before a moment, with a text in their id, goal, payload or error. The page's `next` is the `cursor` of the
        one after it."""
        if version is not None and agent is None:
            raise UsageError(f"version {version} is one of an agent's plan: name the agent, too")
        names.one_of("status", status, RunStatus)
        house, window = self._house, Window(since, until, text, most, cursor)
        of = (await house.agent(agent)).id if agent else None
        query = "runs_of_agent" if of else "runs_with_status" if status else "runs"
        query = "runs_of_schedule" if schedule else query
        wanted = {"agent": of, "status": status, "schedule": schedule, "version": version}
        found = await window.rows(house.store, query, tenant=house.principal.tenant, **wanted)
        return Page(map(from_row, found), found.next)

    @verb("runs.list")
    async def counts(self, *, most: int = 1000) -> dict[str, int]:
        """How many runs of each status there are; where there are more than `most`, that is all that is counted."""
        check(most)
        values = {"tenant": self._house.principal.tenant, "statuses": json.dumps(get_args(RunStatus)), "most": most}
        return {row["status"]: row["n"] for row in await self._house.store.rows("count_runs", **values)}

    @verb("runs.prune")
    async def prune(
        self, older_than: str | float | timedelta, *, status: RunStatus | None = None, dry_run: bool = False
    ) -> int:
        """Forget runs that ended longer ago than this (`"30 days"`, `"12h"`, seconds): those of one status, or all.

        Gives their number, with `dry_run` without touching them. A run stays while one that it delegated goes on.
        """
        if status is not None and status not in FINISHED:
            raise UsageError(f"a run that is {status} is not pruned: status is one of {', '.join(sorted(FINISHED))}")
        house = self._house
        pruning = Pruning(house.store, house.engine, house.principal.tenant)
        before = house.clock.now() - _seconds(older_than)
        work = pruning.count if dry_run else pruning.prune
        if not dry_run:  # told before, since it is many commits
            await house.store.write([house.noted("runs.prune", status or "all", before=before)])
        return sum([await work(one, before) for one in sorted(FINISHED) if status in (None, one)])


def _seconds(older_than: str | float | timedelta) -> float:
    given = older_than.total_seconds() if isinstance(older_than, timedelta) else older_than
    try:
        seconds = duration(given)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if not seconds >= 0:
        raise UsageError(f"{older_than!r} lies ahead: say how long ago runs must have ended")
    return seconds


def given(run: Run) -> Any:
    """What a run that has ended returned. Raises `RunFailed` where it failed or was cancelled."""
    if run.status != "completed":
        raise RunFailed(f"run {run.id} {_how(run)}", run.error)
    return decode(run.result)


def total(run: Run, steps: Iterable[StepView]) -> Spent:
    """What models took that a run asked, in these steps and in earlier generations."""
    return carried(run, [step.spent for step in steps if step.spent])


def needs_person(run: Run) -> bool:
    """Whether only a person can move a run on: it is paused, or waits for nothing but decisions."""
    if run.status == "paused":
        return True
    waits = run.reason["waits"] if run.status == "waiting" and run.reason else []
    return bool(waits) and all(wait["for"] in _PEOPLE for wait in waits)


def _how(run: Run) -> str:
    if run.status == "cancelled":
        return "was cancelled"
    error = run.error or {}
    place = f" (line {error['line']})" if error.get("line") else ""
    return f"failed: {error.get('type')}: {error.get('message')}{place}"
