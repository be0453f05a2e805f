"""Frames: what either side refuses to send, and to read."""

from __future__ import annotations

import io
from typing import Any

import pytest

from agentflow.guest import frames


def test_a_message_is_the_same_after_its_journey() -> None:
    message = {"ä": [1, 2.5, None, True, "\U0001f600"]}
    assert frames.read(io.BytesIO(frames.pack(message))) == message


def test_a_frame_of_json_that_is_there_already_is_that_of_its_document() -> None:
    assert frames.frame('{"a":["ä",1]}') == frames.pack({"a": ["ä", 1]})


@pytest.mark.parametrize("message", [float("inf"), {1, 2}, "\ud800"])
def test_what_is_no_json_is_not_sent(message: Any) -> None:
    with pytest.raises(frames.FrameError, match="cannot be sent as JSON"):
        frames.pack(message)


@pytest.mark.parametrize("body", [b"", b"{", b"NaN", b"\xff", b'"\\ud800"'])
def test_what_is_no_json_is_not_read(body: bytes) -> None:
    with pytest.raises(frames.FrameError, match="not a JSON document"):
        frames.unpack(body)


def test_a_frame_that_is_too_large_is_neither_sent_nor_read() -> None:
    for refused in (lambda: frames.pack("x" * frames.LIMIT), lambda: frames.size(b"\xff\xff\xff\xff")):
        with pytest.raises(frames.FrameError, match="larger than the limit"):
            refused()
