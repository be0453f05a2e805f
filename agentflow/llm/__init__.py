"""Asks a language model: system and messages in, streamed text with its usage out, whoever serves the model."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from ..errors import UsageError
from ..records import Usage
from ..settings import ProviderSettings
from .anthropic_messages import AnthropicMessages
from .command import Command
from .conversation import LLM, Answer, Message, Request, Stop, ignore, plain
from .offline import Offline
from .openai_chat import OpenAIChat
from .openai_responses import OpenAIResponses
from .prices import Prices
from .redacting import Redacting
from .retrying import Retrying
from .server import Server

__all__ = ["LLM", "PROVIDERS", "Answer", "Message", "Models", "Request", "Stop", "ignore", "plain"]

_SERVED: Mapping[str, Callable[[Server], LLM]] = {
    "openai": OpenAIResponses,
    "openai-chat": OpenAIChat,
    "anthropic": AnthropicMessages,
}
PROVIDERS = (*_SERVED, "exec", "offline")


class Models:
    """Finds the provider of a model named `provider:model`, and keeps one client for each.

    `folder` is where the relative paths of `offline:./folder` begin; `sleep` waits between two tries; `redact` takes
    the secrets out of what is said and answered.
    """

    def __init__(
        self,
        providers: Mapping[str, ProviderSettings],
        *,
        folder: Path | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        redact: Callable[[str], str] = str,
    ) -> None:
        for name, given in providers.items():
            _check(name)
            if given.commands and name != Command.name:
                raise UsageError(f"[models.{name}] has no `commands`; they belong under [models.{Command.name}]")
        self._settings = dict(providers)
        self._prices = Prices(providers)
        self._folder = folder or Path()
        self._sleep = sleep
        self._redact = redact
        self._open: dict[str, LLM] = {}

    def resolve(self, model: str) -> tuple[LLM, str]:
        """The provider to ask, and the model's name there."""
        provider, _, name = model.partition(":")
        if not name:
            raise UsageError(f"the model {model!r} names no provider and model; {_FORM}")
        _check(provider)
        if provider == Command.name:
            self._command().check(name)
        if provider not in self._open:
            self._open[provider] = Redacting(self._connect(provider), self._redact)
        return self._open[provider], name

    def ready(self, model: str) -> None:
        """Raise `ProviderError` where this process has no key for the model's provider; nothing is asked."""
        self.resolve(model)
        provider = model.partition(":")[0]
        if provider in _SERVED:
            Server.of(provider, self._settings.get(provider) or ProviderSettings()).key()

    def priced(self, model: str) -> bool:
        """Whether it is known what answers of this model cost."""
        return self._prices.of(model) is not None

    def cost(self, answered: str, asked: str, usage: Usage) -> float | None:
        """US dollars of one answer, by the model that gave it or else the one that was asked; None if unknown."""
        price = self._prices.of(answered) or self._prices.of(asked)
        return price.of(usage) if price else None

    def keys(self) -> dict[str, str]:
        """The keys of providers that this process has, by their environment variables."""
        settings = {**dict.fromkeys(_SERVED, ProviderSettings()), **self._settings}
        names = {Server.of(provider, given).key_env for provider, given in settings.items() if provider in _SERVED}
        return {name: key for name in names if name is not None and (key := os.environ.get(name))}

    async def close(self) -> None:
        """Close every client that was opened."""
        while self._open:
            _, llm = self._open.popitem()
            await llm.close()

    def _connect(self, provider: str) -> LLM:
        if provider == "offline":
            return Offline(self._folder)
        if provider == Command.name:
            return self._command()
        server = Server.of(provider, self._settings.get(provider) or ProviderSettings())
        return Retrying(_SERVED[provider](server), sleep=self._sleep)

    def _command(self) -> Command:
        given = self._settings.get(Command.name) or ProviderSettings()
        return Command(given.commands, given.timeout)


_FORM = f"write provider:model with one of the providers {', '.join(PROVIDERS)}"


def _check(provider: str) -> None:
    if provider not in PROVIDERS:
        raise UsageError(f"there is no model provider {provider!r}; {_FORM}")
