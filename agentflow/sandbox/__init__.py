"""The host's side of the wall: plan code runs in a process of its own, and only plain data crosses.

A guest process serves one agent version; an activation in it is one run's coroutines, from replay to eviction. Every
request is a turn: the guest is handed what happened, runs until all of the run is blocked, and answers once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from ..records import Compiled, Json, ToolSpec
from ..records.moments import Looked

Layers = dict[str, str | None]
"""For each layer that holds a process: None where it does, else why not."""

CommandKind = Literal[
    "do", "sleep", "sleep_until", "wait_for_event", "wait_for_approval", "ask",
    "delegate", "timeout", "rollback", "progress", "withdraw",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """What a plan asked for in one turn, checked on this side of the wall: names, sizes, numbers, shapes.

    A `withdraw` has name and occurrence of the step that it lets go.
    """

    kind: CommandKind
    name: str
    occurrence: int
    line: int | None
    spec: dict[str, Json]
    """The fields of its kind, as the guest protocol lists them."""

    @property
    def key(self) -> str:
        return f"{self.name}#{self.occurrence}"


@dataclass(frozen=True, slots=True)
class End:
    """How `run` ended: `error` is None and `result` is encoded JSON, or `error` is an error document."""

    result: Json = None
    error: dict[str, Json] | None = None
    continued: bool = False
    """The plan asked for a new generation, and `result` is its payload."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The commands of one delivery, and the run's end if it came."""

    commands: tuple[Command, ...]
    end: End | None = None


@dataclass(frozen=True, slots=True)
class BodyCall:
    """A tool call that a step's function waits for."""

    call: int
    tool: str
    args: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Body:
    """What a step's function did until it was blocked: new tool calls, or its end."""

    calls: tuple[BodyCall, ...]
    end: End | None = None


@dataclass(frozen=True, slots=True)
class GuestLimits:
    """What a plan's process may use. A guest that passes one of them is killed."""

    turn_seconds: float = 10.0
    """Wall clock of one turn."""
    cpu_seconds: float = 10.0
    """Processor time of one turn."""
    memory_mb: int = 256
    """Its address space."""
    turn_bytes: int = 4 * 1024 * 1024
    """What it may say in one answer: commands, arguments, a result."""
    turn_commands: int = 1000
    """Steps that one turn may start."""


@dataclass(frozen=True, slots=True)
class Code:
    """Which code a guest holds. A guest process never serves two of these."""

    agent: str
    version: int
    sha256: str
    blob: bytes
    entry: str
    limits: GuestLimits = GuestLimits()
    name: str = ""
    """What people call the agent."""


@dataclass(frozen=True, slots=True)
class Opening:
    """For which run an activation is opened; `event` is what the plan sees as `event`."""

    run: str
    generation: int
    agent: str
    """The agent's name."""
    event: dict[str, Json]


class Activation(Protocol):
    """One run's coroutines in a guest. After `close` nothing it does is heard.

    Every method raises `GuestDied`, `GuestLimit` (the guest has been killed) or `GuestError` (it broke the protocol
    and has been killed).
    """

    async def turns(self, deliveries: Sequence[dict[str, Json]]) -> list[Turn]:
        """Hand over deliveries in order (a history, or the one thing that happened): one turn for each."""
        ...

    async def call(self, key: str, attempt: int, at: float) -> Body:
        """Run the body of the function step `key`. Leaves the activation unfit for further turns."""
        ...

    async def evaluate(self, key: str, what: str, at: float, given: dict[str, Json]) -> End:
        """Call a function that was given with the step `key`. Leaves the activation unfit for further turns.

        As `rollback`, given the `result`, it gives a tool call or nothing; as `delay`, given `attempt` and `error`,
        the seconds until the next attempt.
        """
        ...

    async def answer(self, call: int, *, ok: Json = None, error: dict[str, Json] | None = None) -> Body:
        """Answer one tool call of the body."""
        ...

    async def look(self) -> Looked:
        """Where the run stands between two turns; nothing of it moves."""
        ...

    async def close(self) -> None:
        """Drop the run's coroutines; none of its code runs."""
        ...


class Sandbox(Protocol):
    """Compiles sources in a throw-away guest, and opens activations in guests of their own.

    Each raises `Unconfined` where this machine cannot hold a guest, and it was not told to go without.
    """

    async def layers(self) -> Layers:
        """What holds a guest on this machine."""
        ...

    async def compile(self, source: str, tools: Sequence[ToolSpec] | None) -> Compiled:
        """Check and compile. `tools=None` leaves tool names and arguments unchecked. Never runs in the host."""
        ...

    async def open(self, code: Code, opening: Opening) -> Activation:
        """An activation with a fresh module namespace, in the guest of that code (started if needed)."""
        ...

    async def close(self) -> None:
        """Kill every guest."""
        ...
