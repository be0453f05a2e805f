"""OpenAI's Responses API, streamed raw: the typed helper loses status and usage of an answer that was cut short."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ..errors import ProviderError
from ..records import Usage
from .conversation import Answer, Request, Stop, ignore
from .server import Server, count, status_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.responses import Response, ResponseStreamEvent


class OpenAIResponses:
    """Models of OpenAI."""

    name = "openai"

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
            self._client = await connect(self._server, "openai.resources.responses")
        return self._client

    async def _send(self, client: AsyncOpenAI, request: Request) -> AsyncStream[ResponseStreamEvent]:
        return await client.responses.create(
            model=request.model,
            instructions=request.system,
            input=[{"role": message.role, "content": message.text} for message in request.messages],
            max_output_tokens=request.max_tokens,
            prompt_cache_key=sha256(request.system.encode()).hexdigest()[:32],
            store=False,
            stream=True,
        )

    async def _read(
        self, model: str, stream: AsyncStream[ResponseStreamEvent], on_text: Callable[[str], None]
    ) -> Answer:
        said: list[str] = []
        refused: list[str] = []
        async for event in stream:
            if event.type == "response.output_text.delta":
                said.append(event.delta)
                on_text(event.delta)
            elif event.type == "response.refusal.delta":
                refused.append(event.delta)
            elif event.type == "error":
                raise self._server.refused(model, status_of(event.code), event.message)
            elif event.type == "response.failed":
                raise self._failed(model, event.response)
            elif event.type in ("response.completed", "response.incomplete"):
                return self._answer(event.response, "".join(said), "".join(refused))
        raise self._server.cut(model)

    def _failed(self, model: str, response: Response) -> ProviderError:
        error = response.error
        if error is None:
            return self._server.refused(model, 500, "the answer failed without a reason")
        return self._server.refused(model, status_of(error.code), error.message)

    def _answer(self, response: Response, said: str, refused: str) -> Answer:
        usage = Usage(
            input=count(response.usage, "input_tokens"),
            output=count(response.usage, "output_tokens"),
            cached=count(response.usage, "input_tokens_details", "cached_tokens"),
        )
        stop = "refusal" if refused else _stop(response)
        return Answer(said or refused, usage, stop, response.id, f"{self.name}:{response.model}")


async def connect(server: Server, resources: str) -> Any:
    """A client of the openai package, imported in a thread since that takes a second."""
    key = server.key()
    await asyncio.to_thread(importlib.import_module, resources)
    from openai import AsyncOpenAI

    return AsyncOpenAI(api_key=key, base_url=server.base_url, timeout=server.timeout, max_retries=0)


def _stop(response: Response) -> Stop:
    if response.status == "completed":
        return "end"
    details = response.incomplete_details
    return "refusal" if details is not None and details.reason == "content_filter" else "length"
