"""A trial in words: how each way ends, what it does on the way, and what all of them together have shown. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ..graph.labels import span
from ..guest.values import compact
from ..records import Json, StepView
from . import Walk
from .report import Path, way

_SAID = {
    "approve": "approved", "reject": "rejected", "expired": "nobody decides in time", "withdrawn": "not needed",
    "happened": "it is said to have happened", "not_happened": "it is said not to have happened",
}  # fmt: skip
_QUIET = frozenset({"progress", "timeout"})


def headline(path: Path) -> str:
    """The choices of a way, and how it ends."""
    said = ", ".join(way(path.walk))
    return f"{said}: {ending(path)}" if said else ending(path)


def ending(path: Path) -> str:
    """How a way ends."""
    walk = path.walk
    after = f" after {lasting(walk.seconds)}" if walk.seconds else ""
    match walk.outcome, path.verdict:
        case "completed", _:
            return f"completed{after}"
        case "stuck", _:
            return "waits for ever"
        case "limit", _:
            return f"goes on and on, given up after {len(walk.steps)} steps and {lasting(walk.seconds)}"
        case _, "fault":
            return f"the plan fails by its own fault: {_error(walk.error)}"
        case _, "unsure":
            return f"stops at a made-up value: {_error(walk.error)}"
    return f"ends{after} with {_error(walk.error)}"


def _error(error: Json) -> str:
    place = f" (line {error['line']})" if error.get("line") else ""
    return f"{error['type']}: {error['message']}{place}"


def lasting(seconds: float) -> str:
    """A length of time in one unit or two: `2 days`, `1 day 3 hours`."""
    whole = round(seconds)
    for size, less in ((86_400, 3_600), (3_600, 60), (60, 1)):
        if whole >= size and whole % size >= less:
            rest = whole % size // less * less
            return f"{span(whole - whole % size)} {span(rest)}"
    return span(float(whole)) if whole else "0 seconds"


def steps(walk: Walk) -> Iterator[tuple[str, str]]:
    """What is done on a way: each step's name, and what it is."""
    said = {asked.step: asked.said for asked in walk.asked}
    for step in walk.steps:
        if step.kind not in _QUIET:
            yield _name(step), "; ".join(_what(step, said.get(step.key)))
    if walk.outcome == "completed" and walk.result is not None:
        yield "returns", compact(walk.result)


def _name(step: StepView) -> str:
    name = step.key.removesuffix("/undo").removesuffix("#1")
    return f"undo {name}" if step.kind == "undo" else name


def _what(step: StepView, said: str | None) -> Iterator[str]:
    match step.kind:
        case "do" | "undo":
            yield f"{step.tool} {_arguments(step.args)}".strip() if step.tool else "a function of the plan"
        case "sleep" | "sleep_until":
            yield f"sleeps {lasting((step.ended_at or step.started_at) - step.started_at)}"
        case "wait_for_event" if step.state == "done":
            yield f"the event {step.result['type']} comes"
        case "ask" if step.state == "done":
            yield f"the answer is {compact(step.result)}"
        case "delegate":
            yield "another agent does it"
    if said in _SAID:
        yield _SAID[said]
    if step.attempts > 1:
        yield f"{step.attempts} tries"
    if step.state == "failed" and said not in ("reject", "expired"):
        yield f"fails: {step.error['type']}"
    elif step.state == "withdrawn":
        yield "withdrawn"


def _arguments(args: Json) -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in args.items()) if isinstance(args, dict) else str(args)


def _value(value: Json) -> str:
    match value:
        case {"$decimal": str(digits)}:
            return digits
        case {"$datetime": str(moment)}:
            return moment
    return compact(value)


def summary(trial: Json) -> str:
    """What is kept of a trial (`Trial.summary`), in a line."""
    count = trial["paths"]
    said = [f"tried on {count} way{'s' if count != 1 else ''}"]
    if trial["fault"]:
        said.append(f"{trial['fault']} fail{'s' if trial['fault'] == 1 else ''} by the plan's own fault")
    if trial["unsure"]:
        said.append(f"{trial['unsure']} stop{'s' if trial['unsure'] == 1 else ''} at a made-up value")
    if trial["left"]:
        said.append(f"{trial['left']} more not taken")
    if trial["missed"]:
        said.append("none comes to " + ", ".join(_place(node) for node in trial["missed"]))
    return "; ".join(said)


def _place(node: Json) -> str:
    name = repr(node["name"]) if node["name"] else node["kind"]
    return f"{name} (line {node['line']})"
