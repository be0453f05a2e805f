"""Anthropic's Messages API, streamed untyped: what was cut or refused comes back with its reason and its usage."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..records import Usage
from .conversation import Answer, Request, Stop, ignore
from .server import Server, count

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic
    from anthropic.lib.streaming import AsyncMessageStreamManager
    from anthropic.types import Message

_STOPS: dict[str | None, Stop] = {
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


class AnthropicMessages:
    """Models of Anthropic."""

    name = "anthropic"

    def __init__(self, server: Server) -> None:
        self._server = server
        self._client: AsyncAnthropic | None = None

    async def ask(self, request: Request, on_text: Callable[[str], None] = ignore) -> Answer:
        client = await self._connected()
        from anthropic import AnthropicError
        from httpx2 import HTTPError

        try:
            return await self._read(request.model, self._send(client, request), on_text)
        except (AnthropicError, HTTPError, ValueError, RuntimeError) as error:
            raise self._server.explain(request.model, error) from error

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def _connected(self) -> AsyncAnthropic:
        if self._client is None:
            key = self._server.key()
            await asyncio.to_thread(importlib.import_module, "anthropic.resources.messages")
            from anthropic import AsyncAnthropic

            server = self._server
            self._client = AsyncAnthropic(api_key=key, base_url=server.base_url, timeout=server.timeout, max_retries=0)
        return self._client

    def _send(self, client: AsyncAnthropic, request: Request) -> AsyncMessageStreamManager[None]:
        turns: list[Any] = [{"role": turn.role, "content": turn.text} for turn in request.messages]
        return client.messages.stream(
            model=request.model,
            system=[{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}],
            messages=turns,
            max_tokens=request.max_tokens,
        )

    async def _read(self, model: str, sent: AsyncMessageStreamManager[None], on_text: Callable[[str], None]) -> Answer:
        ended = False
        async with sent as stream:
            async for event in stream:
                ended = event.type == "message_stop"
                if event.type == "text":
                    on_text(event.text)
            if not ended:
                raise self._server.cut(model)
            return self._answer(await stream.get_final_message())

    def _answer(self, message: Message) -> Answer:
        text = "".join(block.text for block in message.content if block.type == "text")
        if message.stop_reason == "refusal":
            text = text or getattr(message.stop_details, "explanation", None) or ""
        read, written = (count(message.usage, f"cache_{kind}_input_tokens") for kind in ("read", "creation"))
        usage = Usage(
            input=count(message.usage, "input_tokens") + read + written,
            output=count(message.usage, "output_tokens"),
            cached=read,
            written=written,
        )
        stop = _STOPS.get(message.stop_reason, "end")
        return Answer(text, usage, stop, message.id, f"{self.name}:{message.model}")
