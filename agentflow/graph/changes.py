"""What a new version of a plan does otherwise than an old one, in data and in words: the dangerous first. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..records import Graph, Node
from . import walk
from .labels import label, tool

_STEPS = frozenset({"do", "function", "sleep", "wait", "approval", "ask", "delegate", "rollback"})
_PEOPLE = frozenset({"approval", "ask"})


@dataclass(frozen=True, slots=True)
class Difference:
    """What one of two plans has and the other has not."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two plans. A step that both have, with other tools or times, is in `changed`."""

    tools: Difference
    approvals: Difference
    steps: Difference
    changed: tuple[str, ...]


def changes(before: Graph, after: Graph) -> Changes:
    """What the new graph has that the old one had not, and the other way round."""
    old, new = _steps(before), _steps(after)
    return Changes(
        _difference(_tools(before), _tools(after)),
        _difference(_asked(before), _asked(after)),
        _difference([key for key in old if key not in new], [key for key in new if key not in old]),
        tuple(
            f"{key}: {_few(new[key])}, before: {_few(old[key])}" for key in old if new.get(key, old[key]) != old[key]
        ),
    )


def words(found: Changes) -> list[str]:
    """Sentences on what has changed, for whoever has to agree to it."""
    said = [
        *_each("It calls {} now.", found.tools.added),
        *_each("It no longer asks people: {}.", found.approvals.removed),
        *_each("It no longer calls {}.", found.tools.removed),
        *_each("It asks people now: {}.", found.approvals.added),
        *_each("New: {}.", found.steps.added),
        *_each("Gone: {}.", found.steps.removed),
        *_each("Changed: {}.", found.changed),
    ]
    return said or ["It takes the same steps, with the same tools, and asks people the same."]


def _each(sentence: str, things: Iterable[str]) -> Iterator[str]:
    return map(sentence.format, things)


def _difference(before: Iterable[str], after: Iterable[str]) -> Difference:
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    return Difference(tuple(one for one in new if one not in old), tuple(one for one in old if one not in new))


def _tools(graph: Graph) -> list[str]:
    """The tools that steps call or undo with, each with what makes it special."""
    nodes = [node for node in walk(graph.nodes) if node.kind in ("do", "function")]
    return [*(tool(use) for node in nodes for use in node.calls), *(name for node in nodes for name in node.undo)]


def _asked(graph: Graph) -> list[str]:
    """What people are asked by the plan itself: a question, and the tools whose very calls they see."""
    return [_shown(node) for node in walk(graph.nodes) if node.kind in _PEOPLE]


def _shown(node: Node) -> str:
    seen = ", ".join(dict.fromkeys(use.tool for use in node.calls))
    return f"{node.name!r} on {seen}" if seen else repr(node.name)


def _steps(graph: Graph) -> dict[str, list[str]]:
    """Every step by what it is and its name, with what else there is to say of each place where it stands."""
    found: dict[str, list[str]] = {}
    for node in walk(graph.nodes):
        if node.kind in _STEPS:
            word, name, note = label(node)
            found.setdefault(f"{word} {name!r}" if name else word, []).append(note)
    return found


def _few(notes: Sequence[str]) -> str:
    return " and ".join(dict.fromkeys(note or "nothing more" for note in notes)) + (
        f" ({len(notes)} times)" if len(notes) > 1 else ""
    )
