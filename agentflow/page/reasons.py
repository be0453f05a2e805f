"""Why a run stands where it stands, in words: what it waits for, what went wrong and what can be done. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..records import FINISHED, Approval, Json, Run, StepView
from ..wording import step_name

FAULTS = {
    "plan": "the plan's own",
    "tool": "a tool's: it could not do what it was asked",
    "host": "this house's: its machine, a limit or a model's server",
    "person": "a person's decision",
    "caller": "that of whoever asked for it",
}
"""Whose fault an error is."""
_WAITS = {
    "approval": "a person to agree",
    "answer": "a person to answer",
    "outcome": "a person to say whether it happened",
    "sleep": "the end of a sleep",
    "retry": "its next attempt",
}
_PEOPLE = frozenset({"approval", "answer", "outcome"})
_REPAIRS = {
    "plan": "Have the plan written anew: its model is told what was done and what went wrong.",
    "tool": "When the tool can do it, restart from this step: what was done before stays done. If the plan should do"
    " something else, have it written anew.",
    "host": "When that is mended, restart from this step: what was done before stays done.",
    "person": "Restart from this step to ask again, or have the plan written anew if it should do something else.",
    "caller": "Start another run with what it needs.",
}
_PARKED = {
    "on request": "Resume it, and it goes on where it was.",
    "refused": "It goes on by itself when this is taken away.",
    "diverged": "Move it to a version that its history fits, have the plan written anew, or cancel the run.",
}


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that a run waits for."""

    words: str
    step: str
    since: float
    until: float | None
    left: float | None
    to: str | None
    """Where that can be decided or seen."""
    person: bool = False
    """Whether only a person can move it."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong."""

    error: str
    fault: str
    step: str | None
    """The key of the step that it came from."""
    name: str | None
    line: int | None
    repair: str
    again: bool
    """Whether the same step may come to another end."""
    data: Json = None


def waits(run: Run, approvals: Sequence[Approval], children: Mapping[str, str]) -> Iterator[Wait]:
    """What a run waits for, with the way to whoever can move it; `children` are addresses by step."""
    asked = {one.step: f"/approvals/{one.id}" for one in approvals if one.status == "pending"}
    for wait in (run.reason or {}).get("waits", ()):
        step = wait["step"]
        to = children.get(step) if wait["for"] == "run" else asked.get(step)
        person = wait["for"] in _PEOPLE
        yield Wait(_words(wait), step, wait["since"], wait.get("until"), wait.get("left"), to, person)


def _words(wait: Json) -> str:
    match wait["for"]:
        case "event":
            return f"an event of type {' or '.join(wait['types'])}"
        case "run":
            return f"what was handed to agent {wait['agent']}"
        case other:
            return _WAITS[other]


def trouble(run: Run, steps: Sequence[StepView]) -> Trouble | None:
    """What a run failed of, or None."""
    error = run.error
    if not error:
        return None
    step = culprit(run, steps)
    fault = error.get("fault") or "plan"
    line = error.get("line") or (step.line if step else None)
    repair, said = _REPAIRS.get(fault, _REPAIRS["plan"]), f"{error.get('type')}: {error.get('message')}"
    name = step_name(step.key) if step else error.get("step")
    again, key = bool(step) and fault in ("tool", "host", "person"), step.key if step else None
    return Trouble(said, FAULTS.get(fault, fault), key, name, line, repair, again, error.get("data"))


def culprit(run: Run, steps: Sequence[StepView]) -> StepView | None:
    """The step that a run failed of: the last one with this very error."""
    error = run.error or {}
    return next(
        (
            step
            for step in reversed(steps)
            if step.error and (step.name, step.error["message"]) == (error.get("step"), error.get("message"))
        ),
        None,
    )


def parked(run: Run) -> tuple[str, str] | None:
    """Why a run is paused, and what moves it."""
    if run.status != "paused":
        return None
    word = run.reason["paused"]
    return run.reason.get("message") or word, _PARKED.get(word, "")


def chosen(run: Run, steps: Sequence[StepView], key: str) -> StepView | None:
    """The step that somebody looks at: the one that they named, else the one that matters most."""
    if key:
        return next((step for step in steps if step.key == key), None)
    going = [step for step in steps if step.ended_at is None and step.kind != "timeout"]
    asking = [step for step in going if step.state in ("asking", "unknown")]
    return culprit(run, steps) or next(iter(asking or going), None)


def acts(run: Run) -> frozenset[str]:
    """What can be done with a run as it stands."""
    over = run.status in FINISHED
    known = {"restart", "delete"}
    if not over:
        known |= {"cancel", "send", "move", "resume" if run.status == "paused" else "pause"}
    if run.status == "paused" and run.reason["paused"] != "on request":
        known -= {"resume"}
    if run.status in ("failed", "paused"):
        known.add("revise")
    if over and run.rollback and run.rollback["outcome"] == "failed":
        known.add("rollback")
    return frozenset(known)
