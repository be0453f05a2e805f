"""What a run, a step and a question look like as text and as documents."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ..guest.values import decode
from ..records import FINISHED, Approval, Goal, Json, Run, Schedule, Spent, StepView
from ..wording import lasting, relative, spent, step_label, step_name
from .session import Session
from .text import Cell, facts, lines_of, one_line, state, table, value
from .times import clock, moment, soon

if TYPE_CHECKING:
    from ..app import AgentFlow

_WAITS = {"approval": "a person's approval", "answer": "a person's answer", "outcome": "a person: did it happen?"}


async def agent_names(flow: AgentFlow) -> dict[str, str]:
    """The names of all agents by their ids."""
    return {agent.id: agent.name for agent in await flow.agents.list(archived=True)}


def document(record: Run | Goal | Approval | Schedule, names: Mapping[str, str]) -> dict[str, Any]:
    """A record as --json prints it: with its agent's name, which is what commands take."""
    return asdict(replace(record, agent=names.get(record.agent, record.agent)))


def with_steps(run: Run, steps: Sequence[StepView], taken: Spent, names: Mapping[str, str]) -> dict[str, Any]:
    """A run and its steps as --json prints them."""
    return {**document(run, names), "steps": [asdict(step) for step in steps], "spent": asdict(taken)}


def error_text(error: Json) -> str:
    """An error document on one line."""
    if not error:
        return ""
    place = f" (line {error['line']})" if error.get("line") else ""
    return one_line(f"{error.get('type')}: {error.get('message')}{place}")


# runs


def run_facts(run: Run, names: Mapping[str, str], plan: str, taken: Spent) -> list[Text]:
    """What a run is, what it waits for, and what came of it; `plan` is its source, `taken` what models took."""
    waits = run.reason.get("waits", []) if run.reason else []
    pairs: list[tuple[str, Cell | None]] = [
        ("run", run.id),
        ("plan", f"{names.get(run.agent, run.agent)}@{run.version}"),
        ("status", state(run.status)),
        ("goal", run.goal),
        ("schedule", _scheduled(run.schedule) if run.schedule else None),
        ("payload", value(run.payload) if run.payload else None),
        ("started", f"{moment(run.created_at)} by {run.created_by}"),
        ("asked by", f"run {run.parent}, step {step_name(run.parent_step or '')!r}" if run.parent else None),
        ("generation", str(run.generation) if run.generation > 1 else None),
        *_moved(run, names),
        ("ended", moment(run.ended_at) if run.ended_at else None),
        ("models took", spent(taken) or None),
        ("says", f"{progress_text(run.progress)}, {relative(run.progress['at'])}" if run.progress else None),
        *_paused(run.reason),
        *(("waits for", wait_text(wait, plan)) for wait in waits),
        ("and", f"{run.reason['more']} more" if run.reason and run.reason.get("more") else None),
        ("error", error_text(run.error)),
        ("of step", step_name(run.error["step"]) if run.error and run.error.get("step") else None),
        ("fault", f"the {run.error['fault']}'s" if run.error and run.error.get("fault") else None),
        ("data", value(run.error["data"]) if run.error and run.error.get("data") is not None else None),
        *_undone(run.rollback),
        ("result", lines_of(run.result) if run.status == "completed" else None),
    ]
    return facts(pairs, indent=0)


def _moved(run: Run, names: Mapping[str, str]) -> list[tuple[str, Cell | None]]:
    """Of which versions the run was, where it went on with a new one."""
    name = names.get(run.agent, run.agent)
    return [
        ("went on", f"with {name}@{move.version} from generation {move.generation} on, before with @{move.before}")
        for move in run.moves
    ]


def _scheduled(schedule: Json) -> str:
    seen = decode(schedule)
    return f"{seen['name']}, for {clock(seen['scheduled_at'].timestamp())}"


def _paused(reason: Json) -> list[tuple[str, Cell | None]]:
    if not reason or "paused" not in reason:
        return []
    since = f" since {moment(reason['since'])}" if "since" in reason else ""
    told = reason.get("message")
    return [("paused", f"{reason['paused']}{since}"), ("because", one_line(told) if told else None)]


def progress_text(progress: Json) -> str:
    """What the plan said last of how far it is."""
    part = "" if progress["fraction"] is None else f" ({progress['fraction']:.0%})"
    return f"{one_line(progress['message'])}{part}"


def _undone(rollback: Json) -> list[tuple[str, Cell | None]]:
    """What was undone, and what was not."""
    if not rollback:
        return []
    undone, left = (", ".join(map(step_name, rollback[which])) or None for which in ("undone", "left"))
    return [("undone", undone), ("not undone", left), ("because", error_text(rollback["error"]) or None)]


def wait_text(wait: Json, plan: str) -> str:
    """For what a run waits: since when, until when, and the line of the plan that waits."""
    kind = wait["for"]
    what = _WAITS.get(kind, f"a {kind}")
    if kind == "event":
        what = f"an event of type {' or '.join(wait['types'])}"
    elif kind == "run":
        what = f"what was delegated to agent {wait['agent']}"
    until = f"\nuntil {moment(wait['until'])}" if wait.get("until") is not None else ""
    left = f"\n{lasting(wait['left'])} left when it goes on" if wait.get("left") is not None else ""
    text = plan.splitlines()
    line = wait.get("line")
    code = f"\nline {line}: {text[line - 1].strip()}" if line and line <= len(text) else ""
    return f"{what}, step {step_name(wait['step'])!r}\nsince {moment(wait['since'])}{until}{left}{code}"


def steps_table(steps: Sequence[StepView], width: int, error: Json = None) -> list[Text]:
    """The steps of a run; `error` is the run's own, which is shown already."""
    now = time.time()
    rows = [
        (step_label(step), state(step.state), str(step.attempts or ""), _took(step, now), _note(step, error or {}))
        for step in steps
    ]
    return table(("step", "state", "tries", "took", "what"), rows, cut=4, width=width) if rows else []


def _took(step: StepView, now: float) -> str:
    return lasting((now if step.ended_at is None else step.ended_at) - step.started_at)


def _note(step: StepView, error: Json) -> str:
    if step.error and (step.name, step.error.get("message")) == (error.get("step"), error.get("message")):
        return "see the run's error"
    if step.error:
        return error_text(step.error)
    if step.ended_at is None and step.due is not None:
        return f"until {soon(step.due)}"
    what = step.tool or ("function" if step.kind == "do" else step.kind.replace("_", " "))
    tokens = spent(step.spent) if step.spent else ""
    return f"{what}, {tokens}" if tokens else what


# questions


def answer_form(schema: Json) -> str:
    """What an answer may be, in a few words."""
    if isinstance(schema, dict) and "enum" in schema:
        return "one of " + ", ".join(value(choice) for choice in schema["enum"])
    return "a text" if schema == {"type": "string"} else f"JSON that fits {value(schema)}"


def ways(approval: Approval, session: Session) -> list[str]:
    """The commands that decide a question."""
    approve, reject = (session.command(f"{verb} {approval.id}") for verb in ("approve", "reject"))
    options = {
        "call": ["", *([" --edit"] if approval.editable else [])],
        "ask": [" --answer JSON"],
        "outcome": [" --happened JSON", " --not-happened"],
    }
    return [*(approve + option for option in options[approval.kind]), f"{reject} --comment WHY"]


def finished(run: Run) -> bool:
    """Whether a run has ended."""
    return run.status in FINISHED
