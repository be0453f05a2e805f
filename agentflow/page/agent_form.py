"""The form in which an agent is made or changed: what is typed becomes what the verb takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..errors import AgentFlowError, UsageError
from ..records import Agent, AgentLimits, Review
from .shell import form, house, path, seen, show

LIMITS = {
    "turn_seconds": "Seconds of a turn",
    "turn_cpu_seconds": "Processor seconds of a turn",
    "guest_memory_mb": "Memory of its process, in MiB",
    "turn_bytes": "Bytes that a turn may say",
    "turn_commands": "Steps that a turn may start",
    "steps": "Steps of a run",
    "result_bytes": "Bytes of one value",
    "state_bytes": "Bytes that are stored of a run",
}
"""The limits that an agent may have of its own, as a person reads them; what is left empty is as for all."""
assert {*LIMITS} == {one.name for one in fields(AgentLimits)}
_SELF = {"": None, "may": False, "may not": True}
_EMPTY = {
    **dict.fromkeys(
        ("name", "model", "fallback_model", "tools", "agents", "hosts", "instructions", "repairs", "plan_tokens"), ""
    ),
    **dict.fromkeys(("plan_cost", "approvers", "quorum", "no_self", "due", "escalate_after", "escalate_to"), ""),
    **dict.fromkeys(LIMITS, ""),
    "review": "risky",
}


async def new(request: Request) -> Response:
    """Make an agent."""
    filled = {**_EMPTY, **(await form(request) if request.method == "POST" else {})}
    if request.method != "POST":
        return await _form(request, filled)
    try:
        await house(request).agents.create(filled["name"].strip(), **asked(filled))
    except AgentFlowError as error:
        return await _form(request, filled, error=error)
    return seen(f"/agents/{path(filled['name'].strip())}")


async def change(request: Request) -> Response:
    """Change an agent; an archived one is made again."""
    known = (await house(request).agents.get(request.path_params["name"])).record
    if request.method != "POST":
        return await _form(request, given(known), known)
    filled = {**_EMPTY, **await form(request)}
    try:
        await house(request).agents.create(known.name, **asked(filled), update=True)
    except AgentFlowError as error:
        return await _form(request, filled, known, error=error)
    return seen(f"/agents/{path(known.name)}")


async def _form(
    request: Request, filled: Mapping[str, str], known: Agent | None = None, *, error: AgentFlowError | None = None
) -> Response:
    return await show(
        request,
        "agent_form.html",
        title=f"Change {known.name}" if known else "New agent",
        known=known,
        filled=filled,
        limits=LIMITS,
        limited=any(filled[name] for name in LIMITS),
        reviews=get_args(Review),
        tools=house(request).tools,
        error=error,
    )


def given(agent: Agent) -> dict[str, str]:
    """An agent as it stands in the form."""
    policy, limits = agent.approvals, asdict(agent.limits)
    escalate = policy.escalate
    return {
        "name": agent.name,
        "model": agent.model,
        "fallback_model": agent.fallback_model or "",
        "tools": ", ".join(agent.tools),
        "agents": ", ".join(agent.agents),
        "hosts": ", ".join(agent.hosts),
        "instructions": agent.instructions,
        "review": agent.review,
        "repairs": str(agent.repairs),
        "plan_tokens": _number(agent.plan_tokens),
        "plan_cost": _number(agent.plan_cost),
        "approvers": ", ".join(policy.approvers),
        "quorum": str(policy.quorum),
        "no_self": next(word for word, value in _SELF.items() if value is policy.no_self),
        "due": span(policy.due),
        "escalate_after": span(escalate.after) if escalate else "",
        "escalate_to": ", ".join(escalate.to) if escalate else "",
        **{name: _number(limits[name]) for name in LIMITS},
    }


def asked(filled: Mapping[str, str]) -> dict[str, Any]:
    """What the form says, as the verb takes it. Raises `UsageError` for what is no number."""
    return {
        "model": filled["model"].strip(),
        "fallback_model": filled["fallback_model"].strip() or None,
        "tools": listed(filled["tools"]),
        "agents": listed(filled["agents"]),
        "hosts": listed(filled["hosts"]),
        "instructions": filled["instructions"].replace("\r\n", "\n").strip(),
        "review": filled["review"],
        "repairs": whole("The number of mends", filled["repairs"]),
        "plan_tokens": whole("The number of tokens", filled["plan_tokens"]),
        "plan_cost": number("The cost", filled["plan_cost"]),
        "limits": {name: value for name in LIMITS if (value := number(LIMITS[name], filled[name])) is not None},
        "approvals": _policy(filled),
    }


def _policy(filled: Mapping[str, str]) -> dict[str, Any]:
    """Who may decide, as far as it was said."""
    quorum, due = whole("How many have to agree", filled["quorum"]), filled["due"].strip()
    after, to = filled["escalate_after"].strip(), listed(filled["escalate_to"])
    policy: dict[str, Any] = {
        "approvers": listed(filled["approvers"]),
        "quorum": quorum,
        "no_self": _SELF.get(filled["no_self"]),
        "due": due or None,
        "escalate": {"after": after, "to": to} if after or to else None,
    }
    return {name: value for name, value in policy.items() if value is not None}


def listed(text: str) -> list[str]:
    """Names that stand between commas or on lines of their own."""
    return [one.strip() for one in re.split(r"[,\n]", text) if one.strip()]


def whole(what: str, text: str) -> int | None:
    """A whole number; None where nothing was said."""
    found = number(what, text)
    if isinstance(found, float):
        raise UsageError(f"{what}: {text.strip()!r} is no whole number")
    return found


def number(what: str, text: str) -> int | float | None:
    """A number, whole where it is one; None where nothing was said."""
    bare = text.strip()
    if not bare:
        return None
    for kind in (int, float):
        try:
            return kind(bare)
        except ValueError:
            continue
    raise UsageError(f"{what}: {bare[:40]!r} is no number")


def _number(value: float | None) -> str:
    return "" if value is None else str(value)


def span(seconds: float | None) -> str:
    """A length of time as the form takes it again: exactly, in the largest unit that goes into it."""
    if seconds is None:
        return ""
    for unit, size in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds % size == 0:
            return f"{seconds / size:.0f} {unit}" if seconds != size else f"1 {unit[:-1]}"
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + " seconds"


ROUTES = [
    Route("/agents/-/new", new, methods=["GET", "POST"]),
    Route("/agents/{name}/change", change, methods=["GET", "POST"]),
]
