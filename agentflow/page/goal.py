"""One goal: how it is planned, what came of it, and the decision on its plan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app import AgentHandle, GoalHandle
from ..errors import AgentFlowError, Conflict, UsageError
from ..records import Goal, Json, Node, total
from ..roles import permit
from .planning import now, spent, told
from .review import review
from .shell import form, house, path, seen, show

OPEN = ("planned", "review")
"""A person decides on the plan."""


async def goal(request: Request) -> Response:
    """A goal as it is now."""
    return await _shown(request, await _handle(request))


async def _shown(request: Request, handle: GoalHandle, error: AgentFlowError | None = None, **values: Json) -> Response:
    found = handle.record
    agent = await agent_of(request, found)
    is_open, line = found.status in OPEN, _line(request)
    plan = None if found.status == "planning" else await review(agent, found, line, _to(found))
    return await show(
        request,
        "goal.html",
        goal=found,
        agent=agent.name,
        told=[*told(found)],
        later=[one for one in found.feedback if one.before > len(found.attempts)],
        spent=total(spent(attempt) for attempt in found.attempts),
        now=now(handle, idle=not await house(request).workers()) if found.status == "planning" else None,
        review=plan,
        is_open=is_open,
        live=_about(found),
        run=(await house(request).runs.get(found.run)).record if found.run else None,
        here=f"/goals/{path(found.id)}" + (f"?line={line}" if line else ""),
        error=error,
        **{"comment": "", **values},
    )


def _about(found: Goal) -> list[str]:
    """What the page is loaded again for."""
    still = [f"draft:{found.id}"] if found.status in ("planning", *OPEN) else []
    return [f"goal:{found.id}", *still, *([f"run:{found.run}"] if found.run else [])]


async def _handle(request: Request) -> GoalHandle:
    return await house(request).goals.get(request.path_params["id"])


async def agent_of(request: Request, found: Goal) -> AgentHandle:
    """The agent of a goal, archived or not."""
    names = {one.id: one.name for one in await house(request).agents.list(archived=True)}
    return await house(request).agents.get(names[found.agent])


def _line(request: Request) -> int | None:
    asked = request.query_params.get("line", "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else None


def _to(found: Goal) -> Callable[[Node], str]:
    return lambda node: f"/goals/{path(found.id)}?line={node.line}#line-{node.line}"


# deciding


async def approve(request: Request) -> Response:
    """The plan that was seen is started."""

    async def act(handle: GoalHandle, filled: dict[str, str]) -> None:
        permit(house(request).principal, "goals.approve")
        if filled.get("version") != str(handle.record.version):
            raise Conflict("the plan is another one than you have seen: look at it, and decide again")
        if handle.record.status != "started":  # a click too many, or somebody else was quicker: it is what was wished
            await handle.approve()

    return await _decided(request, act)


async def reject(request: Request) -> Response:
    """The plan is refused."""
    return await _decided(request, lambda handle, filled: handle.reject(filled.get("comment", "").strip() or None))


async def changes(request: Request) -> Response:
    """The model is told what is to be changed, and asked again."""
    return await _decided(request, lambda handle, filled: handle.ask_changes(filled.get("comment", "")))


async def cancel(request: Request) -> Response:
    """It is given up."""
    return await _decided(request, lambda handle, filled: handle.cancel())


async def _decided(request: Request, act: Callable[[GoalHandle, dict[str, str]], Awaitable[object]]) -> Response:
    """Do it and show the goal; where it is refused, the goal as it is now, with the reason and what was typed."""
    handle, filled = await _handle(request), await form(request)
    try:
        await act(handle, filled)
    except (Conflict, UsageError) as error:
        await handle.refresh()
        return await _shown(request, handle, error, comment=filled.get("comment", ""))
    return seen(f"/goals/{path(handle.id)}")


_VERBS = (approve, reject, changes, cancel)
ROUTES = [
    Route("/goals/{id}", goal),
    *(Route(f"/goals/{{id}}/{act.__name__}", act, methods=["POST"]) for act in _VERBS),
]
