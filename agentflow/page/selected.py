"""Several questions decided at a time: first a page that lists each with what will happen, then one line for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app.approvals import Decided
from ..app.doors import Doors
from ..approvals.ruling import Case, barred
from ..errors import NotFound, UsageError
from ..records import Action, Json
from .shell import fields, house, show
from .showing import Argument, arguments

MOST = 100
"""Questions that somebody can look at on one page."""
DOES: dict[str, Action] = {"approve": "approve", "reject": "reject"}


class Chosen(NamedTuple):
    """One of those that were selected."""

    case: Case
    calls: list[tuple[str, list[Argument]]]
    why_not: str | None
    """Why it is left out."""


async def selected(request: Request) -> Response:
    """GET: what would be decided. POST: each of these is, and what became of it is told."""
    flow = house(request)
    if request.method == "POST":
        return await _decided(request, flow)
    asked = request.query_params
    action = DOES.get(asked.get("do", ""), "approve")
    ids = list(dict.fromkeys(asked.getlist("id")))
    chosen = [one for id in ids[:MOST] if (one := await _chosen(flow, id, action))]
    return await _page(request, chosen, action, 200, problem=_too_many(len(ids)))


async def _decided(request: Request, flow: Doors) -> Response:
    given = await fields(request)
    said = dict(given)
    action, comment = DOES.get(said.get("do", "")), said.get("comment", "").strip()
    wanted = list(_decisions(given, action or "reject", comment or None))
    if action == "reject" and not comment:
        chosen = [one for each in wanted if (one := await _chosen(flow, each["id"], action))]
        return await _page(request, chosen, action, 422, problem=str(UsageError("the comment is empty: say why")))
    told: Sequence[Decided] = await flow.approvals.decide(wanted if action else [])
    titles = {one.id: one.approval.question for one in told if one.approval}
    return await show(request, "decided.html", told=told, titles=titles, held=sum(not one.error for one in told))


def _decisions(given: Sequence[tuple[str, str]], action: Action, comment: str | None) -> Iterator[dict[str, Json]]:
    """A decision for each question with the digest that was seen: `ID:DIGEST`."""
    for name, text in given:
        if name == "seen":
            id, _, digest = text.partition(":")
            if not digest:
                raise UsageError("this form does not say what was seen: open the page again, and decide there")
            yield {"id": id, "digest": digest, "action": action, "comment": comment}


async def _chosen(flow: Doors, id: str, action: Action) -> Chosen | None:
    """One question; None where there is none with this id."""
    try:
        case = await (await flow.approvals.get(id)).case()
    except NotFound:
        return None
    approval = case.approval
    calls = [
        (call.tool, arguments(call, was))
        for call, was in zip(approval.calls, approval.original or approval.calls, strict=True)
    ]
    return Chosen(case, calls, _why_not(case, flow, action))


def _why_not(case: Case, flow: Doors, action: Action) -> str | None:
    approval = case.approval
    if approval.status != "pending":
        return f"it is {approval.status} already"
    if action == "approve" and approval.kind != "call":
        return "it is no call to approve: answer it on its own page"
    return barred(case, flow.principal, action)


def _too_many(count: int) -> str | None:
    return None if count <= MOST else f"{count} are selected: here are the first {MOST}, decide these first"


async def _page(
    request: Request, chosen: Sequence[Chosen], action: Action, status: int, *, problem: str | None
) -> Response:
    able = [one for one in chosen if one.why_not is None]
    left_out = [one for one in chosen if one.why_not is not None]
    return await show(request, "selected.html", status, problem=problem, action=action, able=able, left_out=left_out)


ROUTES = [Route("/approvals/-/selected", selected, methods=["GET", "POST"])]
