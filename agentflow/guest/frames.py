"""Frames between host and guest: four bytes of length, big-endian, then one JSON document in UTF-8."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

LENGTH = struct.Struct(">I")
LIMIT = 4 * 1024 * 1024
"""Bytes of the largest frame that either side accepts."""


_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"), ensure_ascii=False)


class FrameError(Exception):
    """The other side sent something that is not a frame, or one that is too large."""


def pack(message: Any) -> bytes:
    """The frame for a message. Non-finite numbers and lone surrogates are refused."""
    try:
        text = _ENCODER.encode(message)
    except (ValueError, RecursionError, TypeError) as error:
        raise FrameError(f"cannot be sent as JSON: {error}") from error
    return frame(text)


def frame(text: str) -> bytes:
    """The frame for a message that is JSON already. Lone surrogates are refused."""
    try:
        body = text.encode()
    except UnicodeEncodeError as error:
        raise FrameError(f"cannot be sent as JSON: {error}") from error
    if len(body) > LIMIT:
        raise FrameError(f"a frame of {len(body)} bytes is larger than the limit of {LIMIT}")
    return LENGTH.pack(len(body)) + body


def size(header: bytes) -> int:
    """The length that a header announces, checked before anything of that size is read."""
    (length,) = LENGTH.unpack(header)
    if length > LIMIT:
        raise FrameError(f"a frame of {length} bytes is larger than the limit of {LIMIT}")
    return int(length)


def unpack(body: bytes) -> Any:
    """The message in a frame's body."""
    try:
        text = body.decode()
        message = _DECODER.decode(text)
        if "\\ud" in text or "\\uD" in text:  # an escape may be half a surrogate pair, which nobody can store
            json.dumps(message, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise FrameError(f"not a JSON document: {error}") from error
    return message


def read(stream: BinaryIO) -> Any | None:
    """The next message of a blocking stream, or None at its end."""
    header = stream.read(LENGTH.size)
    if len(header) < LENGTH.size:
        return None
    return unpack(stream.read(size(header)))


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
