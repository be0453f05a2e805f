"""Keeps secrets out of what models are told, and out of what is kept of their answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .conversation import LLM, Answer, Request, ignore


class Redacting:
    """A model that is told no secret. Pieces of an answer pass as they come: a secret may be cut by their ends."""

    def __init__(self, llm: LLM, redact: Callable[[str], str]) -> None:
        self._llm = llm
        self._redact = redact

    @property
    def name(self) -> str:
        return self._llm.name

    async def ask(self, request: Request, on_text: Callable[[str], None] = ignore) -> Answer:
        clean = tuple(replace(message, text=self._redact(message.text)) for message in request.messages)
        told = replace(request, system=self._redact(request.system), messages=clean)
        answer = await self._llm.ask(told, on_text)
        return replace(answer, text=self._redact(answer.text))

    async def close(self) -> None:
        await self._llm.close()
