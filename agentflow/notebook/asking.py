"""Asks a house for what is shown, as whoever has the thing. Where it does not answer, what was known is shown."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from ..app.agents import AgentHandle
from ..app.approvals import ApprovalHandle
from ..app.doors import Doors
from ..app.goals import GoalHandle
from ..app.looking import Handle, anywhere
from ..app.runs import RunHandle
from ..app.schedules import ScheduleHandle
from ..cli.session import Session
from ..errors import AgentFlowError
from ..records import DEFAULT_TENANT, PlanVersion
from ..records.moments import Moment
from .scenes import AgentScene, ApprovalScene, GoalScene, PlanScene, RunScene, ScheduleScene

Scene = TypeVar("Scene", AgentScene, ApprovalScene, GoalScene, RunScene, ScheduleScene)
T = TypeVar("T")


def of_run(handle: RunHandle) -> RunScene:
    """A run as it is now."""
    session = _session(handle)

    async def ask(flow: Doors) -> RunScene:
        found = await flow.runs.get(handle.id)
        steps, plan, names = await found.steps(), await found.plan(), await _names(flow)
        graph, asked = await found.graph(), await flow.approvals.list(run=handle.id, status="pending")
        run = found.record
        taken, questions = found.spent(steps), [one for one in asked if one.status == "pending"]
        return RunScene(run, names.get(run.agent, run.agent), flow.now(), steps, plan, graph, questions, taken, session)

    run = handle.record
    return _now(handle, ask, lambda: RunScene(run, name(run.agent), run.updated_at))


def of_goal(handle: GoalHandle) -> GoalScene:
    """A goal as it is now."""

    async def ask(flow: Doors) -> GoalScene:
        goal, names = (await flow.goals.get(handle.id)).record, await _names(flow)
        agent = names.get(goal.agent, goal.agent)
        if goal.version is None:
            return GoalScene(goal, agent)
        owner = await flow.agents.get(agent)
        plan = await owner.plan(goal.version)
        return GoalScene(goal, agent, PlanScene(plan, agent, await owner.graph(plan.number), goal))

    return _now(handle, ask, lambda: GoalScene(handle.record, name(handle.record.agent)))


def of_approval(handle: ApprovalHandle) -> ApprovalScene:
    """A question as it is now."""
    session = _session(handle)

    async def ask(flow: Doors) -> ApprovalScene:
        sight = await (await flow.approvals.get(handle.id)).sight()
        return ApprovalScene(sight.case.approval, sight.agent, sight, session)

    return _now(handle, ask, lambda: ApprovalScene(handle.record, name(handle.record.agent), None, session))


def of_agent(handle: AgentHandle) -> AgentScene:
    """An agent as it is now."""

    async def ask(flow: Doors) -> AgentScene:
        found = await flow.agents.get(handle.name)
        return AgentScene(found.record, found.tools(), await found.plans(), await found.pinned())

    return _now(handle, ask, lambda: AgentScene(handle.record))


def of_schedule(handle: ScheduleHandle) -> ScheduleScene:
    """A schedule as it is now."""

    async def ask(flow: Doors) -> ScheduleScene:
        names, record = await _names(flow), handle.record
        agent = names[record.agent]
        return ScheduleScene((await flow.schedules.get(agent, record.name)).record, agent)

    return _now(handle, ask, lambda: ScheduleScene(handle.record, name(handle.record.agent)))


def of_plan(plan: PlanVersion) -> PlanScene:
    """A version with what its house knows beside it, where that is open."""

    async def ask(flow: Doors) -> PlanScene:
        agent = (await _names(flow))[plan.agent]
        graph = await (await flow.agents.get(agent)).graph(plan.number)
        goal = (await flow.goals.get(plan.goal)).record if plan.goal else None
        return PlanScene(plan, agent, graph, goal)

    return _first(ask) or PlanScene(plan, plan.agent)


def source_of(moment: Moment) -> str:
    """The plan in which a run stood; empty where nobody knows it, or the run is of another by now."""

    async def ask(flow: Doors) -> str:
        run = await flow.runs.get(moment.run)
        return (await run.plan()).source if run.record.generation == moment.generation else ""

    return _first(ask) or ""


def names() -> Mapping[str, str]:
    """The names of the agents of all houses that are open, by their ids."""
    found: dict[str, str] = {}
    for looker in anywhere():
        try:
            found |= looker.look(_names)
        except (AgentFlowError, TimeoutError):
            continue  # an id says which agent it is, too
    return found


def name(agent: str) -> str:
    """What an agent is called, or its id where nobody knows."""
    return names().get(agent, agent)


async def _names(flow: Doors) -> Mapping[str, str]:
    return {agent.id: agent.name for agent in await flow.agents.list(archived=True)}


def _session(handle: Handle) -> Session:
    """How commands are told where a thing is."""
    looker, who = handle._asks
    tenant = None if who is None or who.tenant == DEFAULT_TENANT else who.tenant
    return Session(looker.db, tenant=tenant, url=looker.url)


_Ask = Callable[[Doors], Coroutine[Any, Any, T]]
_SEEN: WeakKeyDictionary[Handle, Any] = WeakKeyDictionary()
"""What was shown last."""


def _now(handle: Handle, ask: _Ask[Scene], known: Callable[[], Scene]) -> Scene:
    """What is answered now; else what was shown last, or is known without asking, with a line that says so."""
    looker, who = handle._asks
    try:
        _SEEN[handle] = scene = looker.look(ask, who)
    except (AgentFlowError, TimeoutError) as error:
        why = str(error) or "nobody answers"
        seen = _SEEN.get(handle)
        found = known() if seen is None or _since(getattr(handle, "record", None)) > _since(_thing(seen)) else seen
        return replace(found, note=f"As it was when it was read last: {why}.")
    return scene


def _thing(scene: Any) -> Any:
    """What a scene is of: its first part."""
    return getattr(scene, fields(scene)[0].name)


def _since(record: Any) -> tuple[float, float]:
    """Since when a thing has been as it is, as far as it tells."""
    return getattr(record, "updated_at", 0.0), getattr(record, "decided_at", None) or 0.0


def _first(ask: _Ask[T]) -> T | None:
    """What the first house answers that knows it."""
    for looker in anywhere():
        try:
            return looker.look(ask)
        except (AgentFlowError, TimeoutError, KeyError):
            continue  # it is not of that house, or whoever has it open may not see it
    return None
