"""What a person sees of a question before deciding it: where the run stands, what comes next, and who may say what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..agent import rows
from ..approvals.editing import Change, changes
from ..approvals.policy import impossible
from ..approvals.ruling import Case
from ..dispatch import load, views
from ..errors import NotFound
from ..graph.progress import following, node_of
from ..records import Approval, Graph, Node, StepView
from .graphs import graph_of
from .house import House
from .notices import Notice, notices

FEW = 6
"""How many steps before and after it are shown."""
MOST_NOTICES = 100


@dataclass(frozen=True, slots=True)
class Sight:
    """A question with all around it."""

    case: Case
    agent: str
    """The agent's name."""
    why: str
    """Why it needs a person."""
    source: str
    """The plan; `case.approval.line` is the line that waits."""
    before: tuple[StepView, ...]
    """What the run did last before it asked."""
    after: tuple[Node, ...]
    """What the plan does next, as its source says."""
    edits: tuple[Change, ...] = ()
    """What was edited of the calls as they were asked about."""
    blocked: str | None = None
    """Why nobody can decide it as things are, where that is so."""
    notices: tuple[Notice, ...] = ()
    """Who was told of it, on which channel, and who could not be."""


async def sight(house: House, case: Case) -> Sight:
    """All that is around a question. Raises `NotFound` where its run was just deleted."""
    approval = case.approval
    story, row = await load(house.store, approval.run), await house.store.row("agent", id=approval.agent)
    if story is None or row is None:
        raise NotFound(f"there is no run {approval.run} any more")
    agent = rows.agent(row)
    plan = (await house.registry.stored(agent.id, approval.version)).plan
    steps = views(story.machine)
    step = next((one for one in steps if one.key == approval.step), None)
    quorum = approval.quorum if approval.kind == "call" else None
    return Sight(
        case,
        agent.name,
        _why(approval, step),
        plan.source,
        _before(approval, steps),
        _after(await graph_of(house, agent, plan), step),
        tuple(changes(approval.original or approval.calls, approval.calls)),
        impossible(case.policy, approval.approvers, quorum, case.asked_by),
        tuple(await notices(house, about=approval.id, most=MOST_NOTICES)),
    )


def _why(approval: Approval, step: StepView | None) -> str:
    match approval.kind:
        case "ask":
            return "the plan asks for an answer"
        case "outcome":
            return "an attempt has ended, and nobody knows whether it happened"
    if step is not None and step.kind == "undo":
        return f"{approval.calls[0].tool} needs a person's agreement, also where it undoes something"
    if step is not None and step.kind == "do":
        return f"{approval.calls[0].tool} needs a person's agreement"
    return "the plan asks before it makes this call" if approval.calls else "the plan asks before it goes on"


def _before(approval: Approval, steps: Sequence[StepView]) -> tuple[StepView, ...]:
    known = [one for one in steps if one.started_at <= approval.created_at and one.kind != "timeout"]
    keys = [one.key for one in known]
    known = known[: keys.index(approval.step)] if approval.step in keys else known
    return tuple(known[-FEW:])


def _after(graph: Graph | None, step: StepView | None) -> tuple[Node, ...]:
    node = node_of(graph, step) if graph and step else None
    return (following(graph.nodes, node) or ())[:FEW] if graph and node else ()
