"""A model that says what a test lets it say, piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from agentflow.app import AgentFlow
from agentflow.llm import Answer, Request, ignore
from agentflow.records import Usage


class Slow:
    """Stands in the place of the provider `offline` of one house: it answers when the test says `None`."""

    name = "offline"

    def __init__(self, flow: AgentFlow) -> None:
        self._said = asyncio.Queue[str | None]()
        flow._house.models._open[self.name] = self

    def say(self, *pieces: str) -> None:
        """Let it write this, and go on."""
        for piece in pieces:
            self._said.put_nowait(piece)

    def end(self) -> None:
        """Let it have written all."""
        self._said.put_nowait(None)

    async def ask(self, request: Request, on_text: Callable[[str], None] = ignore) -> Answer:
        """What it is let say, until its end."""
        text = ""
        while (piece := await self._said.get()) is not None:
            on_text(piece)
            text += piece
        return Answer(text, Usage(1200, 345), "end", None, f"offline:{request.model}")

    async def close(self) -> None:
        """There is nothing to give back."""
