"""One activation: a run's coroutines in this process, from replay to eviction.

Replay is not a mode. An activation knows one operation, the turn: it is handed one thing that happened, runs until
every branch of the run is blocked, and says which steps were started meanwhile. A run that comes back after months is
given its history, delivery by delivery, by the same operation that gave it each of them when it was new, and so it
stands where it stood. Nothing in here asks whether something is old or new.

This is exact because a turn is a pure function of what came before. Its inputs are the source, the event and the
deliveries so far. Its clock is the stored time of the delivery, its random numbers come from a generator seeded by run
and generation, and what it is handed is decoded anew from JSON, so that nothing is shared with another activation. The
order in which branches move follows from the order of deliveries (scheduler.py), and hash order is fixed when the
process starts (PYTHONHASHSEED). A module namespace, context variables and a decimal context belong to each activation.

Two things must never happen in between, since no delivery would explain them:

* The body of a step's function in the run's own state. It runs in an activation of its own, replayed up to the turn
  that started the step, which is dropped afterwards. So whatever it changes, the run cannot see.
* Code of a run that has been let go. Python closes a suspended coroutine or generator when it is freed, and closing
  runs its `finally`. So nothing suspended is ever freed: an activation that is closed goes to the graveyard, with all
  that it holds, and the process ends without finalizing anything. The host starts a new process in time. For the same
  reason the cyclic garbage collector is off here: when it runs depends on the history of allocations, and it would run
  the `finally` of a forgotten generator in the middle of somebody else's turn.
"""

from __future__ import annotations

from contextvars import Context
from types import CodeType
from typing import Any

from . import answers, evaluation, looking
from .exceptions import UsageError, attempt_document, document, revive
from .facades import facades, importer
from .functions import call_with_ctx
from .guards import namespace
from .promises import Promise
from .results import encoded
from .running import MOST_COMMANDS, Body, Request, Running, enter
from .step import Step
from .values import compact, decode
from .verbs import API

LARGEST_ANSWER = 256 * 1024
"""Bytes of turns after which an answer takes no further turn: the host hands over the rest again."""

_graveyard: list[Activation] = []


class Misuse(Exception):
    """The host asked for something that this activation cannot do."""


class Diverged(Exception):
    """The history delivers what this code does not wait for; `turn` counts deliveries from 1, the start."""

    def __init__(self, message: str, turn: int) -> None:
        super().__init__(message)
        self.turn = turn


class Activation:
    """A run in this process."""

    def __init__(self, code: CodeType, entry: str, opening: dict[str, Any]) -> None:
        event = opening["event"]
        seed, most = f"{opening['run']}:{opening['generation']}", opening.get("commands", MOST_COMMANDS)
        self._run = Running(seed, event["timestamp"], code.co_filename, most)
        self._event = answers.opening_event(event, opening["run"], opening["agent"])
        self._entry = entry
        self._filename = code.co_filename
        self._turn = 0
        self._body_result = Promise()
        self._import_error: BaseException | None = None
        self._context = Context()
        self._context.run(self._load, code)

    def turns(self, deliveries: list[dict[str, Any]]) -> str:
        """One turn for each delivery, fewer if the answer grows large; the end comes with the last. As JSON."""
        turns, end = self._context.run(self._turns, deliveries)
        return f'{{"turns":[{",".join(turns)}],"end":{compact(end)}}}'

    def call(self, key: str, attempt: int, at: float) -> dict[str, Any]:
        """Run the function of an open step. The activation is of no use for turns afterwards."""
        request = self._request(key)
        if request is None or request.function is None:
            raise Misuse(f"{key!r} is not a function step that is open here")
        body = self._leave(f"{key}:{attempt}", at)
        ctx = answers.Attempt(attempt, request.name, int(key.rpartition("#")[2]))
        self._body_result = body.scheduler.spawn(_perform(request, ctx))
        return self._context.run(self._work, body)

    def evaluate(self, key: str, what: str, at: float, given: dict[str, Any]) -> dict[str, Any]:
        """What a function that was given with an open step makes of its outcome: a call that undoes it, or a delay.

        The activation is of no use for turns afterwards.
        """
        request = self._request(key)
        work = None if request is None else evaluation.prepared(request, what, given)
        if work is None:
            raise Misuse(f"{key!r} is not a step that is open here and has a function for {what!r}")
        self._leave(f"{key}:{what}:{given.get('attempt', 1)}", at)
        try:
            return {"calls": [], "end": {"result": self._context.run(work)}}
        except BaseException as error:  # noqa: BLE001 - whatever leaves the plan is this answer, not this process's end
            return {"calls": [], "end": {"error": attempt_document(error, self._run.line_of(error))}}

    def answer(self, call: int, ok: Any, error: dict[str, Any] | None) -> dict[str, Any]:
        """Hand a tool's answer to the function that awaits it."""
        body = self._run.body
        if body is None or call not in body.waiting:
            raise Misuse(f"no step's function waits for call {call!r}")
        promise = body.waiting.pop(call)
        if error is None:
            promise.keep(decode(ok))
        else:
            promise.keep(error=revive(error, step=""))
        return self._context.run(self._work, body)

    def look(self) -> dict[str, Any]:
        """Where the run stands between two turns."""
        return looking.look(self._run, self._filename)

    def close(self) -> None:
        """Never move again."""
        _graveyard.append(self)

    def _load(self, code: CodeType) -> None:
        """Run the module's body. What it raises is how the run ends, at its first turn."""
        enter(self._run)
        parts = facades(self._run.now, self._run.rng, API)
        self._namespace = namespace("plan", importer(parts), {})
        try:
            exec(code, self._namespace)  # noqa: S102 - the plan, in the process made for it
        except BaseException as error:  # noqa: BLE001 - whatever leaves the plan ends its run, not this process
            self._import_error = error

    def _request(self, key: str) -> Request | None:
        """What was asked for with a step that is open, as long as the run has not been left."""
        step = self._run.open.get(key)
        return None if step is None or self._run.body is not None else step.request

    def _leave(self, seed: str, at: float) -> Body:
        """Leave the run where it is, for a function of the plan with a clock and random numbers of its own."""
        self._run.body = Body()
        self._run.at = at
        self._run.rng.seed(f"{self._run.seed}:{seed}")
        return self._run.body

    def _turns(self, deliveries: list[dict[str, Any]]) -> tuple[list[str], dict[str, Any] | None]:
        turns: list[str] = []
        size, end = 0, None
        for delivery in deliveries:
            self._deliver(delivery)
            if self._run.overdrawn is not None:
                raise self._run.overdrawn
            commands, weight = self._run.commands()
            turns.append(f"[{','.join(commands)}]")
            size += weight
            end = self._end()
            if size > LARGEST_ANSWER:
                break
        return turns, end

    def _deliver(self, delivery: dict[str, Any]) -> None:
        self._turn += 1
        if self._run.body is not None:
            raise Misuse("an activation that ran a step's function takes no further turn")
        if delivery.get("start"):
            self._begin(delivery["at"])
        else:
            self._settle(delivery)
        assert self._run.result is not None
        self._run.scheduler.run(self._run.result)

    def _begin(self, at: float) -> None:
        if self._run.result is not None:
            raise Misuse("the run has been started already")
        self._run.at = max(self._run.at, at)
        self._run.result = self._run.scheduler.spawn(self._perform_run())

    def _settle(self, delivery: dict[str, Any]) -> None:
        key = delivery["key"]
        if self._run.result is None:
            raise Misuse(f"the first delivery is the start, not {key!r}")
        if self._run.result.kept or key not in self._run.open:
            raise Diverged(f"the history delivers {key!r}, but this code {self._expected()}", self._turn)
        step = self._run.settle(key)
        self._run.at = max(self._run.at, delivery["at"])
        if delivery.get("error") is not None:
            step.result.keep(error=revive(delivery["error"], step=step.request.name))
        else:
            step.result.keep(step.request.decode(key, delivery.get("ok")))

    def _expected(self) -> str:
        assert self._run.result is not None
        if self._run.result.kept:
            return "has ended"
        waits = ", ".join(repr(key) for key in list(self._run.open)[:5])
        return f"waits for {waits}" if waits else "waits for nothing"

    def _end(self) -> dict[str, Any] | None:
        result = self._run.result
        assert result is not None
        if self._run.continuation is not None:
            return {"continue": self._run.continuation}
        if not result.kept:
            if self._run.open:
                return None
            result.keep(
                error=UsageError("the run waits for something that never comes: a gather that contains itself?")
            )
        if result.error is not None:
            return {"error": document(result.error, self._run.line_of(result.error))}
        return {"result": result.take()}

    async def _perform_run(self) -> Any:
        if self._import_error is not None:
            raise self._import_error
        workflow = self._namespace[self._entry]()
        return encoded("the result of the run", await workflow.run(self._event, Step()))

    def _work(self, body: Body) -> dict[str, Any]:
        """Let the step's function run until it waits for tools or ends."""
        result = self._body_result
        body.scheduler.run(result)
        if not result.kept and not body.waiting:
            result.keep(error=UsageError("the step's function waits for something that is no tool call"))
        calls, body.calls = body.calls, []
        if not result.kept:
            return {"calls": calls, "end": None}
        if result.error is not None:
            failure = attempt_document(result.error, self._run.line_of(result.error))
            return {"calls": calls, "end": {"error": failure}}
        return {"calls": calls, "end": {"result": result.take()}}


async def _perform(request: Request, ctx: answers.Attempt) -> Any:
    """The function's result, encoded; what it returns is awaited if it can be."""
    assert request.function is not None
    value = call_with_ctx(request.function, ctx)
    if hasattr(type(value), "__await__"):
        value = await value
    return encoded(f"the result of step {request.name!r}", value)
