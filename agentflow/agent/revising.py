"""A run whose plan is written anew: what the plan of such a goal leads to, and what it may not do again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from ..engine import Item
from ..graph import walk
from ..records import Finding, Goal, Graph
from ..records.revisions import Done, Outlook
from ..registry import Stored
from ..store import Write


class TakingOver(Protocol):
    """What the back half of the house knows of runs that are to go on with another version."""

    async def outlook(self, id: str, version: Stored, failed: str | None) -> Outlook:
        """Whether a run could go on with a version. Raises `Overtaken` where it is over, or gone."""
        ...

    async def take(
        self, id: str, version: Stored, failed: str | None, by: str, writes: Callable[[Outlook], Sequence[Write]]
    ) -> Outlook:
        """Let a run go on with a version, in one commit with these writes; nothing is done where it cannot."""
        ...

    async def leave(self, id: str) -> tuple[list[Write], list[tuple[str, Item]]]:
        """What goes with the start of another run in place of this one."""
        ...


def reason(outlook: Outlook) -> str:
    """What has become of the run that a goal follows on."""
    return outlook.why if outlook.goes_on else f"a new run does what is left, since {outlook.why}"


def failed(goal: Goal) -> str | None:
    """The step that went wrong in the run that a goal follows on."""
    happened: Mapping[str, str | None] = goal.feedback[0].happened or {}
    return happened.get("failed")


def foreseen(outlook: Outlook) -> str:
    """What would become of the run, for whoever decides on the plan."""
    return f"once it is approved, {reason(outlook)}"


def done_again(outlook: Outlook, graph: Graph | None) -> Finding | None:
    """What is wrong with a plan that a new run would be of, and that has a step which is done already."""
    if outlook.goes_on or graph is None:
        return None
    for node in walk(graph.nodes):
        if found := next(
            (done for done in outlook.done if _is(done, node.name, [use.tool for use in node.calls])), None
        ):
            wrong = f"{found.name!r} is done already, and this plan would do it again in a new run, since {outlook.why}"
            advice = "keep it and all before it exactly as in the plan that ran, or leave out all that is done"
            return Finding("AF008", "error", node.line, 0, wrong, advice)
    return None


def _is(done: Done, name: str, tools: Sequence[str]) -> bool:
    return done.name == name and (done.tool is None or not tools or done.tool in tools)
