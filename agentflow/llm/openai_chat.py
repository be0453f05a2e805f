"""The Chat Completions API, which nearly every other server of models speaks as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..records import Usage
from .conversation import Answer, Request, Stop
from .openai_client import OpenAIClient
from .server import count

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk


class OpenAIChat(OpenAIClient):
    """Models behind an OpenAI-compatible server."""

    name = "openai-chat"
    resources = "openai.resources.chat"

    async def _send(self, client: AsyncOpenAI, request: Request) -> AsyncStream[ChatCompletionChunk]:
        turns: list[Any] = [{"role": "system", "content": request.system}]
        turns += [{"role": message.role, "content": message.text} for message in request.messages]
        # OpenAI's newer models refuse the older name of the limit; other servers may know only that one.
        limit: Any = {"max_tokens" if self._server.base_url else "max_completion_tokens": request.max_tokens}
        stream: AsyncStream[ChatCompletionChunk] = await client.chat.completions.create(
            model=request.model, messages=turns, stream=True, stream_options={"include_usage": True}, **limit
        )
        return stream

    async def _read(
        self, model: str, stream: AsyncStream[ChatCompletionChunk], on_text: Callable[[str], None]
    ) -> Answer:
        heard = _Heard(on_text)
        async for chunk in stream:
            heard.take(chunk)
        if heard.finish is None:
            raise self._server.cut(model)
        return heard.answer(self.name, model)


class _Heard:
    """What has arrived of an answer: the reason it ended comes before its usage."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._said: list[str] = []
        self._refused: list[str] = []
        self._usage: object = None
        self._last: ChatCompletionChunk | None = None
        self.finish: str | None = None

    def take(self, chunk: ChatCompletionChunk) -> None:
        self._last = chunk
        self._usage = chunk.usage or self._usage
        for choice in chunk.choices or ():
            self.finish = choice.finish_reason or self.finish
            if choice.delta.content:
                self._said.append(choice.delta.content)
                self._on_text(choice.delta.content)
            if choice.delta.refusal:
                self._refused.append(choice.delta.refusal)

    def answer(self, provider: str, model: str) -> Answer:
        said, refused = "".join(self._said), "".join(self._refused)
        usage = Usage(
            input=count(self._usage, "prompt_tokens"),
            output=count(self._usage, "completion_tokens"),
            cached=count(self._usage, "prompt_tokens_details", "cached_tokens"),
            written=count(self._usage, "prompt_tokens_details", "cache_write_tokens"),
        )
        named = getattr(self._last, "model", None) or model
        return Answer(
            said or refused, usage, self._stop(refused), getattr(self._last, "id", None), f"{provider}:{named}"
        )

    def _stop(self, refused: str) -> Stop:
        if refused or self.finish == "content_filter":
            return "refusal"
        return "length" if self.finish == "length" else "end"
