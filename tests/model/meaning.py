"""What a plan means: which steps it starts and what it returns, given how they end. Knows nothing of agentflow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from .plans import Body, Both, Do, Node, Sleep, Try, Wait


class Failed(Exception):
    """A step's error, by its name."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


Leaf = Do | Sleep | Wait
Doing = Generator["Leaf | Group", Any, Any]


@dataclass(slots=True)
class Group:
    """Branches that are on their way."""

    branches: list[Doing]
    owner: Branch | None = None
    results: dict[int, Any] = field(default_factory=dict)
    error: Failed | None = None


@dataclass(slots=True)
class Branch:
    """One line of execution, and the place in a group that its end fills."""

    doing: Doing
    group: Group | None = None
    place: int = 0


class Meaning:
    """One execution of a plan. `started` collects the steps that begin, in order, each with its key."""

    def __init__(self, body: Body) -> None:
        self.started: list[tuple[str, Leaf]] = []
        self.over = False
        self.result: Any = None
        self.error: str | None = None
        self._occurrences: defaultdict[str, int] = defaultdict(int)
        self._waiting: dict[str, Branch] = {}
        self._body = body

    def start(self) -> None:
        """Run until everything waits."""
        self._go_on(Branch(_body(self._body)), None)

    def settle(self, key: str, outcome: Any) -> None:
        """A step has ended, with a value or a `Failed`."""
        self._go_on(self._waiting.pop(key), outcome)

    def _go_on(self, branch: Branch, outcome: Any) -> None:
        try:
            wanted = branch.doing.throw(outcome) if isinstance(outcome, Failed) else branch.doing.send(outcome)
        except StopIteration as stop:
            self._ended(branch, stop.value)
        except Failed as failed:
            self._ended(branch, failed)
        else:
            self._wait(branch, wanted)

    def _wait(self, branch: Branch, wanted: Leaf | Group) -> None:
        if isinstance(wanted, Group):
            wanted.owner = branch
            for place, doing in enumerate(wanted.branches):
                self._go_on(Branch(doing, wanted, place), None)
            return
        self._occurrences[wanted.name] += 1
        key = f"{wanted.name}#{self._occurrences[wanted.name]}"
        self._waiting[key] = branch
        self.started.append((key, wanted))

    def _ended(self, branch: Branch, outcome: Any) -> None:
        group = branch.group
        if group is None:
            self.over = True
            self.result, self.error = (None, outcome.kind) if isinstance(outcome, Failed) else (outcome, None)
            return
        group.results[branch.place] = outcome
        if isinstance(outcome, Failed):
            group.error = group.error or outcome
        if len(group.results) == len(group.branches):
            assert group.owner is not None
            values = [group.results[place] for place in range(len(group.branches))]
            self._go_on(group.owner, group.error or values)


def _body(body: Body) -> Doing:
    found: list[Any] = []
    for node in body:
        value = yield from _node(node)
        found += [value]
    return found


def _node(node: Node) -> Doing:
    match node:
        case Both():
            return (yield Group([_body(branch) for branch in node.branches]))
        case Try():
            try:
                return (yield from _body(node.body))
            except Failed as failed:
                return failed.kind
        case _:
            return (yield node)
