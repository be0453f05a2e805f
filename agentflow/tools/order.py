"""A request that a plan asks for, with the headers that it may set and its body as bytes; and its answer. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .hosts import Host

BYTES = 1_048_576
"""Of a request's body."""
HEADERS, HEADER_BYTES = 50, 8_192

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"[\x20-\x7e\t]*")
_OURS = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""They say how a message is framed and where it goes: a plan that set them could smuggle a second one."""


@dataclass(frozen=True, slots=True)
class Order:
    """One request, and what its agent is allowed."""

    method: str
    url: str
    hosts: tuple[str, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    timeout: float = 30.0
    agent: str = ""
    bound: Sequence[tuple[Host, Mapping[str, str]]] = ()
    """Headers that go to these hosts only, over the plan's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a plan gets, as a dict. `headers` have small letters; `body` is JSON, text, bytes or None."""

    status: int
    headers: dict[str, str]
    body: Any
    url: str


def headers_of(given: Mapping[str, str], usual: Mapping[str, str]) -> dict[str, str]:
    """The plan's headers over the usual ones. Raises ValueError for those that a plan may not set."""
    for name, text in given.items():
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name!r:.60} is no name of a header")
        if name.lower() in _OURS:
            raise ValueError(f"the header {name} is set by agentflow; leave it out")
        if not _VALUE.fullmatch(text):
            raise ValueError(f"the header {name} may hold only visible ASCII; encode the rest")
    merged = {name.lower(): text for name, text in {**usual, **given}.items()}
    if len(merged) > HEADERS or sum(len(name) + len(text) for name, text in merged.items()) > HEADER_BYTES:
        raise ValueError(f"the headers are more than {HEADERS}, or longer than {HEADER_BYTES} characters together")
    return merged


def body_of(document: Any, raw: str | bytes | None) -> tuple[bytes, dict[str, str]]:
    """The body as bytes, and the content type it has where the plan names no other."""
    if document is not None and raw is not None:
        raise ValueError("give json or body, not both")
    content, kind = _document(document) if document is not None else _raw(raw)
    if len(content) > BYTES:
        raise ValueError(f"the body has {len(content)} bytes, the limit is {BYTES}; send a reference to it")
    return content, {"content-type": kind} if kind else {}


def _document(document: Any) -> tuple[bytes, str]:
    try:
        return json.dumps(document, ensure_ascii=False, allow_nan=False).encode(), "application/json"
    except TypeError as error:
        raise ValueError(f"json cannot be sent: {error}; use str(x), or x.isoformat() of a time") from error


def _raw(raw: str | bytes | None) -> tuple[bytes, str]:
    if raw is None:
        return b"", ""
    return (raw.encode(), "text/plain; charset=utf-8") if isinstance(raw, str) else (raw, "application/octet-stream")
