from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from agentflow.tools.order import BYTES, body_of, headers_of


def test_the_headers_of_a_plan_win_over_the_usual_ones_in_any_spelling() -> None:
    assert headers_of({"Accept": "text/csv"}, {"accept": "*/*", "user-agent": "agentflow"}) == {
        "accept": "text/csv",
        "user-agent": "agentflow",
    }


@pytest.mark.parametrize(
    "name",
    [
        *("Host", "host", "Content-Length", "Transfer-Encoding", "Connection", "Expect", "Upgrade", "TE", "Trailer"),
        *("Accept-Encoding", "Keep-Alive", "Proxy-Authorization", "Proxy-Connection"),
    ],
)
def test_headers_that_frame_or_route_a_message_are_not_the_plans(name: str) -> None:
    with pytest.raises(ValueError, match=f"the header {name} is set by agentflow; leave it out"):
        headers_of({name: "x"}, {})


@pytest.mark.parametrize("name", ["", " ", "a b", "a:b", "a\r\nb", "é", "(a)", "a\0"])
def test_the_name_of_a_header_is_a_token(name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a header"):
        headers_of({name: "x"}, {})


@pytest.mark.parametrize("text", ["a\r\nHost: b", "a\nb", "a\rb", "a\0b", "é", "\x7f", "a\n"])
def test_the_text_of_a_header_cannot_begin_another_one(text: str) -> None:
    with pytest.raises(ValueError, match="the header X-Note may hold only visible ASCII; encode the rest"):
        headers_of({"X-Note": text}, {})


@pytest.mark.parametrize("given", [{f"x-{n}": "" for n in range(51)}, {"x": "y" * 8_192}])
def test_headers_have_a_limit(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="more than 50, or longer than 8192 characters"):
        headers_of(given, {})


@pytest.mark.parametrize(
    ("document", "raw", "content", "kind"),
    [
        (None, None, b"", None),
        ({"a": "é"}, None, '{"a": "é"}'.encode(), "application/json"),
        (False, None, b"false", "application/json"),
        (None, "é", "é".encode(), "text/plain; charset=utf-8"),
        (None, b"\xff", b"\xff", "application/octet-stream"),
        (None, "", b"", "text/plain; charset=utf-8"),
    ],
)
def test_a_body_becomes_bytes_with_a_type(document: Any, raw: Any, content: bytes, kind: str | None) -> None:
    assert body_of(document, raw) == (content, {"content-type": kind} if kind else {})


@pytest.mark.parametrize(
    ("document", "raw", "cause"),
    [
        ({}, "", "give json or body, not both"),
        ({"at": datetime(2026, 1, 1)}, None, r"json cannot be sent: .*datetime.*; use str\(x\), or x.isoformat\(\)"),  # noqa: DTZ001
        ([Decimal(1)], None, r"json cannot be sent: .*Decimal.*; use str\(x\)"),
        ([b""], None, "json cannot be sent: .*bytes"),
        (float("inf"), None, "not JSON compliant"),
        (None, b"x" * (BYTES + 1), "the body has 1048577 bytes, the limit is 1048576; send a reference to it"),
        ("x" * BYTES, None, "the body has 1048578 bytes"),
    ],
)
def test_a_body_that_cannot_be_sent_says_why(document: Any, raw: Any, cause: str) -> None:
    with pytest.raises(ValueError, match=cause):
        body_of(document, raw)
