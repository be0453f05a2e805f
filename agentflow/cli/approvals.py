"""agentflow approvals: what waits for a person."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..records import Approval, Goal, Principal
from ..wording import age
from .given import ApprovalId, Cursor, Most, no_goals
from .session import Address, AsJson, Database, Session, command, width
from .shown import agent_names, document, ways
from .sights import sight_document, sight_lines
from .text import Cell, state, table

if TYPE_CHECKING:
    from ..app import AgentFlow
    from ..approvals.ruling import Case

app = typer.Typer(help="Approvals: what waits for a person.")

All = Annotated[bool, typer.Option("--all", help="The decided ones too.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, db: Database = None, as_json: AsJson = False, url: Address = None) -> int | None:
    """What waits for a person."""
    session = Session.of(context, db, as_json, url)
    return None if context.invoked_subcommand else asyncio.run(_list(session))


@app.command("list")
@command
async def list_approvals(session: Session, everything: All = False, most: Most = 1000, cursor: Cursor = None) -> None:
    """What waits for a person, the oldest first. Where there is more, standard error names the --cursor."""
    await _list(session, everything=everything, most=most, cursor=cursor)


async def _list(session: Session, *, everything: bool = False, most: int = 1000, cursor: str | None = None) -> int:
    async with session.existing() as flow:
        found = await flow.approvals.list(status=None if everything else "pending", most=most, cursor=cursor)
        plans = [] if cursor else await _plans(flow)
        names, paused = await agent_names(flow), await _paused(flow, found)
    if not found and not plans and not session.as_json:
        session.say("nothing waits for a person")
        return 0
    rows = [_question(one, paused) for one in found] + [_plan(one) for one in plans]
    lines = table(("approval", "kind", "status", "age", "question"), rows, cut=4, width=width())
    documents: list[dict[str, Any]] = [{**document(one, names), "run_paused": one.run in paused} for one in found]
    session.show([*documents, *({"kind": "plan", **document(one, names)} for one in plans)], lines)
    session.say_more(found.next)
    return 0


async def _plans(flow: AgentFlow) -> list[Goal]:
    """The goals whose plans wait for a review: `goal approve` and `goal reject` decide these. The oldest first."""
    return list(reversed(await flow.goals.list(status="review")))


async def _paused(flow: AgentFlow, asked: Sequence[Approval]) -> frozenset[str]:
    """The runs among those that ask which are paused: what is decided is heard when they go on."""
    open_ones = any(one.status == "pending" for one in asked)
    return frozenset(run.id for run in await flow.runs.list(status="paused", most=1000)) if open_ones else frozenset()


def _question(approval: Approval, paused: Container[str]) -> tuple[Cell, ...]:
    waits = approval.status == "pending" and approval.run in paused
    status, asked = state("run paused" if waits else approval.status), approval.question
    return approval.id, approval.kind, status, age(approval.created_at), asked


def _plan(goal: Goal) -> tuple[Cell, ...]:
    return goal.id, "plan", state(goal.status), age(goal.updated_at), goal.text


@app.command()
@command
async def show(session: Session, approval: ApprovalId) -> None:
    """One question: what will happen and why it asks, the plan around it, who may decide it and who said what."""
    no_goals(session, [approval], "show")
    async with session.existing() as flow:
        seen, me = await (await flow.approvals.get(approval)).sight(), flow.principal
    session.show(sight_document(seen), sight_lines(seen, width()))
    if seen.case.approval.status == "pending" and not session.as_json:
        for line in _ways(seen.case, me, session):
            session.say(line)


def _ways(case: Case, me: Principal, session: Session) -> list[str]:
    """The commands with which this person decides, or why they may not."""
    from ..approvals.ruling import barred

    if why := barred(case, me, "reject"):
        return [why]
    *agreeing, refusing = ways(case.approval, session)
    own = barred(case, me, "approve") if case.approval.kind == "call" else None
    return [own, refusing] if own else [*agreeing, refusing]
