"""`step`, the handle that a plan's `run` is given: its verbs, each an awaitable that starts when it is awaited."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Generator, Iterable, Mapping
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from . import requests
from .blocks import Timeout
from .exceptions import UsageError
from .groups import Gather, Map, Race
from .promises import Promise
from .requests import MISSING
from .running import Request, running
from .scheduler import Scheduler

P = ParamSpec("P")
R = TypeVar("R")


def verb(function: Callable[P, R]) -> Callable[P, R]:
    """Make a wrong argument of a verb a `UsageError` at the plan's line."""

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            raise UsageError(str(error).replace("Step.", "step.")) from None

    return checked


class StepCall:
    """One step: inert until it is awaited or handed to `gather`, `map` or `race`; awaited again, it gives the same."""

    __slots__ = ("_promise", "_request")
    __hash__ = None  # type: ignore[assignment]  # a set of these would have an order of its own

    def __init__(self, request: Request) -> None:
        self._request = request
        self._promise: Promise | None = None

    def __repr__(self) -> str:
        name = f" {self._request.name!r}" if self._request.name else ""
        return f"step {self._request.kind}{name}"

    def __await__(self) -> Generator[Promise, None, Any]:
        return self._start().wait()

    def _start(self) -> Promise:
        run = running()
        run.check_outside_body(self._request)
        if self._promise is None:
            self._promise = run.issue(self._request)
        return self._promise


class Continuation:
    """The awaitable that ends this generation when it starts: nothing that waits goes on, no `finally` runs."""

    __slots__ = ("_payload",)

    def __init__(self, payload: dict[str, Any]) -> None:
        self._payload = payload

    def __repr__(self) -> str:
        return "step continue_as_new"

    def __await__(self) -> Generator[Promise, None, Any]:
        return self._start().wait()

    def _start(self) -> Promise:
        run = running()
        run.check_outside_body("step.continue_as_new")
        return run.continue_as_new(self._payload)


def gather(*steps: object, return_exceptions: bool = False) -> Gather:
    """Run awaitables side by side: their results in order, or the first error once all have ended."""
    run = running()
    return Gather(steps, run.body.scheduler if run.body else run.scheduler, keep_errors=bool(return_exceptions))


def _scheduler(verb: str) -> Scheduler:
    """That of the run, for a verb that a step's function does not have."""
    run = running()
    run.check_outside_body(verb)
    return run.scheduler


class Step:
    """The verbs of a run, handed to `run` as `step`. Each starts when it is awaited or handed to a group."""

    __slots__ = ()  # it has no state of its own: what it does belongs to the run whose turn it is

    def __repr__(self) -> str:
        return "step"

    @verb
    def do(
        self,
        name: str,
        call: object = MISSING,
        *,
        retries: Mapping[str, Any] | None = None,
        timeout: object = MISSING,
        deadline: object = None,
        rollback: object = None,
        sensitive: bool = False,
    ) -> Any:
        """Run a tool call or a function once for good: its result is stored, and given again on every replay.

        * `call`: a tool call; or a function, plain or async, that computes and may `await` tool calls. It may have the
          parameter `ctx` (`attempt`, `name`, `occurrence`). It works on a copy of what it sees of the run, cannot use
          `step`, and should have one effect at most, since a retry repeats all of it. Without `call`, this is a
          decorator.
        * `retries`: what happens after an error, as `{"limit": 5, "delay": "10 seconds", "backoff": "exponential"}`,
          which is the default; keys that are left out keep it. `limit` counts retries, so 2 means at most three
          attempts; 0 to 10,000. `backoff` is `"exponential"` (delays double), `"linear"` or `"constant"`; `delay` may
          be a function of the attempt's number and error.
        * `timeout`: of one attempt, 10 minutes by default. `deadline`: of all of them together, none by default.
          Waiting for a person counts for neither.
        * `rollback`: a function of the result that gives the tool call which undoes this step. It is kept with the
          result, and made when the run fails or is cancelled with rollback: in reverse order of start.
        * `sensitive`: the arguments and the result are seen by the plan, the tools and those who approve, and by nobody
          else.

        Gives what the tool or function gave, decoded from what was stored. Raises `StepFailed` once the retries are
        used up, `StepTimeout` at the deadline; of a tool that needs a person also `ApprovalRejected` and
        `ApprovalExpired`. An attempt that was cut off is tried again by itself only for tools with effect `read` or
        `idempotent`; else a person is asked what happened.

        ```python
        receipt = await step.do(
            "pay",
            tools.payments.pay(order="17", amount=20),
            retries={"limit": 2, "delay": "1 minute"},
            timeout="30 seconds",
            rollback=lambda paid: tools.payments.cancel(reference=paid["reference"]),
        )

        async def newest(ctx):
            found = await tools.orders.list(most=100)
            return max(found, key=lambda one: one["at"])

        order = await step.do("find the newest order", newest)
        return {"receipt": receipt, "order": order}
        ```
        """
        policy = (retries, timeout, deadline, rollback, sensitive)
        if call is not MISSING:
            return StepCall(requests.do(name, call, *policy))

        def decorate(function: object) -> Callable[[], StepCall]:
            requests.do(name, function, *policy)  # so that what is wrong with it is said at its own line
            return lambda: StepCall(requests.do(name, function, *policy))

        return decorate

    @verb
    def sleep(self, name: str, duration: object) -> StepCall:
        """Wait that long: 0 seconds to 365 days. Nothing of the run stays in memory meanwhile. Gives None.

        ```python
        await step.sleep("let it clear", "2 days")
        ```
        """
        return StepCall(requests.sleep(name, duration))

    @verb
    def sleep_until(self, name: str, when: object) -> StepCall:
        """Wait until a moment: an aware `datetime`, or seconds since 1970. The past is over at once.

        ```python
        await step.sleep_until("new year", datetime(2027, 1, 1, tzinfo=UTC))
        ```
        """
        return StepCall(requests.sleep_until(name, when))

    @verb
    def wait_for_event(self, name: str, type: object, *, where: object = None, timeout: object = MISSING) -> StepCall:
        """Wait for an event that somebody sends to this run, as with `agentflow run send`.

        * `type`: one type or a list of them: letters, digits, `_`, `.` and `-`, at most 100.
        * `where`: fields of its payload, each with the value or the list of values that it must have.
        * `timeout`: 24 hours by default.

        Gives the `Event`. The oldest that fits is taken, one that came before the wait among them, and it is taken by
        one wait only. Raises `WaitTimeout`.

        ```python
        paid = await step.wait_for_event("the payment", ["paid", "refused"], where={"order": "17"}, timeout="30 days")
        return paid.payload if paid.type == "paid" else None
        ```
        """
        return StepCall(requests.wait_for_event(name, type, where, timeout))

    @verb
    def wait_for_approval(
        self,
        name: str,
        question: str,
        *,
        call: object = None,
        details: object = None,
        approvers: object = None,
        quorum: int = 1,
        timeout: object = MISSING,
    ) -> StepCall:
        """Ask people whether to go on, and with which calls.

        * `call`: a tool call, or a list of at most 500. People see exactly these arguments and may edit them. What was
          approved is `approval.call` (or `approval.calls`): a step that runs it asks no second time.
        * `details`: JSON that is shown with the question.
        * `approvers`, `quorum`: names, and how many of them have to agree. They only narrow the policy of the agent.
        * `timeout`: 7 days by default.

        Gives an `Approval`. Raises `ApprovalRejected` at the first no, `ApprovalExpired` when nobody decided in time.

        ```python
        mail = tools.mail.send(to="ada@example.com", body="It is on its way.")
        approval = await step.wait_for_approval("agree", "Write to Ada?", call=mail, timeout="1 day")
        await step.do("send", approval.call)
        ```
        """
        who = requests.who(approvers, quorum)
        return StepCall(
            requests.wait_for_approval(name, question, call=call, details=details, who=who, timeout=timeout)
        )

    @verb
    def ask(
        self,
        name: str,
        question: str,
        answer: object = str,
        *,
        default: object = MISSING,
        details: object = None,
        approvers: object = None,
        timeout: object = MISSING,
    ) -> StepCall:
        """Ask people for a value.

        * `answer`: `str` for a text, a list for one of several choices, or a JSON schema.
        * `default`: what it is when nobody answered in time. Without one, that raises `ApprovalExpired`.
        * `details`, `approvers`, `timeout`: as in `wait_for_approval`.

        Gives the answer, which fits. Raises `ApprovalRejected` where somebody refuses to say.

        ```python
        colour = await step.ask("colour", "Which colour?", answer=["red", "blue"], default="red", timeout="2 days")
        amount = await step.ask("amount", "How many?", answer={"type": "integer", "minimum": 1})
        return {"colour": colour, "amount": amount}
        ```
        """
        who, options = requests.who(approvers), {"default": default, "details": details, "timeout": timeout}
        return StepCall(requests.ask(name, question, answer=answer, who=who, **options))

    @verb
    def gather(self, *steps: object, return_exceptions: bool = False) -> Gather:
        """Run awaitables side by side: steps, the plan's own async functions, other groups.

        Gives their results in order. Raises the first error once all have ended; with `return_exceptions=True`, errors
        stand among the results.

        ```python
        stock, price = await step.gather(
            step.do("stock", tools.stock.count(article="nails")),
            step.do("price", tools.prices.get(article="nails")),
        )
        return stock * price
        ```
        """
        return gather(*steps, return_exceptions=return_exceptions)

    @verb
    def map(
        self,
        function: Callable[[Any], Any],
        items: Iterable[Any],
        *,
        concurrency: int | None = None,
        return_exceptions: bool = False,
    ) -> Map:
        """Run an async function over items side by side, at most `concurrency` at a time; by default, all.

        Gives the results in order. After an error no further item is begun, and it is raised once those that were begun
        have ended; with `return_exceptions=True`, errors stand among the results.

        ```python
        async def look(order):
            return await step.do(f"look at {order}", tools.orders.get(id=order))

        found = await step.map(look, event.payload["orders"], concurrency=10)
        return [one["total"] for one in found]
        ```
        """
        scheduler, most = _scheduler("step.map"), requests.concurrency(concurrency)
        return Map(requests.mapped(function), list(items), most, scheduler, keep_errors=bool(return_exceptions))

    @verb
    def race(self, /, *nameless: object, **steps: object) -> Race:
        """Run awaitables against each other: the name and the value of the first that ends; its error, where it is one.

        The others are let go: attempts in flight are cancelled, waits take no event any more.

        ```python
        first, value = await step.race(
            paid=step.wait_for_event("payment", "paid", timeout="30 days"),
            cancelled=step.wait_for_event("cancellation", "cancelled", timeout="30 days"),
        )
        return {"how": first, "what": value.payload}
        ```
        """
        if nameless:
            raise UsageError('race takes its steps by name: step.race(paid=step.wait_for_event("paid", "paid"))')
        return Race(steps, _scheduler("step.race"))

    @verb
    def timeout(self, duration: object) -> Timeout:
        """A block that ends when its time is over: its steps are let go, and `StepTimeout` is raised out of it.

        Default timeouts of what is in the block never end before it.

        ```python
        try:
            async with step.timeout("1 hour"):
                await step.do("ask the bank", tools.bank.ask(order="17"))
                await step.wait_for_event("its answer", "bank.answer")
        except StepTimeout:
            return "the bank is silent"
        ```
        """
        return Timeout(*requests.timeout(duration))

    @verb
    def delegate(
        self, name: str, agent: str, goal: str | None = None, payload: object = None, *, timeout: object = None
    ) -> StepCall:
        """Have another agent pursue a goal, or without one run its newest plan, and wait for what its run returns.

        The agent must be among those that this one may delegate to. Cancelling or pausing this run does the same to
        that one. Without `timeout` it waits for as long as it takes. Raises `StepFailed` where the other run failed,
        `StepTimeout`.

        ```python
        report = await step.delegate("research", "researcher", "Who makes nails?", {"most": 5}, timeout="1 day")
        return report
        ```
        """
        return StepCall(requests.delegate(name, agent, goal=goal, payload=payload, timeout=timeout))

    @verb
    def rollback(self, *names: str) -> StepCall:
        """Undo what was done so far, or these steps of it by name, now; the run goes on.

        The calls that `rollback=` gave are made in reverse order.

        ```python
        await step.do("reserve", tools.stock.reserve(id="17"), rollback=lambda held: tools.stock.release(id="17"))
        if event.payload.get("changed"):
            await step.rollback("reserve")
        ```
        """
        return StepCall(requests.rollback(names))

    @verb
    def continue_as_new(self, payload: dict[str, Any]) -> Continuation:
        """End here, and begin anew with this payload and an empty history: for runs that go on for ever.

        It does not return. Events that nobody read stay; rollbacks that were registered are forgotten; no `finally`
        runs.

        ```python
        await step.do("look", tools.orders.watch())
        await step.sleep("an hour", "1 hour")
        await step.continue_as_new({"rounds": event.payload["rounds"] + 1})
        ```
        """
        return Continuation(requests.continuation(payload))

    @verb
    def progress(self, message: str, fraction: float | None = None) -> StepCall:
        """Tell people how far the run is: a text of at most 1,000 characters, and perhaps a fraction from 0 to 1.

        ```python
        await step.progress("half of the orders are done", 0.5)
        ```
        """
        return StepCall(requests.progress(message, fraction))

    def now(self) -> datetime:
        """The run's clock in UTC: when what is delivered now was stored. It never goes back; replays read the same."""
        return running().now()

    def random(self) -> float:
        """The next number of the run's generator, at least 0 and less than 1; the same on every replay."""
        return running().rng.random()

    def uuid(self) -> str:
        """A new identifier as text (a UUID of version 4), the same on every replay."""
        return str(uuid.UUID(int=running().rng.getrandbits(128), version=4))
