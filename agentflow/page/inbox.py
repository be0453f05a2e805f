"""The inbox: what waits for people in this tenant, for whoever looks first, and what went wrong in the last day."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..app.doors import Doors
from ..records import Agent, Run
from .queue import KINDS, Entry, Wanted, questions, reviews
from .shell import house, show

MOST = 1_000
"""Questions that are looked at, the oldest; more than that nobody reads."""
REVIEWS = 100
"""Plans to review that are looked at."""
PART = 50
"""Entries that are shown at a time."""
DECIDED = 30
"""Questions that are shown of those that are decided."""
FAILED = 5
"""Runs that failed which are named."""
LOOKED = 200
"""Failed runs among which those are that failed in the last day, but for old ones."""
DAY = 86_400.0


async def inbox(request: Request) -> Response:
    """What waits, and with `?status=all` what is decided."""
    flow, asked = house(request), request.query_params
    agents = {agent.id: agent for agent in await flow.agents.list(archived=True)}
    found, more = await _waiting(flow, agents)
    wanted = Wanted(bool(asked.get("mine")), asked.get("agent", ""), asked.get("risk", ""), asked.get("kind", ""))
    shown = list(wanted.of(found))
    part = _part(asked.get("from", ""))
    failed = [run for run in await flow.runs.list(status="failed", most=LOOKED) if _lately(run, flow.now())]
    everything = asked.get("status") == "all"
    return await show(
        request,
        "inbox.html",
        entries=shown[part : part + PART],
        further=_address(asked, part + PART) if len(shown) > part + PART else None,
        counts={
            "mine": sum(one.mine for one in found),
            "overdue": sum(one.overdue for one in found),
            "all": len(found),
            "shown": len(shown),
        },
        more=more,
        failed=[(run, agents[run.agent].name) for run in failed[:FAILED]],
        failures=len(failed),
        decided=await _decided(flow, agents, wanted) if everything else None,
        wanted=wanted,
        everything=everything,
        names=sorted({one.agent for one in found} | ({wanted.agent} if wanted.agent else set())),
        kinds=KINDS,
        live=[],
    )


async def _waiting(flow: Doors, agents: dict[str, Agent]) -> tuple[list[Entry], bool]:
    """What waits, in order; and whether there is more than is looked at."""
    cases = await flow.approvals.cases(status="pending", most=MOST)
    goals = await flow.goals.list(status="review", most=REVIEWS)
    names = {id: agent.name for id, agent in agents.items()}
    found = [*questions(cases, names, flow.principal), *reviews(goals, agents, flow.principal)]
    return sorted(found, key=lambda one: one.order), bool(cases.next or goals.next)


async def _decided(flow: Doors, agents: dict[str, Agent], wanted: Wanted) -> list[Entry]:
    """What was decided, of what was asked last."""
    cases = await flow.approvals.cases(newest=True, most=MOST)
    over = [case for case in cases if case.approval.status != "pending"]
    names = {id: agent.name for id, agent in agents.items()}
    entries = Wanted(False, wanted.agent, wanted.risk, wanted.kind).of(questions(over, names, flow.principal))
    return sorted(entries, key=lambda one: -(one.decided_at or 0.0))[:DECIDED]


def _lately(run: Run, now: float) -> bool:
    return run.ended_at is not None and run.ended_at >= now - DAY


def _part(asked: str) -> int:
    """From which entry on they are shown."""
    return int(asked[:6]) if asked.isdecimal() and asked.isascii() else 0


def _address(asked: QueryParams, start: int) -> str:
    """The same list from another entry on."""
    return "/?" + urlencode({**{key: asked[key] for key in asked if key != "from"}, "from": start})


ROUTES = [Route("/", inbox)]
