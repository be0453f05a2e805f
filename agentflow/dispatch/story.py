"""A run as it stands in the database: its rows, folded into a machine."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..engine import Item
from ..guest.values import compact
from ..records import FINISHED, Json, Move, Run
from ..store import Row, Store, Write, columns
from .machine import Issued, Machine

_DOCUMENTS = (
    "reason",
    "payload",
    "result",
    "error",
    "schedule",
    "progress",
    "rollback",
    "inherited",
    "begun",
    "spent_before",
)
"""The columns of a run that are JSON."""


@dataclass(frozen=True, slots=True)
class Story:
    """A run, its machine, and what the plan asked for in each turn."""

    run: Run
    machine: Machine
    commands: Mapping[int, Sequence[Issued]]
    length: int
    """How many items have been delivered."""
    size: int
    """Characters of JSON: what was delivered, and what the plan asked for."""


async def load(store: Store, id: str) -> Story | None:
    """Fold a run's rows, or None where there is no such run."""
    row = await store.row("run_by_id", id=id)
    if row is None:
        return None
    run = from_row(row)
    history = await store.rows("history", run=id, generation=run.generation)
    commands = await read_commands(store, run)
    size = sum(len(row["body"] or "") for row in history) + commands.size
    return story_of(run, _items(history), commands, size)


def story_of(run: Run, items: Sequence[Item], commands: Mapping[int, Sequence[Issued]], size: int = 0) -> Story:
    """The story of a run that was delivered these items."""
    machine = fold(run, items, commands)
    if run.status in FINISHED and not machine.ended:
        machine.finish(run.status, run.result, run.error)
    for heard in (machine.questions, machine.closed_questions, machine.told):
        heard.clear()  # it was stored with what led to it
    return Story(run, machine, commands, len(items), size)


class Commands(defaultdict[int, list[Issued]]):
    """What the plan asked for, by turn, and how many characters of JSON that is."""

    size = 0


async def read_items(store: Store, run: Run) -> list[Item]:
    """What a run's generation has been delivered, in order."""
    return _items(await store.rows("history", run=run.id, generation=run.generation))


async def read_commands(store: Store, run: Run) -> Commands:
    """The commands of a run's generation."""
    commands = Commands(list)
    rows = await store.rows("commands", run=run.id, generation=run.generation)
    specs, facts = _parsed(row["spec"] for row in rows), _parsed(row["facts"] for row in rows)
    for row, spec, known in zip(rows, specs, facts, strict=True):
        turn: int = row["turn"]
        commands[turn].append(Issued(turn, row["kind"], row["name"], row["occurrence"], row["line"], spec, known))
        commands.size += len(row["spec"])
    return commands


def blank(run: Run) -> Machine:
    """The machine of a run to which nothing has been delivered."""
    return Machine(run.id, run.generation, run.inherited, run.begun)


def fold(run: Run, items: Iterable[Item], commands: Mapping[int, Sequence[Issued]]) -> Machine:
    """The machine of a run after these deliveries."""
    machine = blank(run)
    for item in items:
        advance(machine, item, commands)
    return machine


def advance(machine: Machine, item: Item, commands: Mapping[int, Sequence[Issued]]) -> None:
    """One more delivery, and the turns that it led to."""
    machine.deliver(item)
    while machine.take():
        machine.issue(commands.get(machine.turn, ()))


def delivered(run: Run, n: int, item: Item) -> Write:
    """The row of an item that was delivered."""
    body = None if item.body is None else compact(item.body)
    values = {"run": run.id, "generation": run.generation, "n": n, "at": item.at, "kind": item.kind, "key": item.key}
    return Write("insert_history", {**values, "body": body})


def issued(run: Run, i: int, command: Issued) -> Write:
    """The row of a command."""
    values = {
        "run": run.id,
        "generation": run.generation,
        "turn": command.turn,
        "i": i,
        "kind": command.kind,
        "name": command.name,
        "occurrence": command.occurrence,
        "line": command.line,
        "spec": compact(command.spec),
        "facts": compact(command.facts),
    }
    return Write("insert_command", values)


def from_row(row: Row) -> Run:
    """A run as its record."""
    values = columns(row)
    for name in _DOCUMENTS:
        if (text := values[name]) is not None:
            values[name] = json.loads(text)
    values["moves"] = tuple(Move(**move) for move in json.loads(values["moves"]))
    return Run(**values)


def _loads(text: str | None) -> Json:
    return None if text is None else json.loads(text)


def item_of(row: Row) -> Item:
    """A row of the history or of the inbox as what was delivered."""
    return Item(row["kind"], row["key"], _loads(row["body"]), row["at"])


def _items(rows: Sequence[Row]) -> list[Item]:
    bodies = _parsed(row["body"] or "null" for row in rows)
    return [Item(row["kind"], row["key"], body, row["at"]) for row, body in zip(rows, bodies, strict=True)]


def _parsed(texts: Iterable[str]) -> list[Json]:
    """Many small documents, read as one: half the time."""
    documents: list[Json] = json.loads(f"[{','.join(texts)}]")
    return documents
