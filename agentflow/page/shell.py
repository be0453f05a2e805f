"""What all screens share: the templates and what they know, reading a form, the way back after a POST."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from ..app.doors import Doors
from ..errors import AgentFlowError, UsageError
from ..records import Principal
from ..roles import may
from ..wording import lasting, relative, spent, step_label, step_name, visible
from . import assets
from .phrases import in_page_words

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_FIELDS = 2_000
"""Fields that a form may have."""
MOST_COUNTED = 100
"""Questions that are counted beside the name of the inbox; more are told as `99+`."""
NAVIGATION = (
    ("/", "Inbox", "approvals.list"),
    ("/goals", "Goals", "goals.list"),
    ("/runs", "Runs", "runs.list"),
    ("/agents", "Agents", "agents.list"),
    ("/tools", "Tools", "tools.list"),
    ("/schedules", "Schedules", "schedules.list"),
    ("/audit", "Audit", "audit.list"),
    ("/settings", "Settings", "notices.list"),
)
"""The screens: path, name, and the verb without which somebody does not see it."""


@cache
def templates() -> Environment:
    """All templates; what is put into one is text, never markup."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # late: the first page may wait, no start does

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters = (in_page_words, lasting, relative, spent, step_label, step_name, visible, moment, iso, as_json, path)
    made.filters |= {one.__name__: one for one in filters}
    made.globals |= {"static": assets.address}
    return made


async def show(
    request: Request, template: str, status: int = 200, *, error: AgentFlowError | None = None, **values: Any
) -> HTMLResponse:
    """A screen. `title` stands above it; `problem`, where there is one, is told at its top. What a form was refused
    with is such a problem, and gives the status.

    `live` is what it is about (`["run:ID"]`; an empty list: everything): it is loaded anew whenever that has changed.
    """
    asked_at = getattr(request.state, "asked_at", 0.0)
    shown = {"problem": None, "live": None, "here": here(request), "asked_at": asked_at}
    shown |= {**await _around(request), **values}
    if error is not None:
        shown["problem"], status = str(error), error.http_status
    return HTMLResponse(templates().get_template(template).render(shown), status)


def house(request: Request) -> Doors:
    """The verbs, as the one who asks may use them."""
    flow: Doors = request.state.flow
    return flow


def seen(onward: str) -> RedirectResponse:
    """The way on after a POST that did what it should: a page that may be loaded again."""
    return RedirectResponse(onward, 303)


async def form(request: Request) -> dict[str, str]:
    """The fields of a form; of those with one name, the last. Raises `UsageError`."""
    return dict(await fields(request))


async def fields(request: Request) -> list[tuple[str, str]]:
    """The fields of a form, in order. Raises `UsageError` where it is none."""
    try:
        body = (await request.body()).decode()
        return parse_qsl(body, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise UsageError("this form cannot be read: open the page again and fill it in there") from None


def moment(at: float) -> str:
    """Date and time, as everybody reads it: `2026-11-26 08:30:00 UTC`."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"


def iso(at: float) -> str:
    """Date and time for `<time datetime=...>`; the macro `when` of `_time.html` shows the rest."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%SZ}"


def as_json(value: Any) -> str:
    """A document as people read it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def path(text: str) -> str:
    """One part of a path, whatever it holds."""
    return quote(text, safe="")


def here(request: Request) -> str:
    """The address of this page, by which it is loaded again; without the host, whatever its header says."""
    at, query = quote(request.scope["path"]), request.scope["query_string"].decode("latin-1")
    return f"{at}?{query}" if query else at


async def _around(request: Request) -> dict[str, Any]:
    """Who asks, where they can go, and how much waits for them; nothing of this for a stranger, or by a link."""
    me: Principal | None = getattr(request.state, "principal", None)
    if me is None or me.channel == "link":
        nowhere = {"may": lambda verb: False, "navigation": [], "waiting": 0}
        return {"me": None, "guest": me, **nowhere}
    waiting = await house(request).approvals.waiting(most=MOST_COUNTED)
    links = [(to, name) for to, name, verb in NAVIGATION if may(me, verb)]
    can = {"may": lambda verb: may(me, verb), "navigation": links}
    return {"me": me, "guest": None, "waiting": waiting, **can}
