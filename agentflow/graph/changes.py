"""What a new version of a plan does otherwise than an old one, in data and in words: the dangerous first. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from ..records import Graph, Node, Part
from . import walk
from .labels import label, tool
from .words import abilities

_STEPS = frozenset({"do", "function", "sleep", "wait", "approval", "ask", "delegate", "rollback"})
_PEOPLE = frozenset({"approval", "ask"})
_PLAIN = frozenset({"", "each", "yes"})
"""Ways into a block that need no word."""
SAME = "It takes the same steps in the same order, with the same tools, and asks people the same."


@dataclass(frozen=True, slots=True)
class Difference:
    """What one of two plans has and the other has not."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Renamed:
    """A step that has another name, and is otherwise what it was; a run that is moved begins it anew all the same."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two plans. A step that both have, with other tools or times, is in `changed`."""

    tools: Difference
    approvals: Difference
    abilities: Difference
    """Sentences on what it can do: how often it calls what at most, whom it asks, how long it sleeps..."""
    steps: Difference
    renamed: tuple[Renamed, ...]
    moved: tuple[str, ...]
    """Steps that come before ones which they came after, or stand in another loop, branch or block."""
    changed: tuple[str, ...]
    cut: bool = False
    """Whether one of them does more than a graph may hold, so that there may be more."""


Args = tuple[tuple[str, str], ...] | None
_NOT_GIVEN = "not given"


class _Spot(NamedTuple):
    """A place where a step stands: what there is to say of it, what it stands in, and what it is given."""

    word: str
    note: str
    within: str
    args: Args = None


Steps = Mapping[str, Sequence[_Spot]]
"""Every step by what it is and its name, in the order of the source."""


def changes(before: Graph, after: Graph) -> Changes:
    """What the new graph has that the old one had not, and the other way round."""
    old, new = _steps(before), _steps(after)
    added, removed = [key for key in new if key not in old], [key for key in old if key not in new]
    renamed = [*_renamed(old, removed, new, added)]
    called = {one.before: one.after for one in renamed}
    kept = {called.get(key, key): spots for key, spots in old.items() if key in new or key in called}
    return Changes(
        _difference(_tools(before), _tools(after)),
        _difference(_asked(before), _asked(after)),
        _abilities(before, after),
        _difference(
            [key for key in removed if key not in called], [key for key in added if key not in called.values()]
        ),
        tuple(renamed),
        tuple(_moved(kept, new)),
        tuple(_changed(kept, new)),
        before.cut or after.cut,
    )


def words(found: Changes) -> list[str]:
    """Sentences on what has changed, for whoever has to agree to it."""
    said = [
        *_each("Now {}", map(_in_a_sentence, found.abilities.added)),
        *_each("No longer: {}", map(_in_a_sentence, found.abilities.removed)),
        *_each("New step: {}.", found.steps.added),
        *_each("Step gone: {}.", found.steps.removed),
        *(f"Step renamed: {one.after}, before: {one.before}." for one in found.renamed),
        *_each("Step moved: {}.", found.moved),
        *_each("Step changed: {}.", found.changed),
    ]
    if found.cut:
        said.append("There is more than could be followed here: compare the lines, too.")
    return said or [SAME]


def differences(before: Graph | None, after: Graph | None) -> Sequence[str]:
    """The same, of two graphs; nothing where one of the plans has none."""
    return words(changes(before, after)) if before and after else ()


def _each(sentence: str, things: Iterable[str]) -> Iterator[str]:
    return map(sentence.format, things)


def _in_a_sentence(ability: str) -> str:
    return ability[:1].lower() + ability[1:]


def _difference(before: Iterable[str], after: Iterable[str]) -> Difference:
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    return Difference(tuple(one for one in new if one not in old), tuple(one for one in old if one not in new))


# what it can do


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


def _abilities(before: Graph, after: Graph) -> Difference:
    """Sentences that hold of one only; in which line something stands makes none."""
    old, new = (dict(zip(abilities(_lineless(one)), abilities(one), strict=True)) for one in (before, after))
    gained = (said for bare, said in new.items() if bare not in old)
    return Difference(tuple(gained), tuple(said for bare, said in old.items() if bare not in new))


def _lineless(graph: Graph) -> Graph:
    return replace(graph, nodes=tuple(map(_unplaced, graph.nodes)))


def _unplaced(node: Node) -> Node:
    parts = tuple(Part(part.label, tuple(map(_unplaced, part.nodes))) for part in node.parts)
    return replace(node, line=0, end=0, parts=parts)


# its steps


def _steps(graph: Graph) -> Steps:
    found: dict[str, list[_Spot]] = {}
    for node, within in _placed(graph.nodes, ()):
        if node.kind in _STEPS:
            word, name, note = label(node)
            found.setdefault(f"{word} {name!r}" if name else word, []).append(
                _Spot(word, note, ", ".join(within), node.args)
            )
    return found


def _placed(nodes: Sequence[Node], within: tuple[str, ...]) -> Iterator[tuple[Node, tuple[str, ...]]]:
    """Every node with what it stands in; what stands in a function of the plan stands where that is called."""
    for node in nodes:
        yield node, within
        for part in node.parts:
            way = "" if part.label in _PLAIN else f" ({part.label})"
            around = () if node.kind == "helper" else (repr(f"{label(node).name}{way}"),)
            yield from _placed(part.nodes, (*within, *around))


def _renamed(old: Steps, removed: Sequence[str], new: Steps, added: Sequence[str]) -> Iterator[Renamed]:
    """Steps that are gone, each with the first new one that does the very same in the same surroundings."""
    free: dict[tuple[_Spot, ...], list[str]] = {}
    for key in reversed(added):
        free.setdefault(_bare(new[key]), []).append(key)
    for key in removed:
        if like := free.get(_bare(old[key])):
            yield Renamed(key, like.pop())


def _bare(spots: Sequence[_Spot]) -> tuple[_Spot, ...]:
    """What a step does, whatever it is given: that it is given something else is told by itself."""
    return tuple(spot._replace(args=None) for spot in spots)


def _moved(old: Steps, new: Steps) -> Iterator[str]:
    """The fewest steps that would have to be put elsewhere, and those that stand in something else."""
    places = {key: n for n, key in enumerate(new)}
    order = [places[key] for key in old]
    resting = _rising(order)
    after = [*new]
    for key, place in zip(old, order, strict=True):
        if (within := {spot.within for spot in new[key]}) != {spot.within for spot in old[key]}:
            yield f"{key} stands {' and '.join(f'in {one}' if one else 'by itself' for one in sorted(within))} now"
        elif place not in resting:
            yield f"{key} comes {f'after {after[place - 1]}' if place else 'first'} now"


def _changed(old: Steps, new: Steps) -> Iterator[str]:
    for key, spots in old.items():
        was, now = ([spot.note for spot in one] for one in (spots, new[key]))
        if was != now:
            yield f"{key}: {_few(now)}, before: {_few(was)}"
        if len(was) == len(now):
            for one, other in zip(spots, new[key], strict=True):
                yield from _given(key, one.args, other.args)


def _given(key: str, before: Args, after: Args) -> Iterator[str]:
    """What of a step's arguments is other, where it is known of both versions."""
    if before is None or after is None or before == after:
        return
    old, new = dict(before), dict(after)
    for name in dict.fromkeys((*new, *old)):
        if old.get(name) != new.get(name):
            yield f"{key}: argument {name}: {new.get(name, _NOT_GIVEN)}, before: {old.get(name, _NOT_GIVEN)}"


def _rising(order: Sequence[int]) -> set[int]:
    """A longest part of these numbers in which each is higher than the one before."""
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for number in order:
        at = bisect_left(ends, number)
        before[number] = ends[at - 1] if at else None
        ends[at:] = [number, *ends[at + 1 :]]
    found, one = set[int](), ends[-1] if ends else None
    while one is not None:
        found.add(one)
        one = before[one]
    return found


def _few(notes: Sequence[str]) -> str:
    return " and ".join(dict.fromkeys(note or "nothing more" for note in notes)) + (
        f" ({len(notes)} times)" if len(notes) > 1 else ""
    )
