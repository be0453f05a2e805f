"""The body of an HTTP answer as a value: JSON, text or bytes, as its content type says. Pure."""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

from ..guest.values import encode

VALUES = 50_000
"""Of a JSON document that is read here. A larger one stays text: the plan can read it, in its own time."""

_CHARSET = re.compile(r"""charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_TEXT = re.compile(
    r"text/.*|.*[/+]xml|application/(?:json|javascript|x-www-form-urlencoded|graphql|yaml|toml)|.*\+json"
)
_JSON = re.compile(r"application/json|.*\+json")

_CHARSETS = frozenset(
    codecs.lookup(name).name
    for name in (
        *("ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "koi8-r"),
        *("shift_jis", "euc_jp", "iso2022_jp", "gb2312", "gbk", "gb18030", "big5", "euc_kr"),
        *(f"cp{number}" for number in range(1250, 1259)),
        *(f"iso8859-{number}" for number in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)),
    )
)
"""A server names the charset: some of Python's codecs take quadratic time or give text that cannot be stored."""


def value(content_type: str, body: bytes) -> Any:
    """None where there is nothing; JSON where it says so, and is; else text; bytes where the type is neither."""
    if not body:
        return None
    kind = content_type.partition(";")[0].strip().lower()
    if _JSON.fullmatch(kind):
        try:
            return _document(body)
        except (ValueError, RecursionError):
            return _decoded(content_type, body)
    return _decoded(content_type, body) if not kind or _TEXT.fullmatch(kind) else body


def _document(body: bytes) -> Any:
    """JSON that can be stored: numbers that are finite, text without half of a pair, no deeper than values may be."""
    if sum(map(body.count, (b",", b"[", b"{"))) > VALUES:
        raise ValueError("it has too many values to be read while others wait")
    document = json.loads(body, parse_constant=_refuse, parse_float=_finite)
    encode([document])  # as deep as it lies in the answer
    return document


def _decoded(content_type: str, body: bytes) -> str:
    found = _CHARSET.search(content_type)
    try:
        charset = codecs.lookup(found[1]).name if found else "utf-8"
    except LookupError:
        charset = "utf-8"
    return body.decode(charset if charset in _CHARSETS else "utf-8", errors="replace")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not allowed")
