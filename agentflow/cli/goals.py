"""agentflow submit and agentflow goal: what agents were asked for, and how it was planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from ..errors import AgentFlowError, Conflict, NotFound, PlanRefused, ProviderError, RunFailed, StillWaiting
from ..graph.diff import PlanDiff
from ..graph.words import abilities
from ..records import Attempt, Goal, GoalStatus, Spent, revisions, total
from ..wording import age, spent, visible
from . import findings, revising
from .diffs import drawn, read, sentences
from .editing import edited
from .following import Teller, follow_goal, replaced, taken, took
from .given import (
    AgentName,
    Comment,
    Containing,
    Cursor,
    GoalId,
    Most,
    Payload,
    Since,
    Until,
    Wait,
    file_text,
    parse_payload,
    text_or_file,
    when,
    write_file,
)
from .plans import print_source
from .runs import attend
from .session import Session, command, stderr, width
from .shown import agent_names, document
from .text import Cell, facts, hanging, one_line, state, table, value
from .times import moment

if TYPE_CHECKING:
    from ..app import AgentFlow, GoalHandle

app = typer.Typer(no_args_is_help=True, help="Goals: what agents were asked for, and how it was planned.")

Text_ = Annotated[
    str, typer.Argument(metavar="GOAL", help="What is to be done, in words; or @FILE.", show_default=False)
]
PlanOnly = Annotated[bool, typer.Option("--plan-only", help="Stop when there is a plan; `goal approve` starts it.")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Ask the model, though there is a plan for this goal.")]
SharePayload = Annotated[
    bool, typer.Option("--share-payload", help="Let the model see the payload's values, not only its keys and types.")
]
OfAgent = Annotated[str | None, typer.Option("--agent", metavar="AGENT", help="Only this agent's.")]
WithStatus = Annotated[GoalStatus | None, typer.Option("--status", help="Only these.", metavar="STATUS")]
Wanted = Annotated[str, typer.Option("--comment", metavar="TEXT", help="What is to be changed.", show_default=False)]
NewPlan = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="A file with the plan; - is stdin.", show_default=False)
]
Number = Annotated[int | None, typer.Option("--attempt", metavar="K", min=1, help="The K-th answer, with its source.")]


_OPEN = ("planned", "review")
"""A person decides on the plan."""


@command
async def submit(
    session: Session,
    agent: AgentName,
    goal: Text_,
    payload: Payload = None,
    plan_only: PlanOnly = False,
    fresh: Fresh = False,
    share_payload: SharePayload = False,
    wait: Wait = False,
) -> int:
    """Give an agent a goal. Prints its id; with --wait, what comes of it."""
    given, words = parse_payload(payload), text_or_file(goal)
    async with session.existing(worker=wait) as flow:
        submitted = await (await flow.agents.get(agent)).submit(
            words, given, plan_only=plan_only, fresh=fresh, share_payload=share_payload
        )
        _tell_reuse(session, agent, submitted.record)
        if wait:
            session.say(f"goal {submitted.id}")
            await session.mind_workers(flow)
            return await _wait(session, flow, submitted)
        session.show(document(submitted.record, await agent_names(flow)), [submitted.id])
        await session.mind_workers(flow, waitable=True)
    return 0


def _tell_reuse(session: Session, agent: str, goal: Goal) -> None:
    if goal.reused is not None:
        session.say(
            f"no model was asked: {agent}@{goal.version} is taken again, which was written for goal {goal.reused}"
            " (--fresh asks one)"
        )


async def _wait(session: Session, flow: AgentFlow, handle: GoalHandle) -> int:
    goal = await follow_goal(handle, Teller(stderr()))
    if goal.run is not None and goal.status == "started":
        run = await flow.runs.get(goal.run)
        session.say(f"run {run.id}")
        return await attend(session, flow, run)
    if goal.status == "planned":
        names = await agent_names(flow)
        session.show(document(goal, names), [f"{names.get(goal.agent, goal.agent)}@{goal.version}"])
        session.say(f"start it with `{session.command(f'goal approve {goal.id}')}`")
        return 0
    if session.as_json:
        session.show_json(document(goal, await agent_names(flow)))
    raise ended(session, goal)


def ended(session: Session, goal: Goal) -> AgentFlowError:
    """What a goal that led to no run is, as an error with its exit status."""
    why = f"goal {goal.id} is {goal.status}: {goal.reason}"
    match goal.status:
        case "review":
            approve, look = (session.command(f"goal {verb} {goal.id}") for verb in ("approve", "show"))
            return StillWaiting(f"a person must look at the plan (`{look}`), then `{approve}`")
        case "refused":
            return PlanRefused(why)
        case "failed":
            return ProviderError(why)
    return RunFailed(why)


@app.command("list")
@command
async def list_goals(
    session: Session,
    agent: OfAgent = None,
    status: WithStatus = None,
    since: Since = None,
    until: Until = None,
    text: Containing = None,
    most: Most = 100,
    cursor: Cursor = None,
) -> None:
    """Goals, the newest first. Where there are more, standard error names the --cursor that goes on."""
    begin, end = when(since, "--since"), when(until, "--until")
    async with session.existing() as flow:
        found = await flow.goals.list(
            agent=agent, status=status, since=begin, until=end, text=text, most=most, cursor=cursor
        )
        names = await agent_names(flow)
    if not found and not session.as_json:
        session.say("no such goals")
        return
    rows = [
        (one.id, names.get(one.agent, one.agent), state(one.status), age(one.created_at), one.text) for one in found
    ]
    lines = table(("goal", "agent", "status", "age", "text"), rows, cut=4, width=width())
    session.show([document(one, names) for one in found], lines)
    session.say_more(found.next)


@app.command()
@command
async def show(session: Session, goal: GoalId, attempt: Number = None) -> None:
    """A goal with the model's answers and what was found in them."""
    async with session.existing() as flow:
        found = (await flow.goals.get(goal)).record
        if attempt is not None:
            _show_attempt(session, found, attempt)
            return
        names = await agent_names(flow)
        said, diff = await _plan(flow, found, names[found.agent])
        idle = found.status == "planning" and not await flow.workers()
    lines = facts([*goal_facts(found, names), ("can do", "\n".join(said))], indent=0)
    told = {
        **document(found, names),
        "abilities": said,
        "changed": diff and asdict(diff),
        "spent": asdict(_total(found.attempts)),
    }
    session.show(told, [*lines, *answers(found), *_sum(found.attempts), *_changes(found, diff)])
    if idle:
        session.say(f"no worker is running: start one with `{session.starting}`")


@app.command()
@command
async def approve(session: Session, goal: GoalId) -> None:
    """Start the plan of a goal that was planned or waits for a review. Prints the run's id."""
    async with session.existing() as flow:
        run = await (await flow.goals.get(goal)).approve()
        session.show(document(run.record, await agent_names(flow)), [run.id])
        await session.mind_workers(flow)


@app.command()
@command
async def reject(session: Session, goal: GoalId, comment: Comment = None) -> None:
    """Refuse the plan of a goal."""
    async with session.existing() as flow:
        refused = await (await flow.goals.get(goal)).reject(comment)
        session.show(document(refused, await agent_names(flow)))
    session.say(f"goal {goal} is {refused.status}")


@app.command()
@command
async def changes(session: Session, goal: GoalId, comment: Wanted) -> None:
    """Have the plan of a goal changed before it runs: the model is asked again. The new plan waits like this one."""
    async with session.existing() as flow:
        asked = await (await flow.goals.get(goal)).ask_changes(comment)
        session.show(document(asked, await agent_names(flow)))
        session.say(f"goal {goal} is being planned again: {session.command(f'goal show {goal}')}")
        await session.mind_workers(flow)


@app.command()
@command
async def edit(session: Session, goal: GoalId, file: NewPlan = None) -> None:
    """Put another plan in the place of the one that waits: FILE, or what comes of it in your editor.

    It is checked like every plan, is a version of its own, and waits as the one before did.
    """
    async with session.existing() as flow:
        handle, names = await flow.goals.get(goal), await agent_names(flow)
        before = await _waiting(session, flow, handle.record, names)
        source = edited(before, f"{goal}.py") if file is None else file_text(file)
        if source == before:
            session.say(f"the plan of goal {goal} is as it was: nothing was stored")
            return
        try:
            now = await handle.edit(source)
        except PlanRefused as refused:
            raise _kept(session, goal, source, file, refused) from None
        session.show(document(now, names), [f"{names.get(now.agent, now.agent)}@{now.version}"])
    session.say(f"goal {goal} is {now.status}: {session.command(f'goal show {goal}')}")


async def _waiting(session: Session, flow: AgentFlow, goal: Goal, names: Mapping[str, str]) -> str:
    """The source of the plan that waits for a person."""
    if goal.status not in _OPEN or goal.version is None:
        raise Conflict(f"goal {goal.id} is {goal.status}: its plan can be edited while it is planned or in review")
    return (await (await flow.agents.get(names[goal.agent])).plan(goal.version)).source


def _kept(session: Session, goal: str, source: str, file: Path | None, refused: PlanRefused) -> PlanRefused:
    """Why a plan was refused; what somebody typed is kept."""
    place = file or Path(f"{goal}.py")
    if file is None:
        write_file(place, source)
        session.say(f"what you wrote is in {place}: mend it, then `{session.command(f'goal edit {goal} {place}')}`")
    return PlanRefused(findings.first(refused.findings, str(place)), refused.findings)


@app.command()
@command
async def cancel(session: Session, goal: GoalId) -> None:
    """Give a goal up before it has started."""
    async with session.existing() as flow:
        given_up = await (await flow.goals.get(goal)).cancel()
        session.show(document(given_up, await agent_names(flow)))
    session.say(f"goal {goal} is {given_up.status}")


async def _plan(flow: AgentFlow, goal: Goal, name: str) -> tuple[list[str], PlanDiff | None]:
    """What the plan of a goal can do, for whoever decides on it; and what it has otherwise than the one before."""
    before, is_open = revisions.replaced(goal), goal.status in _OPEN
    if goal.version is None or (before is None and not is_open):
        return [], None
    agent = await flow.agents.get(name)
    now = await read(agent, goal.version)
    said = abilities(now.graph, now.plan.tools) if is_open and now.graph else []
    return said, None if before is None else await revising.changed(agent, before, now)


def _changes(goal: Goal, diff: PlanDiff | None) -> list[Text]:
    """What is new in a plan, where a person is to read it."""
    if diff is None or goal.status not in _OPEN:
        return []
    return [Text(), *drawn(diff.diff), Text(), *sentences(diff.words)]


def goal_facts(goal: Goal, names: Mapping[str, str]) -> list[tuple[str, Cell | None]]:
    """What a goal is, and what came of it."""
    name = names.get(goal.agent, goal.agent)
    return [
        ("goal", goal.id),
        ("agent", name),
        ("status", state(goal.status)),
        ("because", one_line(goal.reason) if goal.reason else None),
        ("text", goal.text),
        ("payload", value(goal.payload) if goal.payload else None),
        ("plan", f"{name}@{goal.version}" if goal.version else None),
        ("written for", f"goal {goal.reused}" if goal.reused else None),
        ("follows on", f"run {goal.revises}" if goal.revises else None),
        ("run", goal.run),
        ("made", f"{moment(goal.created_at)} by {goal.created_by}"),
    ]


def answers(goal: Goal) -> list[Text]:
    """The model's answers, and between them what people said."""
    lines: list[Text] = []
    for attempt in goal.attempts:
        lines += [*_said(goal, attempt.number), Text(), headline(attempt)]
        found = findings.lines(attempt.findings, "plan", indent="  ")
        for line in [*replaced(attempt), *_tried(attempt), *found]:
            lines += hanging(line, width())
    return [*lines, *_said(goal, len(goal.attempts) + 1)]


_SAID = {
    "changes": "wants changes",
    "failed": "has it planned anew, since the run failed",
    "rejected": "rejects what the run asked, and has it planned anew",
    "paused": "has it planned anew, from where the run stands",
}


def _said(goal: Goal, before: int) -> list[Text]:
    """What somebody said before an answer."""
    lines: list[Text] = []
    for one in goal.feedback:
        if one.before == before:
            words = f": {one_line(one.text)}" if one.text else ""
            lines += [Text(), *hanging(Text.assemble((visible(one.by), "bold"), f" {_SAID[one.kind]}{words}"), width())]
    return lines


def headline(attempt: Attempt) -> Text:
    """An answer on one line."""
    said = findings.summary(attempt.findings) if attempt.source else one_line(attempt.error or "no plan")
    return Text.assemble((f"answer {attempt.number}", "bold"), f"  {visible(attempt.model)}{took(attempt)}: {said}")


def _tried(attempt: Attempt) -> list[Text]:
    """What a trial of its plan has shown."""
    from ..trial.words import summary

    return [Text(f"  {visible(summary(attempt.trial))}", "dim")] if attempt.trial else []


def _sum(attempts: Sequence[Attempt]) -> list[Text]:
    """What all answers took together, where there are several."""
    told = spent(_total(attempts))
    return [Text(), Text.assemble(("in all", "bold"), f"  {told}")] if told and len(attempts) > 1 else []


def _total(attempts: Sequence[Attempt]) -> Spent:
    return total(taken(attempt) for attempt in attempts)


def _show_attempt(session: Session, goal: Goal, number: int) -> None:
    attempt = next((one for one in goal.attempts if one.number == number), None)
    if attempt is None:
        raise NotFound(f"goal {goal.id} has {len(goal.attempts)} answers, not {number}")
    if session.as_json:
        session.show_json(asdict(attempt))
        return
    for line in (headline(attempt), *replaced(attempt), *_tried(attempt)):
        session.say(line)
    if attempt.source is None:
        session.show(None, [attempt.reply or ""])
    else:
        print_source(attempt.source)
    for line in findings.lines(attempt.findings, "plan"):
        session.say(line)
