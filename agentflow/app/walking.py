"""One walk through a plan: the real dispatch, over an engine that is alone, and everybody else played by this."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..approvals import rows
from ..approvals.ruling import Case, Decision, rule
from ..dispatch import RunInHand, views
from ..dispatch.delegation import child_ids
from ..dispatch.machine import Machine
from ..dispatch.steps import Issued, OpenStep
from ..dispatch.story import Story
from ..dispatch.world import World
from ..engine import Item, Suspended
from ..engine.alone import Alone, Exhausted
from ..engine.clock import StillClock
from ..errors import UsageError
from ..guest.values import ValueNotJson, encode
from ..records import Delegation, Json, Principal, Run, StepView, ToolSpec
from ..store import Write
from ..tools import ToolContext
from ..trial import Given, Outcome, Walk
from ..trial.asking import People
from ..trial.desk import Desk
from ..trial.ways import Ways

RUN = "run_trial"
"""The id of every run here: what a plan draws by lot is the same each time."""
MOST_EVENTS = 5
"""That are made up for the waits of one name: a loop over whatever comes would never end."""
_SOMEBODY = Principal("somebody")


class Walker:
    """Plays all that is outside of one run."""

    def __init__(self, given: Given, way: Sequence[int]) -> None:
        self.clock = StillClock(given.start)
        self._given = given
        self._ways = Ways(way)
        self._desk = Desk(given, self.clock.now)
        self._people = People(given, self._ways, self._desk)
        self._coming = sorted(given.events or (), key=lambda event: event.after)
        self._left = given.most_items
        self._end = time.monotonic() + given.seconds
        self._told: dict[str, Json] = {}
        self._steps: list[StepView] = []
        self._events = 0
        self._silent: set[str] = set()
        self._run: RunInHand
        self._machine: Machine
        self._tools: Mapping[str, ToolSpec]

    async def walk(self, world: World) -> Walk:
        """Until the run has ended, or nothing moves it on."""
        self._tools = {spec.name: spec for spec in world.tools.granted(["*"])}
        generation, unread = 1, list[Item]()
        payload = _encoded("the payload", dict(self._desk.payload()))
        while True:
            step = await self._generation(world, payload, generation, unread)
            self._steps += views(self._machine)
            if step.renewed is None:
                return self._walked(generation)
            generation, unread, payload = generation + 1, list(step.renewed), self._machine.result

    async def _generation(self, world: World, payload: Json, generation: int, unread: Sequence[Item]) -> Alone:
        record = _run(payload, generation, self._given.start)
        self._machine = Machine(RUN, generation)
        step = Alone(generation, self.clock, self._at_rest, self._heard, self._is_enough)
        step.tell(unread)
        self._run = RunInHand(world, Story(record, self._machine, {}, 0, 0), step)
        try:
            await self._run.work()
        except Suspended as reason:
            self._told["outcome"] = "limit" if isinstance(reason, Exhausted) else "stuck"
        finally:
            await self._run.hibernate()
        return step

    def _is_enough(self) -> bool:
        self._left -= 1
        return self._left < 0 or time.monotonic() > self._end

    def _walked(self, generations: int) -> Walk:
        told, desk = self._told, self._desk
        outcome: Outcome = told.get("outcome") or told["status"]
        return Walk(
            outcome,
            result=json.loads(told.get("result") or "null"),
            error=told.get("divergence") or json.loads(told.get("error") or "null"),
            steps=tuple(self._steps),
            calls=tuple(desk.calls),
            asked=tuple(self._people.asked.values()),
            choices=tuple(self._ways.met),
            failing=self._given.failing,
            seconds=self.clock.now() - self._given.start,
            made_up=tuple(desk.made_up),
            guessed=tuple(desk.guessed),
            played=frozenset(desk.played),
            generations=generations,
            rollback=json.loads(told.get("rollback") or "null"),
        )

    # what would be stored

    def _heard(self, writes: Sequence[Write]) -> None:
        for write in writes:
            match write.name:
                case "end_run":
                    self._told |= {key: write.params[key] for key in ("status", "result", "error", "rollback")}
                case "run_status" if write.params["status"] == "paused":
                    reason = json.loads(write.params["reason"])
                    self._told["outcome"] = "diverged"
                    self._told["divergence"] = {"kind": "Error", "type": "Diverged", "message": reason["message"]}
                case "insert_approval":
                    self._people.hear(
                        rows.approval({**write.params, "status": "pending", "decision": None, "original": None})
                    )
                case "close_approval":
                    self._people.close(write.params["id"], write.params["status"])
                case "withdraw_approvals":
                    self._people.withdraw()

    # what comes from outside

    async def _at_rest(self, due: float | None) -> Item | None:
        """What somebody does now, before the next timer. The run leaves the memory: what follows is a replay, too."""
        await self._run.hibernate()
        for step in list(self._machine.open.values()):
            if step.key not in self._silent and (item := self._moved(step)):
                return item
        return self._event_in_time(due)

    def _moved(self, step: OpenStep) -> Item | None:
        match step.state:
            case "asking" | "unknown":
                return self._decision(step)
            case "waiting" if self._given.events is None:
                return self._event_for(step)
            case "delegated":
                return self._child(step)
        return None

    def _decision(self, step: OpenStep) -> Item | None:
        asked, now = self._machine.asked(step.key), self.clock.now()
        assert asked is not None
        said = self._people.say(asked, step.command.line, self._tools)
        if said is None:
            return None
        decision = Decision(said.how, said.comment, said.value)  # type: ignore[arg-type]  # silence is None
        question = replace(self._people.questions[asked], approvers=(), quorum=1)  # one stands for all who may
        try:
            ruling = rule(Case(question, now), decision, _SOMEBODY, lambda *_: ())  # nobody edits here
        except UsageError as error:
            raise UsageError(f"what is given for step {step.command.name!r} cannot be said: {error}") from None
        return Item("decision", step.key, ruling.message(), now)

    def _event_for(self, step: OpenStep) -> Item | None:
        if step.command.occurrence > MOST_EVENTS:
            self._silent.add(step.key)
            return None
        types: list[str] = step.spec["types"]
        options = (*("comes" if len(types) == 1 else f"is {type}" for type in types), "does not come in time")
        taken = self._ways.take(f"event {step.command.name}", options, step.command.line)
        if taken == len(types):
            self._silent.add(step.key)
            return None
        return self._event(types[taken], self._desk.event(types[taken], step.spec.get("where")))

    def _event_in_time(self, due: float | None) -> Item | None:
        """The next event that is given, where it comes before the next timer rings."""
        if not self._coming:
            return None
        moment = self._given.start + self._coming[0].after
        if due is not None and moment > due:
            return None
        coming = self._coming.pop(0)
        self.clock.advance(max(0.0, moment - self.clock.now()))
        return self._event(coming.type, _encoded(f"the payload of the event {coming.type}", coming.payload))

    def _event(self, type: str, payload: Json) -> Item:
        self._events += 1
        event = {"id": f"event_{self._events}", "type": type, "payload": payload, "timestamp": self.clock.now()}
        return Item("event", "", event, self.clock.now())

    def _child(self, step: OpenStep) -> Item:
        _, run = child_ids(RUN, self._machine.origin(step.key), step.key)
        return Item(
            "child",
            step.key,
            {"child": run, **self._desk.delegated(step.spec["agent"], step.spec["payload"])},
            self.clock.now(),
        )

    # what the dispatch asks for

    async def act(self, spec: ToolSpec, args: Mapping[str, Any], context: ToolContext) -> Any:
        """A stand-in for a tool is called."""
        return self._desk.called(spec, args, context)

    def rehearse(self, run: Run, command: Issued, attempt: int) -> Callable[[], Awaitable[Any]] | None:
        """The attempts of steps that are to fail."""
        return _fail if command.key in self._given.failing else None

    async def begin(self, delegation: Delegation) -> None:
        """Another agent takes over: its end comes when nothing else happens."""


class MadeToFail(Exception):
    """What a step raises that fails so that one sees what its plan does then."""


async def _fail() -> Any:
    raise MadeToFail("it was made to fail in this trial")


def _run(payload: Json, generation: int, start: float) -> Run:
    return Run(RUN, "trial", "trial", 0, generation, "queued", None, payload, None, "trial", start, start)


def _encoded(what: str, value: Any) -> Json:
    try:
        return encode(value)
    except ValueNotJson as error:
        raise UsageError(f"{what} is not JSON: {error}") from None
