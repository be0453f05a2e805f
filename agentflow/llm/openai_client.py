"""What both APIs of the openai package share: a client made at the first question, and errors in one line."""

from __future__ import annotations

import asyncio
import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from .conversation import Answer, Request, ignore
from .server import Server

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream


class OpenAIClient(ABC):
    """One API of the openai package: a subclass says how a question is sent and its stream read."""

    name: ClassVar[str]
    resources: ClassVar[str]
    """The SDK's module for this API."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: AsyncOpenAI | None = None

    async def ask(self, request: Request, on_text: Callable[[str], None] = ignore) -> Answer:
        client = await self._connected()
        from openai import OpenAIError

        try:
            async with await self._send(client, request) as stream:
                return await self._read(request.model, stream, on_text)
        except (OpenAIError, ValueError) as error:
            raise self._server.explain(request.model, error) from error

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _connected(self) -> AsyncOpenAI:
        if self._client is None:
            self._client = await self._connect()
        return self._client

    async def _connect(self) -> AsyncOpenAI:
        """A client; the package is imported in a thread, since that takes a second."""
        key = self._server.key()
        await asyncio.to_thread(importlib.import_module, self.resources)
        from openai import AsyncOpenAI

        return AsyncOpenAI(api_key=key, base_url=self._server.base_url, timeout=self._server.timeout, max_retries=0)

    @abstractmethod
    async def _send(self, client: AsyncOpenAI, request: Request) -> AsyncStream[Any]:
        """Ask; the answer as the SDK's stream."""

    @abstractmethod
    async def _read(self, model: str, stream: AsyncStream[Any], on_text: Callable[[str], None]) -> Answer:
        """The whole answer, its text handed to `on_text` as it comes."""
