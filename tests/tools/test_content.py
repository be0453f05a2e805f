from __future__ import annotations

import json
from typing import Any

import pytest

from agentflow.guest.values import encode
from agentflow.tools.content import VALUES, value


@pytest.mark.parametrize(
    ("kind", "body", "meant"),
    [
        ("application/json", b'{"n": 1, "x": [null, 1.5]}', {"n": 1, "x": [None, 1.5]}),
        ("application/json; charset=utf-8", '"é"'.encode(), "é"),
        ("APPLICATION/JSON", b"true", True),
        ("application/problem+json", b"{}", {}),
        ("application/json", b"\xef\xbb\xbf1", 1),
        ("text/plain", b"{}", "{}"),
        ("text/html; charset=ISO-8859-1", b"\xe9", "é"),
        ('text/html; charset="windows-1252"', b"\x80", "€"),
        ("text/csv; header=present", "é".encode(), "é"),
        ("application/xml", b"<a/>", "<a/>"),
        ("application/atom+xml", b"<a/>", "<a/>"),
        ("", b"plain", "plain"),
        ("text/plain", b"a\xffb", "a�b"),
        ("image/png", b"\x89PNG", b"\x89PNG"),
        ("application/octet-stream", b"text", b"text"),
        ("nonsense", b"text", b"text"),
    ],
)
def test_the_content_type_says_what_a_body_is(kind: str, body: bytes, meant: Any) -> None:
    found = value(kind, body)
    assert (found, type(found)) == (meant, type(meant))


@pytest.mark.parametrize("kind", ["", "text/plain", "application/json", "image/png"])
def test_an_empty_body_is_none(kind: str) -> None:
    assert value(kind, b"") is None


@pytest.mark.parametrize(
    "text",
    ["{half a docu", "NaN", "[Infinity]", "1e999", '"\\ud800"', "[" * 65 + "]" * 65, "[" * 100_000, "9" * 5_000, ""],
)
def test_json_that_cannot_be_stored_stays_text(text: str) -> None:
    assert value("application/json", text.encode() or b" ") == (text or " ")


def test_json_of_very_many_values_stays_text() -> None:
    """Reading and storing it would keep everybody waiting; a plan can read it in its own time."""
    most = "[" + "1," * (VALUES - 2) + "1]"
    assert len(value("application/json", most.encode())) == VALUES - 1
    assert value("application/json", f"[{most}]".encode()) == [json.loads(most)]
    assert value("application/json", f"[[{most}]]".encode()) == f"[[{most}]]"


@pytest.mark.parametrize(
    "charset", ["utf-7", "unicode_escape", "raw_unicode_escape", "idna", "punycode", "rot13", "hex", "no-such"]
)
def test_charsets_that_no_server_needs_are_read_as_utf_8(charset: str) -> None:
    """Some of Python's codecs take quadratic time, and some give text that cannot be stored."""
    body = b"\\ud800 +2AA- xn--a" * 50_000
    assert value(f"text/plain; charset={charset}", body) == body.decode()


def test_a_dict_that_looks_like_a_tagged_value_stays_a_dict() -> None:
    body = {"$datetime": "2026-01-01T00:00:00"}
    assert value("application/json", json.dumps(body).encode()) == body
    assert encode(body) == {"$dict": body}
