"""What is said to a model and what it says: plain data, the same for every provider."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from ..records import Usage

Stop = Literal["end", "length", "refusal"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a model is asked. `model` is the name without its provider."""

    model: str
    system: str
    messages: tuple[Message, ...]
    max_tokens: int = 16000


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said, and why it stopped: at its end, at the token limit, or because it refused."""

    text: str
    usage: Usage
    stop: Stop
    id: str | None
    model: str
    """`provider:model`, as the provider names the model that answered."""


def plain(request: Request) -> str:
    """The whole conversation as one text, for whoever can only read: each part under a line that says whose it is."""
    parts = [("system", request.system), *((message.role, message.text) for message in request.messages)]
    return "\n".join(f"=== {whose} ===\n\n{text.strip()}\n" for whose, text in parts)


def ignore(text: str) -> None:
    """For callers who do not watch the text arrive."""


class LLM(Protocol):
    """A provider of models."""

    @property
    def name(self) -> str:
        """The provider, as `provider:model` has it."""

    async def ask(self, request: Request, on_text: Callable[[str], None] = ignore) -> Answer:
        """The model's answer, its text handed to `on_text` as it arrives; from the start again after a cut stream."""

    async def close(self) -> None:
        """Give the connections back."""
