"""From the bytes of a frame to what they mean, without holding up the event loop, whatever they are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from ..errors import GuestError, GuestLimit
from ..guest import frames
from ..records import Json
from .commands import answered

SMALL = 64 * 1024
"""Bytes of a frame that is read where the loop runs: in about a millisecond. A larger one is read in a thread."""
MOST_PARTS = 120_000
"""Values in a frame. Reading so many takes the interpreter's lock for about 20 ms at a time; what is done with them
where the event loop runs (decoding, storing, calling the tool) takes about 60."""

T = TypeVar("T")


async def read(body: bytes, meaning: Callable[[Json], T]) -> T:
    """What `meaning` makes of a frame. Raises `GuestError` where it is not in order, and the fault that it tells."""
    if len(body) <= SMALL:
        return _read(body, meaning)
    return await asyncio.to_thread(_read, body, meaning)


def _read(body: bytes, meaning: Callable[[Json], T]) -> T:
    if _parts(body) > MOST_PARTS:
        more = f"the plan's process was killed: it said more than {MOST_PARTS} values at once: pass references instead"
        raise GuestLimit(more, "turn_bytes")
    try:
        document = frames.unpack(body)
    except frames.FrameError as error:
        raise GuestError(f"the plan's process broke the protocol and was killed: it sent {error}") from None
    return meaning(answered(document))


def _parts(body: bytes) -> int:
    """How many values a document has at most, told without building one: commas and brackets outside of texts."""
    parts = _signs(body)
    if parts <= MOST_PARTS:
        return parts
    plain = body.replace(rb"\\", b"").replace(rb"\"", b"")  # so that each quote begins or ends a text
    texts = plain.count(b'"') // 2
    return texts if texts > MOST_PARTS else sum(map(_signs, plain.split(b'"')[::2]))


def _signs(body: bytes) -> int:
    return body.count(b",") + body.count(b"[") + body.count(b"{")
