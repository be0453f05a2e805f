"""Lists as they are shown: a table for each kind of thing, the same in both forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple

from ..checks import name_of
from ..cli.findings import summary
from ..cli.following import took
from ..cli.plans import standing
from ..cli.schedules import timing
from ..cli.text import one_line, value
from ..cli.text import state as state_text
from ..cli.text import table as text_table
from ..cli.times import clock
from ..evals.scored import Scored
from ..evals.summary import Row, rows, short
from ..page.axis import elapsed
from ..records import Act, Agent, Approval, Attempt, Finding, Goal, Key, PlanVersion, Run, Schedule, StepView
from ..records.revisions import Migration
from ..wording import step_name
from .asking import names
from .markup import Html, join, soft, state, tag
from .sheet import Sheet, columns

MOST = 1000
"""Rows that are shown."""
LONG = 160
"""Letters of a cell."""
_NARROW = 28
"""Letters up to which a cell of one word is not broken."""
_SHORT = 14
"""Letters up to which no cell is: a share with its interval, a prompt."""


class State(str):
    """A cell that is a status or a state."""

    __slots__ = ()


Names = Mapping[str, str]
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII)


class Kind(NamedTuple):
    """What is told of things of one kind."""

    head: Sequence[str]
    cells: Callable[[Any, Names], Sequence[str]]
    cut: int = -1
    """The column that a narrow terminal cuts."""


def shown(things: Sequence[Any]) -> Sheet:
    """A list as a table; what stands in it is of one kind."""
    found = [getattr(one, "record", one) for one in things]  # of handles, what they are of
    if not found:
        return Sheet(text_table(("nothing is in this list",), []), soft("Nothing is in this list."))
    if isinstance(found[0], Scored):
        found = rows(found)
    kind = _KINDS.get(type(found[0])) or _any(found[0])
    called = names() if hasattr(found[0], "agent") else {}
    cells = [[_short(cell) for cell in kind.cells(one, called)] for one in found[:MOST]]
    written = [[state_text(cell) if isinstance(cell, State) else cell for cell in row] for row in cells]
    text = text_table(kind.head, written, cut=kind.cut % len(kind.head), width=columns())
    drawn = grid(kind.head, ([state(cell) if isinstance(cell, State) else cell for cell in row] for row in cells))
    return Sheet(text, join([drawn, _more(things)]))


def grid(head: Sequence[str], found: Iterable[Sequence[str]]) -> Html:
    """Rows under a head; where they are too wide, they scroll."""
    top = tag("tr", *(tag("th", name, scope="col") for name in head))
    body = [tag("tr", *(tag("td", cell, cls=_look(cell)) for cell in row)) for row in found]
    return tag("div", tag("table", tag("thead", top), tag("tbody", *body), cls="wide"), cls="scroll", tabindex="0")


def _look(cell: str) -> str | None:
    """Whether a cell keeps to one line: a state, what is short, one word, and a moment."""
    if isinstance(cell, Html):
        return "fixed" if cell.startswith("<span") else None
    return "fixed" if len(cell) <= (_SHORT if " " in cell else _NARROW) or _MOMENT.fullmatch(cell) else None


def _short(cell: str) -> str:
    return cell if isinstance(cell, State) else one_line(cell)[:LONG]


def _more(things: Sequence[Any]) -> Html:
    """What is not in the table."""
    rest = len(things) - MOST
    left = [soft(f"and {rest:,} more")] if rest > 0 else []
    follows = getattr(things, "next", None)
    return join([*left, *([tag("div", soft(f"there are more: cursor={follows!r}"))] if follows else [])])


def _run(one: Run, called: Names) -> Sequence[str]:
    if one.error:
        what = f"{one.error.get('type')}: {one.error.get('message')}"
    elif one.status == "completed":
        what = value(one.result)
    else:
        waits = one.reason.get("waits", ()) if one.reason else ()
        what = ", ".join(f"{wait['for']}: {step_name(wait['step'])}" for wait in waits)
    return one.id, _plan(one, called), State(one.status), clock(one.created_at), what


def _step(one: StepView, called: Names) -> Sequence[str]:
    said = f"{one.error['type']}: {one.error['message']}" if one.error else one.tool or one.kind.replace("_", " ")
    lasted = elapsed(one.ended_at - one.started_at) if one.ended_at is not None else ""
    return step_name(one.key), State(one.state), str(one.attempts or ""), lasted, str(one.line or ""), said


def _attempt(one: Attempt, called: Names) -> Sequence[str]:
    refused = any(finding.severity == "error" for finding in one.findings)
    word = "failed" if one.source is None else "refused" if refused else "done"
    return str(one.number), State(word), summary(one.findings), f"{one.model}{took(one)}"


def _plan(one: Run | Approval, called: Names) -> str:
    return f"{called.get(one.agent, one.agent)}@{one.version}"


def _version(one: PlanVersion, called: Names) -> Sequence[str]:
    name = f"{called.get(one.agent, one.agent)}@{one.number}"
    return name, State(standing(one)), one.entry, clock(one.created_at), one.sha256[:12], one.author


def _schedule(one: Schedule, called: Names) -> Sequence[str]:
    status = State("paused" if one.paused else "active")
    due = clock(one.next_at) if one.next_at else "never"
    return called.get(one.agent, one.agent), one.name, status, timing(one), due, one.last_run or ""


def _measured(one: Row, called: Names) -> Sequence[str]:
    rates = [one.rates["solved"], *(rate for name, rate in one.rates.items() if name != "solved")]
    shares = [f"{100 * rate.share:.0f} ({100 * rate.low:.0f}-{100 * rate.high:.0f})" for rate in rates]
    return one.model, one.domain or "all", short(one.prompt), str(one.runs), *shares, f"{one.answers:.1f}"


def _end(one: Key) -> str:
    """When a key stops to hold, or has stopped."""
    ends = [at for at in (one.revoked_at, one.expires_at) if at is not None]
    return clock(min(ends)) if ends else "never"


def _any(one: Any) -> Kind:
    """A kind that has no table of its own: its fields."""
    if isinstance(one, dict):
        keys = [*one]
        return Kind(keys, lambda one, called: [_said(one.get(key), key) for key in keys])
    if not is_dataclass(one):
        return Kind(("what",), lambda one, called: [str(one)])
    told = [field.name for field in fields(one)]
    return Kind(told, lambda one, called: [_said(getattr(one, name), name) for name in told])


def _said(given: Any, name: str = "") -> str:
    if isinstance(given, float) and (name == "at" or name.endswith("_at")):
        return clock(given)
    if isinstance(given, dict):
        return value(given)
    if isinstance(given, list | tuple | set | frozenset):
        return ", ".join(map(str, given))
    return "" if given is None else {True: "yes", False: "no"}[given] if isinstance(given, bool) else str(given)


_KINDS: dict[type, Kind] = {
    Run: Kind(("run", "plan", "status", "started", "what"), _run),
    StepView: Kind(("step", "state", "tries", "took", "line", "what"), _step),
    Approval: Kind(
        ("approval", "kind", "status", "asked", "plan", "question"),
        lambda one, called: (
            one.id, one.kind, State(one.status), clock(one.created_at), _plan(one, called), one.question,
        ),
    ),
    Goal: Kind(
        ("goal", "agent", "status", "made", "text"),
        lambda one, called: (
            one.id, called.get(one.agent, one.agent), State(one.status), clock(one.created_at), one.text,
        ),
    ),
    PlanVersion: Kind(("plan", "status", "class", "made", "sha256", "written by"), _version),
    Agent: Kind(
        ("agent", "model", "review", "made", "tools"),
        lambda one, called: (one.name, one.model, one.review, clock(one.created_at), ", ".join(one.tools)),
    ),
    Finding: Kind(
        ("line", "severity", "check", "what", "advice"),
        lambda one, called: (
            str(one.line), State("silenced" if one.suppressed else one.severity), name_of(one.code) or one.code,
            one.message, one.suppressed or one.advice,
        ),
    ),
    Attempt: Kind(("answer", "checks", "found", "by"), _attempt),
    Schedule: Kind(("agent", "schedule", "status", "when", "next", "last run"), _schedule),
    Act: Kind(
        ("when", "who", "by", "did", "to", "details"),
        lambda one, called: (
            clock(one.at), one.who, one.channel, one.verb, one.thing, value(one.details) if one.details else "",
        ),
    ),
    Key: Kind(
        ("key", "begins", "roles", "ends", "last used"),
        lambda one, called: (
            one.name, f"{one.prefix}_...", ", ".join(one.roles), _end(one),
            clock(one.used_at) if one.used_at else "never",
        ), 2,
    ),
    Migration: Kind(
        ("run", "from", "to", "moves", "why"),
        lambda one, called: (one.run, f"@{one.before}", f"@{one.to}", _said(one.moves), one.why),
    ),
    Row: Kind(
        ("model", "domain", "prompt", "runs", "solved %", "first %", "valid %", "end %", "calls %", "approvals %",
         "limits %", "answers"), _measured, 0,
    ),
}  # fmt: skip
