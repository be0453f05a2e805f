"""What a tool may know of the step that calls it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..records import Usage


def _forget(usage: Usage) -> None:
    """Nobody counts the tokens of a call made outside a run."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Given to a tool's parameter that is annotated with it; the plan neither sees nor sets it."""

    run: str = ""
    generation: int = 1
    agent: str = ""
    tenant: str = "default"
    step: str = ""
    attempt: int = 1
    idempotency_key: str = ""
    """The same over all attempts of a step: hand it to the service that must act once."""
    model: str = ""
    """The agent's model, `provider:name`."""
    hosts: tuple[str, ...] = ()
    """The hosts to which the agent's plans may send requests, as its row has them."""
    on_usage: Callable[[Usage], None] = _forget
    """Takes the tokens that a tool spent, for the run's record."""
