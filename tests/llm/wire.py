"""What the three protocols put on the wire, built with the SDKs' own types so that a change of them is seen here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Literal

from anthropic.types import (
    Message,
    MessageDeltaUsage,
    RawContentBlockDeltaEvent,
    RawContentBlockStartEvent,
    RawContentBlockStopEvent,
    RawMessageDeltaEvent,
    RawMessageStartEvent,
    RawMessageStopEvent,
    RefusalStopDetails,
    StopReason,
    TextBlock,
    TextDelta,
)
from anthropic.types import Usage as MessageUsage
from anthropic.types.raw_message_delta_event import Delta
from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import Choice, ChoiceDelta
from openai.types.completion_usage import PromptTokensDetails
from openai.types.responses import (
    Response,
    ResponseCompletedEvent,
    ResponseCreatedEvent,
    ResponseError,
    ResponseErrorEvent,
    ResponseFailedEvent,
    ResponseIncompleteEvent,
    ResponseOutputMessage,
    ResponseOutputRefusal,
    ResponseOutputText,
    ResponseRefusalDeltaEvent,
    ResponseTextDeltaEvent,
    ResponseUsage,
)
from openai.types.responses.response import IncompleteDetails
from openai.types.responses.response_usage import InputTokensDetails, OutputTokensDetails

Stop = Literal["end", "length", "refusal", "filtered"]
Event = tuple[str | None, Any]
"""The name of a server-sent event, where the protocol names them, and its JSON document."""

INPUT, CACHED, WRITTEN, OUTPUT = 100, 40, 10, 20
PIECE = 7


def pieces(text: str) -> list[str]:
    """The text as a server streams it."""
    return [text[start : start + PIECE] for start in range(0, len(text), PIECE)]


def responses(model: str, text: str, stop: Stop) -> Iterator[Event]:
    """The events of OpenAI's Responses API."""
    started = _response(model, "", stop, "in_progress")
    created = ResponseCreatedEvent(response=started, sequence_number=0, type="response.created")
    yield created.type, created.model_dump(mode="json")
    for number, piece in enumerate(pieces(text), start=1):
        delta = _response_delta(piece, number, refused=stop == "refusal")
        yield delta.type, delta.model_dump(mode="json")
    ended = _response_end(model, text, stop)
    yield ended.type, ended.model_dump(mode="json")


def _response_delta(piece: str, number: int, *, refused: bool) -> ResponseTextDeltaEvent | ResponseRefusalDeltaEvent:
    at = {"content_index": 0, "item_id": "msg_1", "output_index": 0, "sequence_number": number, "delta": piece}
    if refused:
        return ResponseRefusalDeltaEvent.model_validate({"type": "response.refusal.delta", **at})
    return ResponseTextDeltaEvent.model_validate({"type": "response.output_text.delta", "logprobs": [], **at})


def _response_end(model: str, text: str, stop: Stop) -> ResponseCompletedEvent | ResponseIncompleteEvent:
    if stop in ("length", "filtered"):
        response = _response(model, text, stop, "incomplete")
        return ResponseIncompleteEvent(response=response, sequence_number=99, type="response.incomplete")
    response = _response(model, text, stop, "completed")
    return ResponseCompletedEvent(response=response, sequence_number=99, type="response.completed")


def _response(
    model: str, text: str, stop: Stop, status: Literal["in_progress", "completed", "incomplete", "failed"]
) -> Response:
    part: ResponseOutputText | ResponseOutputRefusal = ResponseOutputText(annotations=[], text=text, type="output_text")
    if stop == "refusal":
        part = ResponseOutputRefusal(refusal=text, type="refusal")
    message = ResponseOutputMessage(id="msg_1", content=[part], role="assistant", status="completed", type="message")
    reasons: dict[Stop, Literal["max_output_tokens", "content_filter"]] = {
        "length": "max_output_tokens",
        "filtered": "content_filter",
    }
    return Response(
        id="resp_1",
        created_at=time.time(),
        model=model,
        object="response",
        output=[] if status == "in_progress" else [message],
        parallel_tool_calls=True,
        tool_choice="auto",
        tools=[],
        status=status,
        incomplete_details=IncompleteDetails(reason=reasons[stop]) if status == "incomplete" else None,
        usage=None if status == "in_progress" else _response_usage(),
    )


def _response_usage() -> ResponseUsage:
    return ResponseUsage(
        input_tokens=INPUT,
        input_tokens_details=InputTokensDetails(cached_tokens=CACHED, cache_write_tokens=WRITTEN),
        output_tokens=OUTPUT,
        output_tokens_details=OutputTokensDetails(reasoning_tokens=0),
        total_tokens=INPUT + OUTPUT,
    )


def responses_failure(model: str, code: str | None, message: str, *, as_event: bool) -> Event:
    """A failure inside a stream: an `error` event, or a response whose status is `failed`."""
    if as_event:
        event = ResponseErrorEvent(code=code, message=message, sequence_number=5, type="error")
        return event.type, event.model_dump(mode="json")
    response = _response(model, "", "end", "failed")
    response.error = None if code is None else ResponseError.model_validate({"code": code, "message": message})
    failed = ResponseFailedEvent(response=response, sequence_number=5, type="response.failed")
    return failed.type, failed.model_dump(mode="json")


def chat(model: str, text: str, stop: Stop) -> Iterator[Event]:
    """The chunks of the Chat Completions API, the usage last, after the reason."""
    for piece in pieces(text):
        delta = ChoiceDelta(refusal=piece) if stop == "refusal" else ChoiceDelta(content=piece, role="assistant")
        yield None, _chunk(model, [Choice(delta=delta, index=0)])
    reasons: dict[Stop, Literal["stop", "length", "content_filter"]] = {
        "length": "length",
        "filtered": "content_filter",
    }
    yield None, _chunk(model, [Choice(delta=ChoiceDelta(), index=0, finish_reason=reasons.get(stop, "stop"))])
    usage = CompletionUsage(
        prompt_tokens=INPUT,
        completion_tokens=OUTPUT,
        total_tokens=INPUT + OUTPUT,
        prompt_tokens_details=PromptTokensDetails(cached_tokens=CACHED, cache_write_tokens=WRITTEN),
    )
    yield None, _chunk(model, [], usage)


def _chunk(model: str, choices: list[Choice], usage: CompletionUsage | None = None) -> Any:
    return ChatCompletionChunk(
        id="chatcmpl_1", choices=choices, created=1, model=model, object="chat.completion.chunk", usage=usage
    ).model_dump(mode="json")


def messages(model: str, text: str, stop: Stop) -> Iterator[Event]:
    """The events of Anthropic's Messages API. A refusal may come with a reason and without a text."""
    usage = MessageUsage(
        input_tokens=INPUT - CACHED - WRITTEN,
        output_tokens=1,
        cache_read_input_tokens=CACHED,
        cache_creation_input_tokens=WRITTEN,
    )
    message = Message(id="msg_1", content=[], model=model, role="assistant", type="message", usage=usage)
    refused = RefusalStopDetails(type="refusal", explanation=text) if stop == "refusal" else None
    reasons: dict[Stop, StopReason] = {"length": "max_tokens", "refusal": "refusal", "filtered": "refusal"}
    delta = Delta(stop_reason=reasons.get(stop, "end_turn"), stop_details=refused)
    yield _named(RawMessageStartEvent(message=message, type="message_start"))
    if refused is None:
        yield from _text_block(text)
    yield _named(RawMessageDeltaEvent(delta=delta, type="message_delta", usage=MessageDeltaUsage(output_tokens=OUTPUT)))
    yield _named(RawMessageStopEvent(type="message_stop"))


def _text_block(text: str) -> Iterator[Event]:
    block = TextBlock(text="", type="text")
    yield _named(RawContentBlockStartEvent(content_block=block, index=0, type="content_block_start"))
    for piece in pieces(text):
        delta = TextDelta(text=piece, type="text_delta")
        yield _named(RawContentBlockDeltaEvent(delta=delta, index=0, type="content_block_delta"))
    yield _named(RawContentBlockStopEvent(index=0, type="content_block_stop"))


def _named(
    event: RawMessageStartEvent
    | RawContentBlockStartEvent
    | RawContentBlockDeltaEvent
    | RawContentBlockStopEvent
    | RawMessageDeltaEvent
    | RawMessageStopEvent,
) -> Event:
    return event.type, event.model_dump(mode="json")
