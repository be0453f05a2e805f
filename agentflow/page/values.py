"""Stored values as people read them on a page: texts as texts, all else as JSON, and no more than a page bears."""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any, NamedTuple

from ..guest.values import decode
from ..records import Json

MOST = 20_000
"""Characters of a value that are shown."""


class Told(NamedTuple):
    """A value as text, and how many characters of it are left out."""

    text: str
    more: int


def told(document: Json) -> Told:
    """A stored value: `49.90` rather than the tag of a decimal, and a text of several lines with its lines."""
    value = decode(document)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=_untagged)
    return Told(_shown(text[:MOST]), max(0, len(text) - MOST))


def _untagged(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _shown(text: str) -> str:
    """Text in which everything shows itself: nothing in it turns the reading direction."""
    return "".join(one if one.isprintable() or one in "\n\t" else f"\\u{ord(one):04x}" for one in text)
