"""What becomes of a run whose plan is written anew, as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Done:
    """A step that has done something, or may have, and that no plan may do again."""

    name: str
    tool: str | None


@dataclass(frozen=True, slots=True)
class Outlook:
    """Whether a run goes on with a new version, and why."""

    goes_on: bool
    why: str
    """A sentence for people: how much stays done, or what differs."""
    done: Sequence[Done] = ()
    """Where it does not go on: what a new run must not do again."""
