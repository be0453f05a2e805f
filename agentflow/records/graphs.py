"""What a plan does, drawn from its source, as plain data."""

from __future__ import annotations

from dataclasses import dataclass

from .shown import Shown


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool that a step of a plan calls, and what was known of it; empty where nothing was."""

    tool: str
    risk: str = ""
    effect: str = ""
    approval: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One thing that a plan does, and where that is written; with others in it where it is a loop, a branch..."""

    id: str
    kind: str
    name: str
    line: int
    end: int
    calls: tuple[ToolUse, ...] = ()
    detail: str = ""
    """What is waited for, who is delegated to; how long, where that is not known."""
    seconds: float | None = None
    """How long it sleeps, or waits at most."""
    retries: int | None = None
    times: int | None = None
    """How many rounds a loop goes, where the source says it."""
    undo: tuple[str, ...] = ()
    """The tools that undo it."""
    approved: bool = False
    """Whether people have agreed to the very call before."""
    parts: tuple[Part, ...] = ()
    args: tuple[tuple[str, str], ...] | None = None
    """What it, its calls and what undoes it are given, as it is written; None where that was not kept yet."""


@dataclass(frozen=True, slots=True)
class Part:
    """One way through a node: `yes`, `each`, `error StepFailed`."""

    label: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Graph(Shown):
    """What a plan does, in which order, as its source says."""

    nodes: tuple[Node, ...]
    cut: bool = False
    """Whether the plan has more than a graph may hold."""
