"""The back half of the way: run -> code -> guest -> command -> tool, timer or approval, and back with what came of it.

One sentence, which `RunInHand.work` is: take the next thing that happened to the run, let the machine say what it
means, hand the guest what is settled, store its commands with all the rest in one commit, and begin what they ask for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..engine import Item, Step
from ..errors import Conflict, Diverged, GuestDied, GuestError, GuestLimit
from ..records import FINISHED, Json, Run
from ..sandbox import Activation, Command, Turn
from ..store import Write
from .asking import Asking
from .bounds import Bounds, bounds, raising
from .facts import facts, granted_now
from .machine import Issued
from .pacing import begins_at
from .replaying import compare
from .status import status, views
from .story import Story, load
from .telling import Telling
from .veiling import redacted, sensitive
from .world import Grant, Held, World, code, granted, opening

__all__ = ["Bounds", "Dispatcher", "World", "bounds", "load", "raising", "redacted", "sensitive", "status", "views"]

DEATHS = 3
"""How often in a row a run's guest may die under it before the run is failed."""

_FREE = frozenset({"sleep", "sleep_until", "timeout", "withdraw"})
"""Commands that do not count as steps."""


class Dispatcher:
    """The handler of runs."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, id: str, step: Step) -> None:
        story = await load(self._world.store, id)
        if story is None or story.run.generation != step.generation:
            await step.finish([])
            return
        if story.run.status in FINISHED:
            await step.finish([_still_over(story.run)])
            return
        run = RunInHand(self._world, story, step)
        try:
            await run.work()
        finally:
            await run.hibernate()


class RunInHand:
    """One run, from its claim until it ends, sleeps for long, or is taken away."""

    def __init__(self, world: World, story: Story, step: Step) -> None:
        self._world = world
        self._step = step
        self._run = story.run
        self._machine = story.machine
        self._known = dict(story.commands)
        self._telling = Telling(world, story)
        self._asking = Asking(world, story, step, self._telling.stored)
        self._steps = sum(_counts(one) for issued in story.commands.values() for one in issued)
        self._activation: Activation | None = None

    async def work(self) -> None:
        """Go on until the run ends. Unwound from inside by the engine when nothing can be delivered."""
        self._asking.wish()
        while True:
            item = await self._next()
            writes = [self._telling.delivered(item)]
            if self._machine.ended and item.kind != "rollback":  # what came before the word that it go on undoing
                await self._step.commit(writes)
                continue
            if _moves(item) and (why := (await granted(self._world, self._run)).held):
                await self._step.park(self._telling.held(why))
                return
            self._machine.deliver(item)
            try:
                writes += await self._turns()
            except Held as held:  # since we looked; nothing of the turn is stored
                await self._step.park(self._telling.held(str(held)))
                return
            except Diverged as divergence:
                await self._step.park(self._telling.diverged(divergence))
                return
            self._asking.wish()
            if await self._store(writes):
                return

    async def _next(self) -> Item:
        """What happened. With the word that it go on undoing goes what was refused and may be called now: it is stored
        with that, so that a replay asks nobody."""
        item = await self._step.next()
        if item.kind != "rollback" or not self._machine.refused_undoings:
            return item
        return replace(item, body={"facts": await granted_now(self._world, self._run, self._machine.refused_undoings)})

    async def hibernate(self) -> None:
        """Drop the run's coroutines; everything that counts is stored."""
        if self._activation:
            activation, self._activation = self._activation, None
            await activation.close()

    # turns

    async def _turns(self) -> list[Write]:
        """Hand the guest everything that is settled, one turn each, and take its commands."""
        writes: list[Write] = []
        while self._machine.take():
            try:
                turn = await self._turn()
            except Diverged:
                raise
            except GuestError as broken:
                writes += self._end(None, _broken(broken), 0)
                break
            grant = await granted(self._world, self._run)  # of all that it asks for: it does so in one moment
            commands = [await self._issue(command, grant) for command in turn.commands]
            self._machine.issue(commands)
            self._known[self._machine.turn] = commands
            writes += [self._telling.issued(i, command) for i, command in enumerate(commands)]
            writes += self._end_of(turn, commands, grant.bounds)
        return writes

    def _end_of(self, turn: Turn, commands: Sequence[Issued], most: Bounds) -> list[Write]:
        """How the run ends after this turn, if it does: as the plan says, or because it is too large."""
        self._steps += sum(map(_counts, commands))
        if large := self._too_large(most):
            return self._end(None, large, len(commands))
        if turn.end is None:
            return []
        if turn.end.continued:
            self._machine.renew(turn.end.result)
            return []
        return self._end(turn.end.result, turn.end.error, len(commands))

    def _end(self, result: Json, error: Json, i: int) -> list[Write]:
        """The end of the guest's part. Where something is to be undone, it is stored, as no guest is asked again: also
        where that failed at once, for it may be tried again."""
        self._machine.end(result, error)
        if self._machine.ending is None and self._machine.rollback is None:
            return []
        end = Issued(self._machine.turn, "end", "", 1, None, {"error": error})
        return [self._telling.issued(i, end)]

    def _too_large(self, most: Bounds) -> Json:
        if self._steps > most.steps:
            repair = f"continue as new before that, {raising('steps')}"
            return _limit("steps", f"the run has started more than {most.steps} steps: {repair}")
        if self._telling.stored() > most.state_bytes:
            repair = f"pass references, {raising('state_bytes')}"
            return _limit("state_bytes", f"the run stores more than {most.state_bytes} bytes: {repair}")
        return None

    async def _turn(self) -> Turn:
        """The turn of the last delivery; in a fresh activation, all turns before it first.

        Deaths that other runs of the same process caused are not counted: these end by their own counts.
        """
        deaths = 0
        while True:
            try:
                activation = self._activation or await self._open()
                [turn] = await activation.turns(self._machine.deliveries[-1:])
                return turn
            except GuestDied as death:
                deaths += death.own
                await self.hibernate()
                if deaths == DEATHS:
                    raise GuestLimit(f"the plan's process died {DEATHS} times in a row: {death}", "deaths") from None

    async def _open(self) -> Activation:
        activation = await self._world.sandbox.open(
            await code(self._world, self._run), await opening(self._world, self._run)
        )
        self._activation = activation
        replayed = await activation.turns(self._machine.deliveries[:-1])
        for number, turn in enumerate(replayed, 1):
            compare(number, self._known.get(number, ()), turn.commands)
        return activation

    async def _issue(self, command: Command, grant: Grant) -> Issued:
        """A command with what the host knows of it now; stored, so that a replay asks nobody."""
        known = await facts(self._world, self._run, command, grant)
        at = self._machine.turn
        return Issued(at, command.kind, command.name, command.occurrence, command.line, command.spec, known)

    # the commit

    async def _store(self, writes: list[Write]) -> bool:
        """All that came of this turn, in one commit; whether it was the last."""
        told = self._telling.told()
        for id, item in told.messages:
            self._step.post(id, item)
        writes += told.writes
        match self._machine.ended:
            case None:
                await self._step.commit([*writes, *self._telling.status()])
            case "continued":
                unread = [Item("event", "", event, event["timestamp"]) for event in self._machine.unread.all()]
                at = begins_at(self._machine, self._world.clock.now())
                await self._step.renew(unread, [*writes, *self._telling.renewal(at)], at)
            case ended:
                await self._step.finish([*writes, *self._telling.ending(ended)])
        return self._machine.ended is not None


def _still_over(run: Run) -> Write:
    """Guards what is put away for a run that has ended: somebody may just have it go on with its undoing."""
    again = Conflict(f"run {run.id} has just been set going again")
    return Write("ended_run", {"id": run.id, "generation": run.generation}, again)


def _moves(item: Item) -> bool:
    """Whether an item may lead to a turn of the plan or to a call. That a run ends or pauses is always heard."""
    return item.kind != "pause" and not (item.kind == "cancel" and not item.body["rollback"])


def _counts(command: Issued) -> bool:
    """Whether a command is a step that `steps` limits."""
    return command.kind not in _FREE and command.kind != "end"


def _limit(limit: str, message: str) -> dict[str, Json]:
    return {"kind": "Error", "type": "LimitExceeded", "message": message, "data": {"limit": limit}, "fault": "plan"}


def _broken(error: GuestError) -> dict[str, Json]:
    """How a run ends whose guest was killed over it: it passed a limit, or asked for what no plan may ask."""
    if isinstance(error, GuestLimit):
        return _limit(error.limit, str(error))
    return {"kind": "Error", "type": type(error).__name__, "message": str(error), "data": None, "fault": "plan"}
