"""A version that somebody else wrote: pasted, checked, and registered where no finding is an error."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app.agents import AgentHandle
from ..checks import name_of
from ..errors import AgentFlowError, PlanRefused
from ..graph.words import abilities
from ..records import Compiled, Finding
from .code import source_lines
from .shell import form, house, path, seen, show
from .versions import number_in


async def new(request: Request) -> Response:
    """GET: where a source is pasted, or a version's is changed. POST: it is checked, or registered."""
    agent = await house(request).agents.get(request.path_params["name"])
    if request.method != "POST":
        number = number_in(request, "from")
        return await _form(request, agent, (await agent.plan(number)).source if number else "")
    filled = await form(request)
    source = filled.get("source", "").replace("\r\n", "\n")
    try:
        if filled.get("act") != "register":
            return await _form(request, agent, source, checked=await agent.check(source))
        plan = await agent.register(source)
    except PlanRefused as refused:
        return await _form(request, agent, source, refused, findings=refused.findings)
    except AgentFlowError as error:
        return await _form(request, agent, source, error)
    return seen(f"/agents/{path(agent.name)}/plans/{plan.number}")


async def _form(
    request: Request,
    agent: AgentHandle,
    source: str,
    error: AgentFlowError | None = None,
    *,
    checked: Compiled | None = None,
    findings: Sequence[Finding] = (),
) -> Response:
    found = checked.findings if checked else findings
    graph = checked.graph if checked else None
    return await show(
        request,
        "register.html",
        agent=agent.record,
        typed=source,
        checked=checked,
        findings=[(one, name_of(one.code)) for one in found],
        lines=source_lines(source, findings=found) if found else [],
        abilities=abilities(graph, checked.tools) if graph and checked else [],
        tools=agent.tools(),
        error=error,
    )


ROUTES = [Route("/agents/{name}/plans/new", new, methods=["GET", "POST"])]
