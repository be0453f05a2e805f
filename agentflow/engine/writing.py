"""What engines write: the statements behind each verb of the seam, and the inbox of an id."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from secrets import randbits

from ..guest.values import compact
from ..records import Json
from ..store import Write
from . import Inheritance, Item, Said, Start

_EPOCH = 40
"""Bits of the first epoch: an id that was forgotten may come again, and no claim of the one before must fit it."""


def started(starts: Sequence[Start], said: Said, now: float) -> list[Write]:
    """That these ids are known, each with the message `start`."""
    return [*(write for start in starts for write in _started(start, now)), *words(said)]


def _started(start: Start, now: float) -> list[Write]:
    work = {"id": start.id, "kind": start.kind, "needs": json.dumps(list(start.needs)), "lane": start.lane}
    return [
        *start.writes,
        Write("insert_work", {**work, "epoch": randbits(_EPOCH), "wake_at": now}),
        message(start.id, Item("start", "", None, now)),
    ]


def restarted(
    id: str, generation: int, inherit: Inheritance | None, said: Said, needs: Sequence[str] | None, now: float
) -> list[Write]:
    """That an id begins as this generation, with what it takes over."""
    inbox = _forgotten(id, generation, now) if inherit is None else _inherited(id, generation, inherit)
    renewed = json.dumps(list(needs)) if needs is not None else None
    work = {"id": id, "generation": generation, "wake_at": now, "now": now, "needs": renewed}
    return [*inbox, Write("renew_work", work), *words(said)]


def stopped(id: str, said: Said) -> list[Write]:
    """That nobody works on an id, until it is posted to or restarted."""
    return [*(Write(name, {"id": id}) for name in ("delete_notes", "stop_work")), *words(said)]


def deleted(id: str, said: Said) -> list[Write]:
    """That an id is forgotten."""
    gone = ("delete_work", "delete_messages", "delete_attempts")
    return [*(Write(name, {"id": id}) for name in gone), *words(said)]


def buried(worker: str, now: float) -> list[Write]:
    """That a worker is no more: what it held is free, and due."""
    return [Write("take_over", {"worker": worker, "now": now}), Write("delete_worker", {"id": worker})]


def posted(id: str, item: Item) -> list[Write]:
    """That an id has been told, and is due."""
    return [message(id, item), Write("wake", {"id": id, "at": item.at})]


def words(said: Said) -> list[Write]:
    """What is said to others along with it."""
    return [write for other, item in said for write in told(other, item)]


def message(id: str, item: Item) -> Write:
    """The write that puts an item into the inbox of an id."""
    body: Json = None if item.body is None else compact(item.body)
    return Write("insert_message", {"id": id, "at": item.at, "kind": item.kind, "key": item.key, "body": body})


def told(id: str, item: Item) -> list[Write]:
    """The writes that put an item into the inbox of another id, if there is one, and wake it."""
    return [replace(message(id, item), name="tell"), Write("wake", {"id": id, "at": item.at})]


def rewritten(id: str, first: Sequence[Item | Write]) -> list[Write]:
    """The writes that put items (or what a statement finds) before all that is in the inbox of an id."""
    away = {"id": id, "aside": aside(id)}
    ahead = [message(id, item) if isinstance(item, Item) else item for item in first]
    behind = [Write("take_back", away), Write("delete_messages", {"id": aside(id)})]
    return [Write("set_aside", away), *ahead, *behind]


def aside(id: str) -> str:
    """Where the inbox of an id is while something is put before it: no id ends with a space."""
    return f"{id} "


def _forgotten(id: str, generation: int, now: float) -> list[Write]:
    """A new generation's inbox without an inheritance: the start, and every event that there ever was."""
    before = Write("unread_again", {"id": id, "generation": generation - 1})
    return [Write("delete_notes", {"id": id}), *rewritten(id, [Item("start", "", None, now), before])]


def _inherited(id: str, generation: int, inherit: Inheritance) -> list[Write]:
    """A new generation's inbox and attempts, as far as they are inherited; what answers them and is stored stays."""
    known = {item.key for item in inherit.inbox if item.kind == "outcome"}
    kept = json.dumps([*inherit.answers, *(key for key in inherit.attempts if key not in known)])
    return [
        Write("delete_notes_but", {"id": id, "kept": kept}),
        *rewritten(id, inherit.inbox),
        Write("inherit_attempts", {"id": id, "generation": generation, "keys": json.dumps(list(inherit.attempts))}),
    ]
