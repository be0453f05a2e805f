"""One attempt of a step, on the host's side: the tool is called, and whatever comes of it is a value.

An outcome document is `{"ok": value}`, or `{"error": {"type", "message", "data", "final", "fault"}, "unknown",
"late"}`, with `acted` where a function failed, and in both cases `usage` where models were asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any, Protocol, TypeVar

from ..engine.clock import Clock
from ..errors import AgentFlowError, GuestError, GuestLimit, ToolError, UnknownOutcome
from ..guest.values import ValueNotJson, canonical, decode, encode
from ..guest.verbs import NonRetryableError
from ..records import Json, Run, Spent, Usage
from ..sandbox import Body, BodyCall
from ..tools import ToolContext
from ..trial import stubs
from .bounds import Bounds, raising
from .machine import Issued
from .world import Grant, Held, World, code, granted, opening, tool_for

T = TypeVar("T")

_CANCELLED = "the tool was cancelled from inside; raise an exception instead"

_NO_CONTEXT = ToolContext()

_FINAL = frozenset({"NonRetryableError", "PlanFailed", "ToolError", "UsageError"})
"""What leaves a step's function and would leave it again."""


class Late(Exception):
    """The time for an attempt is over."""


class Marker(Protocol):
    """The part of the engine's step that an attempt may use."""

    async def mark(self, key: str, mark: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """Which try of which step of which run, and until when."""

    run: Run
    command: Issued
    number: int
    deadline: float | None
    generation: int
    """The one that first started the step: a restart that leaves it open does not change its key."""
    stored: Callable[[], int]
    """Characters of JSON that the run has stored."""
    deliveries: Sequence[dict[str, Json]] = ()
    """For a function step: what the run had been delivered when the step was started."""

    @property
    def key(self) -> str:
        return f"{self.command.key}:{self.number}"


async def attempt(world: World, marker: Marker, this: Attempt) -> Json:
    """Make an attempt. Never raises: an error is a value."""
    trial = _Trial(world, marker, this)
    work = trial.call_tool if this.command.spec["call"] else trial.run_body
    now = world.clock.now()
    until = now + this.command.spec["timeout"]
    late = this.deadline is not None and this.deadline < until
    try:
        value = await within(world.clock, this.deadline if late and this.deadline else until, work())
        return {"ok": _stored(world, encode(value), await trial.most(), this), **trial.usage()}
    except Late:
        said = {"type": "StepTimeout", "message": f"the attempt took longer than {until - now:g} s"}
        error = {**said, "fault": "tool"}
        return {"error": error, "unknown": trial.in_doubt, "late": late, **trial.acted(), **trial.usage()}
    except Held as held:  # the run may not go on: it was no attempt at all, but for what a function had done by then
        done = {"unknown": trial.in_doubt, **trial.acted()}
        return {"error": told(world, held), "held": True, **done, **trial.usage()}
    except Exception as error:  # noqa: BLE001  # whatever a tool raises is a value here
        unknown = trial.in_doubt or isinstance(error, UnknownOutcome)
        return {"error": told(world, error), "unknown": unknown, **trial.acted(), **trial.usage()}


async def within(clock: Clock, until: float, work: Coroutine[Any, Any, T]) -> T:
    """What the work returns, or `Late` once the moment has come: then it is cancelled and not waited for."""
    done = asyncio.Event()
    task = asyncio.ensure_future(work)
    try:
        await asyncio.sleep(0)  # what needs no waiting is over now, and needs no clock
        if not task.done():
            task.add_done_callback(lambda _: done.set())
        while not task.done() and clock.now() < until:
            await clock.wait(done, until)
        if not task.done():
            raise Late
        if task.cancelled():
            raise ToolError(_CANCELLED)
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            task.add_done_callback(_heard)


def told(world: World, error: Exception) -> dict[str, Json]:
    """The same as `described`, without the secrets that may stand in it."""
    document = described(error)
    return {**document, **{part: world.redact(document[part]) for part in ("type", "message", "data")}}


def described(error: Exception) -> dict[str, Json]:
    """An exception as the error document of an attempt."""
    final = isinstance(error, (NonRetryableError, ToolError, ValueNotJson, BodyFailed, GuestLimit))
    if isinstance(error, BodyFailed):
        return error.document
    fault = error.fault if isinstance(error, AgentFlowError) else "tool"
    message = (str(error) or type(error).__name__).encode(errors="replace").decode()
    return {"type": type(error).__name__, "message": message, "data": _data(error), "final": final, "fault": fault}


class BodyFailed(Exception):
    """An error left the body of a function step; `document` is what the attempt says of it."""

    def __init__(self, error: dict[str, Json], fault: str) -> None:
        super().__init__(error["message"])
        self.document: dict[str, Json] = {
            "type": error["type"],
            "message": error["message"],
            "data": error.get("data"),
            "final": not _FINAL.isdisjoint((error["kind"], error["type"])),
            "fault": fault,
        }


class _Trial:
    """The state of one attempt: how often each call was made, and whether an effect is in doubt."""

    def __init__(self, world: World, marker: Marker, this: Attempt) -> None:
        self._world = world
        self._marker = marker
        self._this = this
        self._calls: dict[str, int] = {}
        self._spent: list[Spent] = []
        self._failed: set[tuple[str, str]] = set()
        self._doubts = 0
        self._acted = False
        self._most: Bounds | None = None
        self._instead = world.rehearsal and world.rehearsal(this.run, this.command, this.number)

    @property
    def in_doubt(self) -> bool:
        """Whether a call that may not be repeated has begun, and did not fail in a way that is known."""
        return self._doubts > 0

    def usage(self) -> dict[str, Json]:
        """What models were asked for by the tools of this attempt, for the run's record."""
        return {"usage": [asdict(answer) for answer in self._spent]} if self._spent else {}

    def _spend(self, usage: Usage) -> None:
        """A tool says what an answer took; what it cost is known of the shipped ones alone."""
        self._spent.append(usage if isinstance(usage, Spent) else Spent(**asdict(usage)))

    def acted(self) -> dict[str, Json]:
        """Of a function that failed, whether it had called a tool that does more than read."""
        return {} if self._this.command.spec["call"] else {"acted": self._acted}

    async def most(self) -> Bounds:
        """How much it may return: as its last call was granted, or as it is now where it made none."""
        return self._most or (await granted(self._world, self._this.run)).bounds

    async def call_tool(self) -> Any:
        call = self._this.command.spec["call"]
        if self._this.command.facts["effect"] == "once":
            return await self._call_once(call["tool"], call["args"])
        return await self._call(call["tool"], call["args"])

    async def _call(self, name: str, args: dict[str, Json]) -> Any:
        grant = await granted(self._world, self._this.run)
        self._most = grant.bounds
        tool = await tool_for(self._world, grant, name, args)
        if self._instead:
            return await self._instead()
        if grant.sandbox:
            return stubs.result(tool.spec, decode(args)).value
        context = self._context(name, args, grant) if tool.wants_context else _NO_CONTEXT
        if tool.secrets:
            context = replace(context, secrets=await self._world.secrets.of(tool))
        return await tool.call(decode(args), context)

    def _context(self, name: str, args: dict[str, Json], grant: Grant) -> ToolContext:
        this, run = self._this, self._this.run
        equal = canonical([name, args])
        self._calls[equal] = self._calls.get(equal, 0) + 1
        step: list[Json] = [run.id, this.generation, this.command.name, this.command.occurrence]
        if this.command.kind == "undo":
            step.append("undo")
        key = sha256(canonical([*step, name, args, self._calls[equal]]).encode()).hexdigest()
        return ToolContext(
            run=run.id,
            generation=run.generation,
            agent=run.agent,
            tenant=run.tenant,
            step=this.command.name,
            attempt=this.number,
            idempotency_key=key,
            model=grant.model,
            hosts=grant.hosts,
            on_usage=self._spend,
        )

    async def run_body(self) -> Any:
        """The step's function runs in a second activation, replayed to the turn that started the step, then dropped."""
        world, this = self._world, self._this
        if self._instead:
            return await self._instead()
        activation = await world.sandbox.open(await code(world, this.run), await opening(world, this.run))
        running: dict[asyncio.Task[Json], int] = {}
        try:
            await activation.turns(this.deliveries)
            body = await activation.call(this.command.key, this.number, world.clock.now())
            while body.end is None:
                for call in body.calls:
                    running[asyncio.ensure_future(self._answer(call))] = call.call
                body = await _answered(activation.answer, running)
        finally:
            for task in running:
                task.cancel()
            await activation.close()
        if error := body.end.error:
            raise BodyFailed(error, "tool" if (error["type"], error["message"]) in self._failed else "plan")
        return decode(body.end.result)

    async def _answer(self, call: BodyCall) -> Json:
        """One tool call of a body: `{"ok": value}` or `{"error": document}`. Raises `Held` where the run may not go on:
        that is no answer, and none for the plan."""
        world, this = self._world, self._this
        try:
            grant = await granted(world, this.run)
            tool = await tool_for(world, grant, call.tool, call.args)
            if tool.needs_person(decode(call.args)):
                raise ToolError(f"{call.tool} needs a person's approval: call it with step.do directly")
            self._acted |= tool.spec.effect != "read"
            if tool.spec.effect != "once":
                return {"ok": world.redact(encode(await self._call(call.tool, call.args)))}
            await self._marker.mark(this.key, call.tool)  # before it leaves the house: an interruption brings it back
            return {"ok": world.redact(encode(await self._call_once(call.tool, call.args)))}
        except Held:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a tool raises is a value here
            document = told(world, error)
            self._failed.add((document["type"], document["message"]))
            return {"error": {"kind": _kind(error), "step": this.command.name, **document}}

    async def _call_once(self, name: str, args: dict[str, Json]) -> Any:
        """A call that may not be repeated: in doubt from its beginning, unless it fails in a way that is known."""
        self._doubts += 1
        try:
            return await self._call(name, args)
        except (UnknownOutcome, Late):
            raise
        except Exception:
            self._doubts -= 1
            raise


async def _answered(answer: Callable[..., Coroutine[Any, Any, Body]], running: dict[asyncio.Task[Json], int]) -> Body:
    """Hand the guest the first answer that is there."""
    if not running:
        raise GuestError("the step's function waits for something that is no tool call")
    done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    task = min(done, key=lambda task: running[task])
    call = running.pop(task)
    if task.cancelled():
        return await answer(call, error={"kind": "StepFailed", **described(ToolError(_CANCELLED))})
    return await answer(call, **task.result())


def _kind(error: Exception) -> str:
    return "NonRetryableError" if isinstance(error, NonRetryableError) else "StepFailed"


def _stored(world: World, encoded: Json, most: Bounds, this: Attempt) -> Json:
    text = canonical(encoded)
    clean = world.redact(encoded, text)
    size = len((text if clean is encoded else canonical(clean)).encode())
    what = f"the result of {this.command.name!r} has {size} bytes"
    if size > most.result_bytes:
        repair = f"return a reference to it, {raising('result_bytes')}"
        raise ToolError(f"{what}, the limit is {most.result_bytes}: {repair}")
    if size > (room := most.state_bytes - this.stored()):
        repair = f"return a reference to it, continue as new, {raising('state_bytes')}"
        raise ToolError(f"{what}, and its run may store {max(room, 0)} more: {repair}")
    return clean


def _data(error: Exception) -> Json:
    try:
        return encode(getattr(error, "data", None))
    except ValueNotJson:
        return None


def _heard(task: asyncio.Future[Any]) -> None:
    """Nobody waits for this any more; asyncio wants its exception looked at."""
    if not task.cancelled():
        task.exception()
