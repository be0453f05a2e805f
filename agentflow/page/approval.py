"""One question: what will happen if it is decided, everything around it, and the forms that decide it.

Looking decides nothing: only a POST does, with the digest of what was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ..app.approvals import ApprovalHandle
from ..app.doors import Doors
from ..errors import Refused, UsageError
from ..roles import may
from .question import View
from .shell import form, house, path, seen, show

Typed = Mapping[str, str]
"""The fields of a form, as somebody has filled them in."""


async def approval(request: Request) -> Response:
    """GET: the question. POST: somebody's decision."""
    id, flow = request.path_params["approval"], house(request)
    if request.method != "POST":
        return await decision_page(request, flow, id)
    typed = await form(request)
    try:
        goal = await decide(flow, id, typed)
    except (Refused, UsageError) as error:
        return await decision_page(request, flow, id, status=error.http_status, problem=str(error), typed=typed)
    return seen(f"/goals/{path(goal)}" if goal else f"/approvals/{path(id)}")


async def decision_page(
    request: Request,
    flow: Doors,
    id: str,
    *,
    to: str | None = None,
    around: bool = True,
    status: int = 200,
    problem: str | None = None,
    typed: Typed | None = None,
) -> HTMLResponse:
    """The page of a question, as whoever `flow` acts for sees it. Raises `NotFound`.

    Decisions are posted `to` an address, its own if not said. Without `around` nothing leads to other pages, and it is
    not live: for somebody who may see this question alone. `problem` says why what was `typed` does not hold.
    """
    view = await _view(await flow.approvals.get(id), flow, whole="whole" in request.query_params)
    given = typed or {}
    answer, result, edits = view.answer, view.result, view.edits
    run = view.case.approval.run
    values: dict[str, Any] = {
        "view": view,
        "run": (await flow.runs.get(run)).record,
        "to": to or f"/approvals/{path(id)}",
        "around": around,
        "typed": given,
        "since": view.since(given.get("digest")),
        "answer": answer.typed(given) if given.get("action") == "answer" else answer,
        "result": result.typed(given) if given.get("action") == "happened" else result,
        "edits": [one.typed(given) for one in edits] if given.get("action") == "edit" else edits,
        "may": lambda verb: around and may(flow.principal, verb),
        "live": [f"approval:{id}", f"run:{run}"] if around else None,
    }
    return await show(request, "approval.html", status, problem=problem, **values)


async def decide(flow: Doors, id: str, typed: Typed) -> str | None:
    """What somebody's form says is done; the id of the goal where the plan is written anew for it.

    Raises `NotFound`, `UsageError` (something is not filled in as it should be) and `Refused`.
    """
    question = await flow.approvals.get(id)
    digest, comment = typed.get("digest"), typed.get("comment", "").strip()
    if not digest:
        raise UsageError("this form does not say what was seen: open the page again, and decide there")
    said: dict[str, Any] = {"comment": comment or None, "digest": digest}
    match typed.get("action"):
        case "approve":
            await question.approve(**said)
        case "edit":
            args = [one.value(typed) for one in (await _view(question, flow)).edits]
            await question.approve(args=args[0] if len(args) == 1 else args, **said)
        case "answer":
            await question.answer((await _view(question, flow)).answer.value(typed), **said)
        case "happened":
            await question.happened((await _view(question, flow)).result.value(typed), **said)
        case "not_happened":
            await question.not_happened(**said)
        case "reject" | "revise" if not comment:
            raise UsageError("the comment is empty: say why, the plan and the record keep it")
        case "reject":
            await question.reject(**said)
        case "revise":
            return await question.revise(comment, digest=digest, goal=typed.get("goal", "").strip() or None)
        case _:
            raise UsageError("this form does not say what is decided: open the page again, and decide there")
    return None


async def _view(question: ApprovalHandle, flow: Doors, *, whole: bool = False) -> View:
    return View(await question.sight(), flow.principal, {spec.name: spec for spec in flow.tools}, whole)


ROUTES = [Route("/approvals/{approval}", approval, methods=["GET", "POST"])]
