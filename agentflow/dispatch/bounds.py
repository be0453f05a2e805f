"""How much a run may use: what `[limits]` says for all, but for the limits that are its agent's own."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from functools import lru_cache

from ..records import AgentLimits
from ..sandbox import GuestLimits


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits that hold for the runs of one agent; named as in `[limits]`."""

    turn_seconds: float = 10.0
    turn_cpu_seconds: float = 10.0
    guest_memory_mb: int = 256
    turn_bytes: int = 4 * 1_048_576
    turn_commands: int = 1_000
    steps: int = 10_000
    """Steps of one generation; sleeps do not count."""
    result_bytes: int = 1_048_576
    """Bytes of one stored value."""
    state_bytes: int = 16 * 1_048_576
    """Characters of JSON that a run may store: results, events, arguments."""

    def guest(self) -> GuestLimits:
        """Those of them that its plan's process has."""
        return GuestLimits(
            turn_seconds=self.turn_seconds,
            cpu_seconds=self.turn_cpu_seconds,
            memory_mb=self.guest_memory_mb,
            turn_bytes=self.turn_bytes,
            turn_commands=self.turn_commands,
        )


def bounds(all: Bounds, own: AgentLimits) -> Bounds:
    """What holds for an agent: its own limits, and those of all where it has none. Own ones may be higher."""
    return replace(all, **{name: value for name, value in asdict(own).items() if value is not None})


@lru_cache(maxsize=256)
def stored_bounds(all: Bounds, own: str) -> Bounds:
    """The same of an agent's limits as they stand in its row."""
    return bounds(all, AgentLimits(**json.loads(own)))


def raising(limit: str) -> str:
    """How a limit is raised, as the end of a message."""
    return f"or raise limits.{limit} (for one agent: --limit {limit}=N)"
