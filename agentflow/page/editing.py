"""A plan edited before it runs: checked like every plan, tried out, and put in the place of the one that waits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app import AgentHandle, GoalHandle
from ..errors import AgentFlowError, Conflict, PlanRefused
from ..graph.changes import differences
from ..graph.words import abilities
from ..guest.values import decode
from ..records import Finding, PlanVersion
from ..roles import permit
from ..trial import Given
from ..trial.report import Trial, findings
from ..trial.words import summary
from .code import DiffBlock, Line, diff_blocks, source_lines
from .goal import OPEN, agent_of
from .shell import form, house, path, seen, show

MOST_WAYS = 12
SECONDS = 3.0
MOST_ITEMS = 200
"""Of a trial: as many ways, and as long, as of a plan that a model has written."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks say of a plan as it was typed, and what a trial of it has shown."""

    findings: tuple[Finding, ...]
    lines: tuple[Line, ...]
    abilities: tuple[str, ...]
    trial: str | None
    diff: tuple[DiffBlock, ...]
    changes: Sequence[str]
    """What that means."""

    @property
    def errors(self) -> int:
        return sum(finding.severity == "error" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Desk:
    """A plan on which somebody works."""

    handle: GoalHandle
    agent: AgentHandle
    plan: PlanVersion
    """What waits to be approved."""


async def edit(request: Request) -> Response:
    """GET: the plan in a field. POST: what stands in it is checked, or put in its place, and perhaps started."""
    permit(house(request).principal, "plans.register")
    desk = await _desk(request)
    if request.method != "POST":
        return await _form(request, desk, desk.plan.source)
    filled = await form(request)
    typed = filled.get("source", "").replace("\r\n", "\n")
    if filled.get("version") != str(desk.plan.number):
        other = Conflict(
            f"the plan is version {desk.plan.number} by now, and you edited another one: compare them below"
        )
        return await _form(request, desk, typed, await _checked(request, desk, typed), other)
    if filled.get("do") == "check":
        return await _form(request, desk, typed, await _checked(request, desk, typed))
    try:
        await desk.handle.edit(typed)
    except PlanRefused as error:
        return await _form(request, desk, typed, await _checked(request, desk, typed), error)
    except AgentFlowError as error:
        return await _form(request, desk, typed, None, error)
    if filled.get("do") == "run":
        await desk.handle.approve()
    return seen(f"/goals/{path(desk.handle.id)}")


async def _desk(request: Request) -> Desk:
    handle = await house(request).goals.get(request.path_params["id"])
    agent, goal = await agent_of(request, handle.record), handle.record
    if goal.status not in OPEN or goal.version is None:
        raise Conflict(f"goal {goal.id} is {goal.status}: its plan can be edited while it is planned or in review")
    return Desk(handle, agent, await agent.plan(goal.version))


async def _checked(request: Request, desk: Desk, typed: str) -> Checked:
    """The checks of every plan, with a trial where they find no error."""
    compiled = await desk.agent.check(typed)
    trial = await _tried(request, desk, typed) if compiled.blob is not None else None
    found = (*compiled.findings, *(findings(trial) if trial else ()))
    return Checked(
        found,
        tuple(source_lines(typed, findings=found)),
        tuple(abilities(compiled.graph, compiled.tools)) if compiled.graph else (),
        summary(trial.summary()) if trial else None,
        diff_blocks(desk.plan.source, typed),
        differences(await desk.agent.graph(desk.plan.number), compiled.graph),
    )


async def _tried(request: Request, desk: Desk, typed: str) -> Trial:
    stage = await house(request).trials.stage(typed, agent=desk.agent.record)
    given = Given(payload=decode(desk.handle.record.payload), most_items=MOST_ITEMS)
    return await stage.explore(given, most=MOST_WAYS, seconds=SECONDS)


async def _form(
    request: Request, desk: Desk, typed: str, checked: Checked | None = None, error: AgentFlowError | None = None
) -> Response:
    return await show(
        request,
        "goal_edit.html",
        goal=desk.handle.record,
        name=f"{desk.agent.name}@{desk.plan.number}",
        version=desk.plan.number,
        typed=typed,
        checked=checked,
        error=error,
    )


ROUTES = [Route("/goals/{id}/edit", edit, methods=["GET", "POST"])]
