"""How far a run came, in short, for a model that writes its plan anew: without what is sensitive. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from ..records import Json, Run
from ..redaction import values
from .following import Past
from .steps import OpenStep
from .veiling import veiled

STEPS = 60
"""How many steps are told: the first and the last of them."""
LONGEST = 300
"""Characters of a result or an error."""
_SILENT = frozenset({"timeout", "progress"})
_SHORT = 4
"""What is shorter than this is too common to be looked for in other texts."""


def recounted(past: Past, failed: str | None = None, *, shared: bool = False) -> dict[str, Json]:
    """`status`, `error`, `failed` (the step that went wrong), `steps`, and how many `more` there are.

    Values of the payload are told only where they are `shared` with the model.
    """
    steps = [step for step in past.machine.steps.values() if step.command.kind not in _SILENT]
    hidden = _hidden(past.run, steps, shared=shared)
    wrong = failed or _failed(past.run, steps)
    first, last = (steps, []) if len(steps) <= STEPS else (steps[: STEPS // 2], steps[-STEPS // 2 :])
    return {
        "status": past.run.status,
        "error": _error(past.run.error, past.machine.steps.get(wrong or ""), hidden),
        "failed": wrong,
        "steps": [_told(step, hidden) for step in [*first, *last]],
        "more": len(steps) - len(first) - len(last),
    }


def _failed(run: Run, steps: Iterable[OpenStep]) -> str | None:
    """The step that an error came from, or the last one whose failure made a run stop."""
    if run.status != "failed":
        return None
    error = run.error or {}
    return next((step.key for step in reversed([*steps]) if step.error and _is_of(step, error)), None)


def _is_of(step: OpenStep, error: dict[str, Json]) -> bool:
    """Whether this is the error of a step, which a run has without what is sensitive."""
    said = {step.error["message"], veiled(step.error)["message"] if step.spec.get("sensitive") else None}
    return step.command.name == error.get("step") and error.get("message") in said


def _told(step: OpenStep, hidden: Mapping[str, str]) -> dict[str, Json]:
    secret, call = bool(step.spec.get("sensitive")), step.spec.get("call") or {}
    result = None
    if step.state == "done":
        result = "[sensitive]" if secret else _short(json.dumps(step.result, ensure_ascii=False), hidden)
    return {
        "step": _short(step.key.removesuffix("#1"), hidden),
        "state": step.state,
        "tool": call.get("tool") or ("function" if step.command.kind == "do" else step.command.kind),
        "line": step.command.line,
        "result": result,
        "error": _error(step.error, step, hidden),
    }


def _error(error: Json, step: OpenStep | None, hidden: Mapping[str, str]) -> str | None:
    if not error:
        return None
    if step is not None and step.spec.get("sensitive"):
        return f"{error['type']}: [sensitive]"
    place = f" (line {error['line']})" if error.get("line") else ""
    return _short(f"{error['type']}: {error['message']}{place}", hidden)


def _short(text: str, hidden: Mapping[str, str]) -> str:
    """On one line, without what was sensitive and without a way out of the part of the prompt where it stands."""
    for secret, place in hidden.items():
        text = text.replace(secret, place)
    text = " ".join(text.split()).replace("<", "\\u003c")
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _hidden(run: Run, steps: Iterable[OpenStep], *, shared: bool) -> Mapping[str, str]:
    """What stands in sensitive arguments and results, since other texts may tell it, too, and in a payload that is not
    shared; with what is told in its place, the longest first."""
    secret = [step for step in steps if step.spec.get("sensitive")]
    given = [[(step.spec.get("call") or {}).get("args"), step.result] for step in secret]
    hidden = dict.fromkeys([] if shared else _texts(run.payload), "[payload]")
    hidden |= dict.fromkeys(_texts(given), "[sensitive]")
    return dict(sorted(hidden.items(), key=lambda one: (-len(one[0]), one[0])))


def _texts(document: Json) -> Iterator[str]:
    """The values in a document that are looked for, also as JSON writes them."""
    for value in values(document):
        for text in (value, json.dumps(value, ensure_ascii=False)[1:-1]):
            if len(text) >= _SHORT:
                yield text
