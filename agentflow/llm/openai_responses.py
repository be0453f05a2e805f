"""OpenAI's Responses API, streamed raw: the typed helper loses status and usage of an answer that was cut short."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from ..errors import ProviderError
from ..records import Usage
from .conversation import Answer, Request, Stop
from .openai_client import OpenAIClient
from .server import count, status_of

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.responses import Response, ResponseStreamEvent


class OpenAIResponses(OpenAIClient):
    """Models of OpenAI."""

    name = "openai"
    resources = "openai.resources.responses"

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
            written=count(response.usage, "input_tokens_details", "cache_write_tokens"),
        )
        stop = "refusal" if refused else _stop(response)
        return Answer(said or refused, usage, stop, response.id, f"{self.name}:{response.model}")


def _stop(response: Response) -> Stop:
    if response.status == "completed":
        return "end"
    details = response.incomplete_details
    return "refusal" if details is not None and details.reason == "content_filter" else "length"
