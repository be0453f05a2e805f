"""The back half of the way: run -> code -> guest -> command -> tool, timer or approval, and back with what came of it.

One sentence, which `RunInHand.work` is: take the next thing that happened to the run, let the machine say what it
means, hand the guest what is settled, store its commands with all the rest in one commit, and begin what they ask for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

from ..approvals import expired, opened
from ..engine import Step
from ..errors import Diverged, GuestDied, GuestError, GuestLimit, ToolError
from ..guest.values import decode
from ..records import FINISHED, Json
from ..sandbox import Activation, Command, Turn
from ..store import Write
from ..tools import Tool
from ..tools.schema import check_schema
from .attempts import Attempt, attempt
from .machine import Issued
from .status import status, views
from .story import Story, delivered, issued, load
from .world import World, code, granted, opening, tool_for

__all__ = ["Dispatcher", "World", "load", "status", "views"]

DEATHS = 3
"""How often in a row a run's guest may die under it before the run is failed."""

_RISKS = ("low", "medium", "high")


class Dispatcher:
    """The handler of runs."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, id: str, step: Step) -> None:
        story = await load(self._world.store, id)
        if story is None or story.run.status in FINISHED or story.run.generation != step.generation:
            await step.finish([])
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
        self._length = story.length
        self._shown = (story.run.status, story.run.reason)
        self._activation: Activation | None = None

    async def work(self) -> None:
        """Go on until the run ends. Unwound from inside by the engine when nothing can be delivered."""
        self._wish()
        while not self._machine.ended:
            item = await self._step.next()
            writes = [delivered(self._run, self._length, item)]
            self._length += 1
            self._machine.deliver(item)
            try:
                writes += await self._turns()
            except Diverged as divergence:
                await self._park(divergence)
                return
            self._wish()
            await self._store(writes)

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
                self._machine.end(None, _broken(broken))
                break
            commands = [await self._issue(command) for command in turn.commands]
            self._machine.issue(commands)
            self._known[self._machine.turn] = commands
            writes += [issued(self._run, i, command) for i, command in enumerate(commands)]
            if turn.end:
                self._machine.end(turn.end.result, turn.end.error)
        return writes

    async def _turn(self) -> Turn:
        """The turn of the last delivery; in a fresh activation, all turns before it first."""
        for _ in range(DEATHS):
            try:
                activation = self._activation or await self._open()
                [turn] = await activation.turns(self._machine.deliveries[-1:])
                return turn
            except GuestDied as death:
                last = death
                await self.hibernate()
        raise GuestLimit(f"the guest died {DEATHS} times in a row: {last}", "deaths")

    async def _open(self) -> Activation:
        activation = await self._world.sandbox.open(await code(self._world, self._run), opening(self._run))
        self._activation = activation
        replayed = await activation.turns(self._machine.deliveries[:-1])
        for number, turn in enumerate(replayed, 1):
            _compare(number, self._known.get(number, ()), turn.commands)
        return activation

    async def _issue(self, command: Command) -> Issued:
        """A command with what the host knows of it now; stored, so that a replay asks nobody."""
        turn = self._machine.turn
        made = partial(Issued, turn, command.kind, command.name, command.occurrence, command.line, command.spec)
        try:
            return made(await self._facts(command))
        except ToolError as error:
            return made({"refused": str(error), "effect": "read"})

    async def _facts(self, command: Command) -> dict[str, Json]:
        match command.kind:
            case "do" if command.spec["call"] is None:
                return {"effect": "function"}
            case "do":
                [tool] = await self._tools([command.spec["call"]])
                needs_person = tool.needs_person(decode(command.spec["call"]["args"]))
                return {"effect": tool.spec.effect, "risk": tool.spec.risk, "needs_person": needs_person}
            case "wait_for_approval":
                tools = await self._tools(command.spec["calls"])
                return {"risk": max((tool.spec.risk for tool in tools), key=_RISKS.index, default="low")}
            case "ask" if wrong := check_schema(command.spec["schema"]):
                raise ToolError(f"the answer's schema is not a JSON schema: {wrong}")
        return {}

    async def _tools(self, calls: Sequence[Json]) -> list[Tool]:
        grant = await granted(self._world, self._run)
        return [tool_for(self._world, grant, call["tool"], call["args"]) for call in calls]

    # wishes and rows

    def _wish(self) -> None:
        """Tell the engine what should be in flight and timed, where that has changed."""
        for key in self._machine.changed():
            if step := self._machine.attempts.get(key):
                function = step.spec["call"] is None
                before = self._machine.deliveries[: step.command.turn] if function else ()
                this = Attempt(self._run, step.command, step.attempt, step.deadline, before)
                self._step.do(key, partial(attempt, self._world, self._step, this))
            elif key in self._machine.timers:
                self._step.timer(key, self._machine.timers[key])
            else:
                self._step.drop(key)

    async def _store(self, writes: list[Write]) -> None:
        machine = self._machine
        writes += [opened(question, self._run) for question in machine.questions]
        writes += [expired(id, machine.now) for id in machine.expired]
        machine.questions.clear()
        machine.expired.clear()
        if machine.ended:
            await self._step.finish([*writes, *self._ending()])
        else:
            await self._step.commit([*writes, *self._status()])

    def _status(self) -> list[Write]:
        shown = status(self._machine)
        if shown == self._shown:
            return []
        self._shown = shown
        return [Write("run_status", {**self._now(), "status": shown[0], "reason": _dumps(shown[1])})]

    def _ending(self) -> list[Write]:
        machine, now = self._machine, self._now()
        end = {**now, "status": machine.ended, "result": _dumps(machine.result), "error": _dumps(machine.error)}
        withdrawn = {"run": self._run.id, "generation": self._run.generation, "now": now["now"]}
        return [Write("withdraw_approvals", withdrawn), Write("end_run", end)]

    async def _park(self, divergence: Diverged) -> None:
        """A divergence never fails a run: it stays, paused, until it is migrated or the old code is back."""
        reason = {"paused": "diverged", "message": str(divergence), "since": self._world.clock.now()}
        await self._step.park([Write("run_status", {**self._now(), "status": "paused", "reason": json.dumps(reason)})])

    def _now(self) -> dict[str, Json]:
        return {"id": self._run.id, "generation": self._run.generation, "now": self._world.clock.now()}


def _compare(number: int, known: Sequence[Issued], replayed: Sequence[Command]) -> None:
    """Raise `Diverged` where a replayed turn asks for something else than the stored one did."""
    before = [_identity(command) for command in known]
    after = [_identity(command) for command in replayed]
    for i in range(max(len(before), len(after))):
        was = before[i] if i < len(before) else "nothing"
        now = after[i] if i < len(after) else "nothing"
        if was != now:
            raise Diverged(f"turn {number}: the history has {was}, the code asks for {now}", number)


def _identity(command: Issued | Command) -> str:
    """What must be equal on replay: not retries, timeouts or wording (design, section 4)."""
    spec, call = command.spec, command.spec.get("call")
    what = [call["tool"], call["args"]] if call else [spec.get(key) for key in ("seconds", "at", "types", "calls")]
    return f"{command.kind} {command.name}#{command.occurrence} {json.dumps(what, sort_keys=True, ensure_ascii=False)}"


def _broken(error: GuestError) -> dict[str, Json]:
    """How a run ends whose guest was killed over it: it passed a limit, or asked for what no plan may ask."""
    if isinstance(error, GuestLimit):
        return {"kind": "Error", "type": "LimitExceeded", "message": str(error), "data": {"limit": error.limit}}
    return {"kind": "Error", "type": type(error).__name__, "message": str(error), "data": None}


def _dumps(value: Json) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)
