"""What a plan means: which steps it starts and what it returns, given how they end. Knows nothing of agentflow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from .plans import Block, Body, Both, Do, Node, Race, Sleep, Try, Wait


class Failed(Exception):
    """A step's error, by its name."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Timer:
    """The step that a block's time is. It has no name."""

    seconds: int
    name: str = ""


Leaf = Do | Sleep | Wait | Timer
Doing = Generator["Leaf | Group", Any, Any]


@dataclass(slots=True)
class Group:
    """Branches that are on their way: all of them are needed, or the first that ends, or one before a timer."""

    node: Both | Race | Block
    branches: list[Branch]
    owner: Branch | None = None
    timer: str = ""
    results: dict[int, Any] = field(default_factory=dict)
    error: Failed | None = None


@dataclass(slots=True)
class Branch:
    """One line of execution, the place in a group that its end fills, and what it waits for."""

    doing: Doing
    group: Group | None = None
    place: int = 0
    waits: str | Group | None = None


class Meaning:
    """One execution of a plan. `asked` collects what it asks for, in order: steps to begin, and steps to let go."""

    def __init__(self, body: Body) -> None:
        self.asked: list[tuple[str, Leaf | None]] = []
        self.over = False
        self.result: Any = None
        self.error: str | None = None
        self._occurrences: defaultdict[str, int] = defaultdict(int)
        self._waiting: dict[str, Branch | Group] = {}
        self._body = body

    def start(self) -> None:
        """Run until everything waits."""
        self._go_on(Branch(_body(self._body)), None)

    def settle(self, key: str, outcome: Any) -> None:
        """A step has ended, with a value or a `Failed`."""
        waiting = self._waiting.pop(key)
        if isinstance(waiting, Branch):
            self._go_on(waiting, outcome)
        else:
            self._withdraw(waiting)
            self._end_group(waiting, Failed("StepTimeout"))

    def _go_on(self, branch: Branch, outcome: Any) -> None:
        branch.waits = None
        try:
            wanted = branch.doing.throw(outcome) if isinstance(outcome, Failed) else branch.doing.send(outcome)
        except StopIteration as stop:
            self._ended(branch, stop.value)
        except Failed as failed:
            self._ended(branch, failed)
        else:
            self._wait(branch, wanted)

    def _wait(self, branch: Branch, wanted: Leaf | Group) -> None:
        branch.waits = wanted if isinstance(wanted, Group) else self._begin(wanted, branch)
        if isinstance(wanted, Group):
            wanted.owner = branch
            if isinstance(wanted.node, Block):
                wanted.timer = self._begin(Timer(wanted.node.seconds), wanted)
            for place, inner in enumerate(wanted.branches):
                inner.group, inner.place = wanted, place
                self._go_on(inner, None)

    def _begin(self, leaf: Leaf, who: Branch | Group) -> str:
        self._occurrences[leaf.name] += 1
        key = f"{leaf.name}#{self._occurrences[leaf.name]}"
        self._waiting[key] = who
        self.asked.append((key, leaf))
        return key

    def _ended(self, branch: Branch, outcome: Any) -> None:
        group = branch.group
        if group is None:
            self.over = True
            self.result, self.error = (None, outcome.kind) if isinstance(outcome, Failed) else (outcome, None)
            return
        group.results[branch.place] = outcome
        if isinstance(outcome, Failed):
            group.error = group.error or outcome
        if not isinstance(group.node, Both):
            self._withdraw(group)
            named = isinstance(group.node, Race) and not isinstance(outcome, Failed)
            self._end_group(group, [f"b{branch.place}", outcome] if named else outcome)
        elif len(group.results) == len(group.branches):
            values = [group.results[place] for place in range(len(group.branches))]
            self._end_group(group, group.error or values)

    def _end_group(self, group: Group, outcome: Any) -> None:
        assert group.owner is not None
        self._go_on(group.owner, outcome)

    def _withdraw(self, group: Group) -> None:
        """What is open in a group is let go of, in the order in which it was begun."""
        keys = sorted(self._open(group), key=list(self._waiting).index)
        for key in keys:
            del self._waiting[key]
            self.asked.append((key, None))

    def _open(self, group: Group) -> list[str]:
        keys = [group.timer] if group.timer in self._waiting else []
        for branch in group.branches:
            if isinstance(branch.waits, Group):
                keys += self._open(branch.waits)
            elif branch.waits is not None:
                keys.append(branch.waits)
        return keys


def _body(body: Body) -> Doing:
    found: list[Any] = []
    for node in body:
        value = yield from _node(node)
        found += [value]
    return found


def _node(node: Node) -> Doing:
    match node:
        case Both() | Race():
            return (yield Group(node, [Branch(_body(branch)) for branch in node.branches]))
        case Block():
            return (yield Group(node, [Branch(_body(node.body))]))
        case Try():
            try:
                return (yield from _body(node.body))
            except Failed as failed:
                return failed.kind
        case _:
            return (yield node)
