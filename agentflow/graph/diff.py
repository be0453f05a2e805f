"""Two versions of a plan beside each other: line by line, in data, and in words for whoever has to agree. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ..comparing import lines, unified
from ..records import Graph, PlanVersion
from ..records.shown import Shown
from .changes import Changes, changes, words


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a plan, and what it does."""

    name: str
    """`refunds@3`."""
    plan: PlanVersion
    graph: Graph | None
    """None where today's checks refuse it."""


@dataclass(frozen=True, slots=True)
class PlanDiff(Shown):
    """What a version of a plan has otherwise than another."""

    before: str
    after: str
    diff: tuple[str, ...]
    """The lines that differ, as `diff -u` writes them; none where the source is the same."""
    changes: Changes | None
    """What that means; None where today's checks refuse one of them, so that nobody knows what it does."""
    words: tuple[str, ...]
    """The same in sentences, the dangerous first."""


def between(before: Version, after: Version) -> PlanDiff:
    """What `after` has otherwise."""
    names = (before.name, after.name)
    found = None if before.graph is None or after.graph is None else changes(before.graph, after.graph)
    differing = unified(lines(before.plan.source), lines(after.plan.source), names)
    return PlanDiff(*names, tuple(differing), found, tuple(words(found)) if found else ())
