"""A run goes on with another version of its plan: its history is replayed on that, and then it is the same run's code.

What is stored for it is one commit, together with what the caller wants stored: so there is no moment at which a plan
is accepted for a run and nobody knows.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Container, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace

from ..engine import Engine, Item
from ..errors import Conflict, Overtaken
from ..records import FINISHED, Json, Move, PlanVersion, Run
from ..records.revisions import Migration, Outlook
from ..registry import Stored
from ..sandbox import Turn
from ..store import Write
from .children import Children
from .control import PARKED, taken_over
from .following import Moving, Past, follow, move, named, offered
from .recounting import recounted
from .replaying import Replayed, replay
from .restarting import Cut, Moved
from .spending import carried, lost
from .story import from_row, issued, read_commands, read_items
from .world import World, code_of, opening

_TRIES = 10


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a run would go on: the cut, or why there is none; and the turns as the new code plays them."""

    past: Past
    cut: Cut | str
    turns: Sequence[Turn]

    @property
    def outlook(self) -> Outlook:
        run = self.past.run
        if isinstance(self.cut, str):
            return Outlook(False, f"run {run.id} cannot go on with it: {self.cut}", named(self.past.done()))
        return Outlook(True, f"run {run.id} goes on with it: {_done(self.past, self.cut)}")


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Looks whether a run can go on with a version, and lets it. Made once, by the app."""

    world: World
    engine: Engine
    needs: Callable[[PlanVersion], Sequence[str]]
    """What a worker must have, to run a version."""

    async def recount(self, run: Run, failed: str | None = None, *, shared: bool = False) -> dict[str, Json]:
        """How far a run came, for whoever writes its plan anew; `failed` is the step that went wrong, if any."""
        return await asyncio.to_thread(recounted, await self._past(run), failed, shared=shared)

    async def outlook(self, id: str, version: Stored, failed: str | None) -> Outlook:
        """Whether a run could go on with a version. Raises `Overtaken` where it is over, or gone."""
        return (await self._look(id, version, failed)).outlook

    async def take(
        self, id: str, version: Stored, failed: str | None, by: str, writes: Callable[[Outlook], Sequence[Write]]
    ) -> Outlook:
        """Let a run go on with a version, in one commit with these writes; nothing is done where it cannot."""
        for _ in range(_TRIES):
            plan = await self._look(id, version, failed)
            if isinstance(plan.cut, str):
                return plan.outlook
            with suppress(Moved):
                await self._move(plan, plan.cut, version, by, writes(plan.outlook))
                return plan.outlook
        raise Conflict(f"run {id} moves on too fast to be taken over: pause it first")

    async def migrate(
        self, id: str, version: Stored, by: str, writes: Sequence[Write] = (), *, dry_run: bool = False
    ) -> Migration:
        """Move a run that goes on to another version; nothing is done where it cannot, or an attempt is in flight.

        Raises `Overtaken` where it is over, or gone.
        """
        for _ in range(_TRIES):
            past = await self._past(await self._run(id, but=FINISHED))
            replayed = offered(past, await self._replayed(past, version))
            at = past.machine.paused_since or self.world.clock.now()
            moving = move(past, replayed, at)
            found = _migration(past, version.plan.number, moving)
            if dry_run or not found.moves or isinstance(moving, str):
                return found
            with suppress(Moved):
                cut = replace(moving.cut, paused=False, begun={**moving.cut.begun, **moving.begun})
                await self._move(_Plan(past, cut, replayed.turns), cut, version, by, writes)
                return found
        raise Conflict(f"run {id} moves on too fast to be moved to another version: pause it first")

    async def leave(self, id: str) -> tuple[list[Write], list[tuple[str, Item]]]:
        """What goes with the start of another run in place of this one: that it is still as it was, and is given up."""
        run, now = await self._run(id), self.world.clock.now()
        raced = Conflict(f"run {id} has just gone on: look at it with `agentflow run show {id}`")
        still = Write("followed_run", {"id": id, "generation": run.generation}, raced)
        return [still], [] if run.status in FINISHED else [(id, Item("cancel", "", {"rollback": False}, now))]

    async def _look(self, id: str, version: Stored, failed: str | None) -> _Plan:
        past = await self._past(await self._run(id))
        replayed = await self._replayed(past, version)
        return _Plan(past, follow(past, replayed.differs, failed, self.world.clock.now()), replayed.turns)

    async def _replayed(self, past: Past, version: Stored) -> Replayed:
        world = self.world
        return await replay(
            world.sandbox,
            await code_of(world, past.run, version),
            await opening(world, past.run),
            past.machine.deliveries[: past.replayed],
            past.commands,
        )

    async def _run(self, id: str, but: Container[str] = ("completed", "cancelled")) -> Run:
        row = await self.world.store.row("run_by_id", id=id)
        if row is None or row["status"] in but:
            is_over = "gone" if row is None else row["status"]
            raise Overtaken(f"run {id} is {is_over}: it cannot go on with another plan, and none has to follow on it")
        return from_row(row)

    async def _past(self, run: Run) -> Past:
        store = self.world.store
        return Past.of(run, await read_items(store, run), await read_commands(store, run))

    async def _move(self, plan: _Plan, cut: Cut, version: Stored, by: str, writes: Sequence[Write]) -> None:
        run, now = plan.past.run, self.world.clock.now()
        number, needs = version.plan.number, self.needs(version.plan)
        moved = [*_moved(run, cut, number, by, now), *_kept(plan, cut)]
        words = await Children(self.world.store, self.world.clock).followed(run, cut)
        writes = [*words.writes, *writes, *moved]
        await self.engine.restart(run.id, run.generation + 1, writes, cut.inheritance, words.said, needs)


def _migration(past: Past, to: int, moving: Moving | str) -> Migration:
    """What becomes of a run, for people."""
    run = past.run
    if isinstance(moving, str):
        return Migration(run.id, run.version, to, moves=False, why=moving)
    if flying := _in_flight(past):
        return Migration(run.id, run.version, to, moves=False, why=f"{', '.join(flying)} is in flight", busy=True)
    why = _done(past, moving.cut)
    return Migration(run.id, run.version, to, True, why, moving.stays, moving.withdrawn, moving.starts)


def _done(past: Past, cut: Cut) -> str:
    """How much of what a run did is taken over as done."""
    stay = sum(step.state == "done" for step in past.machine.steps.values() if step.key in cut.origins)
    return f"{stay} {'step stays' if stay == 1 else 'steps stay'} done" if stay else "nothing had been done"


def _in_flight(past: Past) -> list[str]:
    """The attempts that may end by themselves: whoever parked the run has let them end."""
    run = past.run
    return [] if run.status == "paused" and run.reason["paused"] in PARKED else sorted(past.machine.wishes.attempts)


def _moved(run: Run, cut: Cut, version: int, by: str, now: float) -> list[Write]:
    """The run's own row, and that nothing has been delivered meanwhile."""
    move = Move(run.generation + 1, run.version, version, now, by)
    values = {
        "id": run.id,
        "generation": run.generation,
        "version": version,
        "moves": json.dumps([asdict(one) for one in (*run.moves, move)]),
        "inherited": json.dumps(dict(cut.origins)),
        "begun": json.dumps(dict(cut.begun)),
        "spent_before": json.dumps(asdict(carried(run, lost(cut.lost)))),
        "now": now,
    }
    raced = Conflict(f"run {run.id} has just ended, or was restarted by somebody else")
    return [Write("move_run", values, raced), *taken_over(run, cut, now)]


def _kept(plan: _Plan, cut: Cut) -> list[Write]:
    """The commands that are taken over: as they were asked for and begun, but with their lines in the new source."""
    run = replace(plan.past.run, generation=plan.past.run.generation + 1)
    return [
        issued(run, i, replace(command, line=now.line))
        for turn in range(1, cut.turn + 1)
        for i, (command, now) in enumerate(
            zip(plan.past.commands.get(turn, ()), plan.turns[turn - 1].commands, strict=True)
        )
    ]
