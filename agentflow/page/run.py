"""One run: what it does and did, what it waits for and why it failed, on a timeline, its graph and its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app.doors import Doors
from ..app.runs import RunHandle
from ..dispatch.delegation import child_ids
from ..errors import AgentFlowError
from ..graph.progress import Places, progress
from ..guest.values import decode
from ..records import FINISHED, Graph, Json, Node, Run, StepView
from . import reasons
from .axis import elapsed
from .code import source_lines
from .once import ticket
from .pictures import at_line, by_line, lines, picture
from .runs import agent_names
from .shell import house, path, show
from .showing import written
from .timeline import PHASES, timeline

ENTRIES = 50
"""Entries of the history that are shown at a time."""
_UNTYPED = dict.fromkeys(("act", "type", "data", "comment", "goal", "rollback"), "")
"""The fields of its forms."""
_NOT_ASKED: dict[str, Any] = {"stood": None, "stood_not": None}
MANY = 500
"""Steps beyond which a page is loaded again after a while, and not at each change: all of them are read for it."""
SAID = 20
"""Messages of the plan that are shown."""


async def run(request: Request) -> Response:
    """The page of a run."""
    return await shown(request, await house(request).runs.get(request.path_params["run"]))


async def shown(
    request: Request, handle: RunHandle, error: AgentFlowError | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    """The page of a run; where something could not be done with it, with what somebody typed for that."""
    flow, record = house(request), handle.record
    steps, approvals = await handle.steps(), await flow.approvals.list(run=record.id)
    children = await handle.children()
    pending = [f"approval:{one.id}" for one in approvals if one.status == "pending"]
    names = await agent_names(flow)
    view = {
        **_selection(request, record, steps, await handle.graph()),
        **await _around(flow, record, children),
        **await _history(request, handle),
    }
    step, plan = view["step"], await handle.plan()
    looked = await _stood(handle, step) if step and request.query_params.get("look") else _NOT_ASKED
    return await show(
        request,
        "run.html",
        200 if error is None else error.http_status,
        run=record,
        agent=names.get(record.agent, record.agent),
        names=names,
        over=record.status in FINISHED,
        lasted=elapsed((record.ended_at or flow.now()) - record.created_at),
        elapsed=elapsed,
        now=flow.now(),
        spent=handle.spent(steps),
        waits=[*reasons.waits(record, approvals, view["handed"])],
        trouble=reasons.trouble(record, steps),
        parked=reasons.parked(record),
        can=reasons.acts(record),
        phases=PHASES,
        wants=await handle.wants(),
        said=[one for one in steps if one.kind == "progress"][-SAID:],
        asked=[one for one in approvals if step and one.step == step.key],
        scheduled=decode(record.schedule) if record.schedule else None,
        types=sorted({kind for one in steps if one.ended_at is None for kind in (one.asked or {}).get("types", ())}),
        plan=plan,
        lines=source_lines(plan.source, view["marked"], view["line_ways"]),
        typed={**_UNTYPED, **(typed or {})},
        problem=None if error is None else str(error),
        ticket=ticket(),
        written=written,
        sandbox=(await flow.tenants.own()).sandbox,
        pace=pace(record, steps),
        live=None if looked["stood"] or len(steps) > MANY else [f"run:{record.id}", *pending],
        **looked,
        **view,
    )


def pace(record: Run, steps: Sequence[StepView]) -> str | None:
    """After how long the page is loaded again though nothing has happened: what runs goes on, and its axis grows."""
    if record.status in FINISHED:
        return None
    return "15s" if len(steps) > MANY else "3s" if record.status == "running" else None


async def _stood(handle: RunHandle, step: StepView) -> dict[str, Any]:
    """Where the plan stood just before a step, or why that cannot be said."""
    try:
        return {"stood": await handle.at(step.key), "stood_not": None}
    except AgentFlowError as error:
        return {"stood": None, "stood_not": str(error)}


def _selection(request: Request, record: Run, steps: Sequence[StepView], graph: Graph | None) -> dict[str, Any]:
    """What somebody looks at, and the same thing on the timeline, in the graph and in the source."""
    asked = request.query_params
    line, over = _count(asked.get("line")), record.status in FINISHED
    step = None if line else reasons.chosen(record, steps, asked.get("step", ""))
    places = Places(graph) if graph else None
    node = at_line(graph, line) if line else next(iter(places.of(step)), None) if places and step else None
    ways, first = _Ways(record.id, asked), _first_steps(places, steps)

    def to(one: Node) -> str:
        return ways.to("graph", step=first[one.id]) if one.id in first else ways.to("graph", line=str(one.line))

    marked = {*(() if node is None or node.parts else lines(node)), *filter(None, (line, step.line if step else None))}
    times = timeline(record, steps, house(request).now(), opened=asked.get("open", ""), first=_count(asked.get("rows")))
    by_step = {one.line: ways.to(f"line-{one.line}", step=one.key) for one in reversed(steps) if one.line}
    marks = progress(graph, steps, over=over, places=places) if graph else None
    return {
        "step": step,
        "line": line or (step.line if step else None),
        "lost": bool(asked.get("step")) and step is None and not line,
        "marked": marked,
        "line_ways": {**by_line(graph, lambda one: ways.to(f"line-{one.line}", line=str(one.line))), **by_step},
        "times": times,
        "opened": asked.get("open", ""),
        "to": ways.to,
        "picture": picture(graph, f"What run {record.id} does", to, chosen=node, marks=marks),
    }


class _Ways:
    """Addresses of the same page that show something else of it."""

    def __init__(self, run: str, asked: Mapping[str, str]) -> None:
        self._run = f"/runs/{path(run)}"
        self._kept = {key: asked[key] for key in ("step", "line", "open", "rows") if asked.get(key)}

    def to(self, anchor: str = "", **other: str | None) -> str:
        """The address with other choices. A step takes the place of a line, and a line that of a step."""
        instead = {"step": {"line": None}, "line": {"step": None}}
        given = {**self._kept, **instead.get(next(iter(other), ""), {}), **other}
        query = urlencode({key: value for key, value in given.items() if value is not None})
        return f"{self._run}{f'?{query}' if query else ''}{f'#{anchor}' if anchor else ''}"


def _first_steps(places: Places | None, steps: Sequence[StepView]) -> dict[str, str]:
    """Of each node the key of the step that it leads to: one that is open, or failed, or else the first."""
    if places is None:
        return {}
    found = dict[str, StepView]()
    for step in steps:
        for node in places.of(step)[:1]:
            if node.id not in found or _matters(step) > _matters(found[node.id]):
                found[node.id] = step
    return {id: step.key for id, step in found.items()}


def _matters(step: StepView) -> int:
    return 2 if step.ended_at is None else 1 if step.state == "failed" else 0


async def _around(flow: Doors, record: Run, children: Sequence[Run]) -> dict[str, Any]:
    """What a run came from and what it handed on; the latter by step, as addresses."""
    handed = {one.parent_step: f"/runs/{path(one.id)}" for one in children if one.parent_step}
    for wait in (record.reason or {}).get("waits", ()):
        if wait["for"] == "run" and wait["step"] not in handed:  # it is a goal that has not led to a run yet
            generation = (record.inherited or {}).get(wait["step"], record.generation)
            handed[wait["step"]] = f"/goals/{child_ids(record.id, generation, wait['step'])[0]}"
    return {"children": children, "handed": handed}


async def _history(request: Request, handle: RunHandle) -> dict[str, Any]:
    """A part of what was delivered, where somebody asks for it."""
    asked = request.query_params.get("history")
    if asked is None:
        return {"history": None, "entries": 0, "first": 0}
    found = await handle.history()
    if events := asked == "events":
        found = [one for one in found if one["kind"] == "event"]
    first = 0 if events else min(_count(asked), max(len(found) - 1, 0))
    return {"history": found[first : first + ENTRIES], "entries": len(found), "first": first}


def _count(text: Json) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 10 else 0


ROUTES = [Route("/runs/{run}", run)]
