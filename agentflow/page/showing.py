"""Values as people read them, in two looks: tables to decide by, or written out as text. Pure, and bounded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from ..approvals.editing import changes
from ..comparing import matcher
from ..guest.values import decode
from ..records import Call, Json
from ..wording import untagged, visible

MOST = 200
"""Entries of a list or an object that are shown; what there is beyond is counted."""
LONG = 800
"""Letters from which on a text is folded."""
WRITTEN = 20_000
"""Letters of a value that is written out which are shown; what there is beyond is counted."""
DEEP = 8
"""Levels that are shown as tables; what is deeper is shown as JSON."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A value for `_shown.html`."""

    kind: Literal["word", "text", "long", "object", "list", "written"]
    text: str = ""
    parts: tuple[tuple[str, Shown], ...] = ()
    more: int = 0
    """Entries that are left out; of what is written, letters."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text that was edited: kept, gone, or new."""

    change: Literal["same", "gone", "new"]
    text: str


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call as it will be made, and, where somebody edited it, what it was."""

    name: str
    now: Shown | None
    """None: it was left out."""
    edited: bool = False
    was: Shown | None = None
    pieces: tuple[Piece, ...] = ()
    """Of a text: what of it is new."""


def shown(document: Json) -> Shown:
    """A stored value, its tags read."""
    return _shown(decode(document), 0)


def written(document: Json) -> Shown:
    """A stored value as text: a text as itself, all else as JSON, with `49.90` rather than the tag of a decimal."""
    value = decode(document)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=untagged)
    return Shown("written", visible(text[:WRITTEN], "\n\t"), more=max(len(text) - WRITTEN, 0))


def arguments(call: Call, was: Call) -> list[Argument]:
    """The arguments of a call, beside what they were when it was asked about."""
    edits = {edit.argument: edit for edit in changes([was], [call])}
    told = []
    for name in dict.fromkeys([*was.args, *call.args]):
        now = shown(call.args[name]) if name in call.args else None
        if (edit := edits.get(name)) is None:
            told.append(Argument(visible(name), now))
            continue
        before = shown(edit.before[0]) if edit.before else None
        told.append(Argument(visible(name), now, edited=True, was=before, pieces=_pieces(edit.before, edit.after)))
    return told


def _shown(value: Any, depth: int) -> Shown:
    if isinstance(value, dict) and value and depth < DEEP:
        few = list(value.items())[:MOST]
        parts = tuple((visible(name), _shown(one, depth + 1)) for name, one in few)
        return Shown("object", parts=parts, more=len(value) - len(few))
    if isinstance(value, list) and value and depth < DEEP:
        parts = tuple((str(n), _shown(one, depth + 1)) for n, one in enumerate(value[:MOST], 1))
        return Shown("list", parts=parts, more=max(len(value) - MOST, 0))
    if isinstance(value, str):
        text = visible(value)
        return Shown("long" if len(text) > LONG else "text", text) if text else Shown("word", "(empty text)")
    return Shown("word", _word(value))


def _word(value: Any) -> str:
    if isinstance(value, dict | list):
        return "(nothing in it)" if not value else visible(str(value))
    if isinstance(value, bytes):
        return f"{len(value):,} bytes: {untagged(value)}"
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, Decimal):
        return str(value)
    return {None: "none", True: "yes", False: "no"}[value] if value is None or isinstance(value, bool) else f"{value}"


def _pieces(before: Sequence[Json], after: Sequence[Json]) -> tuple[Piece, ...]:
    """What changed in a text, word by word; nothing where it is no text, or too long to compare."""
    if not (before and after and isinstance(before[0], str) and isinstance(after[0], str)):
        return ()
    old, new = (visible(one[0]).replace("\n", " \n ").split(" ") for one in (before, after))
    if max(len(old), len(new)) > MOST * 10 or max(len(old), len(new)) < 2:
        return ()
    found: list[Piece] = []
    for what, i, j, k, m in matcher(old, new).get_opcodes():
        if what == "equal":
            found.append(Piece("same", " ".join(old[i:j])))
            continue
        if j > i:
            found.append(Piece("gone", " ".join(old[i:j])))
        if m > k:
            found.append(Piece("new", " ".join(new[k:m])))
    return tuple(found)
