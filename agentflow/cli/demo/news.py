"""What is new in a run, as lines for a person: one for each thing that was delivered to it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ...records import Json, StepView
from ..text import one_line

Mark = Literal["done", "failed", "open"]


@dataclass(frozen=True, slots=True)
class Line:
    """A step and what happened to it."""

    mark: Mark
    step: str
    note: str


def delivered(item: Mapping[str, Json], steps: Mapping[str, StepView]) -> Line | None:
    """The line of one item of a run's history; None where there is nothing to say."""
    key, _, what = item["key"].rpartition(":")
    match item["kind"]:
        case "outcome":
            return _outcome(steps[key], what, item["body"])
        case "timer" if what == "due":
            return Line("done", steps[key].name, "woke up")
        case "decision":
            return _decision(steps[item["key"]], item["body"])
    return None


def begun(step: StepView) -> Line | None:
    """The line of a step that has begun and will take a while."""
    if step.state == "sleeping" and step.due is not None:
        seconds = step.due - step.started_at
        return Line("open", step.name, f"asleep for {seconds:g} s, as a row in the database")
    return None


def under_way(steps: Sequence[StepView]) -> str | None:
    """What the run is at, in a few words."""
    for step in reversed(steps):
        match step.state:
            case "running":
                return f"{step.name}: attempt {step.attempts}"
            case "retrying":
                return f"{step.name}: attempt {step.attempts + 1} follows"
            case "sleeping":
                return f"{step.name}: asleep"
    return None


def _outcome(step: StepView, attempt: str, body: Json) -> Line:
    if "ok" in body:
        return Line("done", step.name, f"{step.tool}, attempt {attempt}" if attempt != "1" else str(step.tool))
    if body.get("interrupted"):
        return Line("failed", step.name, f"attempt {attempt} was interrupted")
    return Line("failed", step.name, f"attempt {attempt}: {one_line(body['error']['message'])}")


def _decision(step: StepView, body: Json) -> Line:
    mark: Mark = "failed" if body["action"] == "reject" else "done"
    return Line(mark, step.name, f"{body['status']} by {body['by']}")
