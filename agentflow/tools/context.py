"""What a tool may know of the step that calls it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from ..records import Usage


class ToolSecrets(Mapping[str, str]):
    """The secrets that a tool has named, by name. Neither its text nor a JSON document shows a value."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> str:
        if name not in self._values:
            raise KeyError(f"this tool does not name the secret {name}: add it to @tool(secrets=[...])")
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<secrets {', '.join(self._values)}>" if self._values else "<no secrets>"


NO_SECRETS = ToolSecrets({})


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
    secrets: Mapping[str, str] = field(default_factory=lambda: NO_SECRETS)
    """What `@tool(secrets=[...])` names, and nothing else."""
    on_usage: Callable[[Usage], None] = _forget
    """Takes the tokens that a tool spent, for the run's record; as `Spent`, with what they cost."""
