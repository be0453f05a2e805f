"""The audit log: who did what to which thing, when and from where; for a spreadsheet, too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ..app.sheets import HEAD, row
from ..errors import UsageError
from ..records import Act, Json
from ..roles import ALL, VERBS
from .shell import house, path, show

MOST = 100
FIELDS = ("who", "verb", "thing")
MOMENTS = ("since", "until")
CHANGING = sorted(verb for verb, roles in VERBS.items() if roles != frozenset(ALL))
"""The verbs that may be found in it: what everybody may is reading, and leaves no trace."""
BRIEF = 80
"""Characters of the details that are shown in a line."""
_PORTION = 200
"""Lines of CSV that are sent together."""


async def audit(request: Request) -> Response:
    """Acts, the newest first; what they are narrowed by stands in the address."""
    asked = request.query_params
    filled = {name: asked.get(name, "").strip() for name in (*FIELDS, *MOMENTS)}
    found = await house(request).audit.list(**window(asked), most=MOST, cursor=asked.get("cursor") or None)
    chain = await house(request).audit.verify() if asked.get("chain") else None
    kept = {name: value for name, value in filled.items() if value}
    return await show(
        request,
        "audit.html",
        acts=found,
        chain=chain,
        filled=filled,
        verbs=CHANGING,
        to=to,
        brief=brief,
        narrowed=lambda **other: f"/audit?{urlencode({**kept, **other})}",
        more=f"/audit?{urlencode({**kept, 'cursor': found.next})}" if found.next else None,
        sheet=f"/audit.csv?{urlencode(kept)}" if kept else "/audit.csv",
    )


async def sheet(request: Request) -> Response:
    """All of them as CSV, as far as the address says which."""
    acts = house(request).audit.all(**window(request.query_params))
    named = {"content-disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(_lines(acts), media_type="text/csv; charset=utf-8", headers=named)


def window(asked: QueryParams) -> dict[str, Any]:
    """What the verb narrows by. Raises `UsageError` for a moment that is none."""
    return {name: asked.get(name, "").strip() or None for name in FIELDS} | {
        name: _moment(name, asked.get(name, "").strip()) for name in MOMENTS
    }


def to(act: Act) -> str | None:
    """Where that can be seen to which it was done; None where it is on no page."""
    room, thing = act.verb.partition(".")[0], act.thing
    name, at, number = thing.partition("@")
    if room == "plans":
        return f"/agents/{path(name)}/plans/{number}" if at and number.isdecimal() else None
    if room in ("agents", "goals", "runs", "approvals"):
        return f"/{room}/{path(thing)}" if act.verb != "runs.prune" else None
    if room == "schedules":
        return f"/schedules#{path(thing)}"
    return f"/settings#{room}" if room in ("keys", "tenants") else None


def brief(details: Json) -> str:
    """The beginning of what there is to say of an act."""
    said = (f"{name}: {value}" for name, value in details.items() if value is not None) if details else ()
    line = ", ".join(said)
    return line if len(line) <= BRIEF else f"{line[: BRIEF - 3]}..."


def _moment(name: str, text: str) -> datetime | None:
    """A date and time, in UTC where they name no zone."""
    if not text:
        return None
    with suppress(ValueError):
        read = datetime.fromisoformat(text)
        return read if read.tzinfo else read.replace(tzinfo=UTC)
    raise UsageError(f"{name}: {text[:40]!r} is no time: write it as 2026-01-31T09:00, which is meant in UTC")


async def _lines(acts: AsyncIterator[Act]) -> AsyncIterator[str]:
    lines = [HEAD]
    async for act in acts:
        lines.append(row(act))
        if len(lines) >= _PORTION:
            yield "".join(lines)
            lines = []
    yield "".join(lines)


ROUTES = [Route("/audit", audit), Route("/audit.csv", sheet)]
