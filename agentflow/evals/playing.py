"""A case of a task as a walk meets it: what tools answer, what people say, which events come. Pure."""

from __future__ import annotations

from ..trial import Answer, Coming, Given, Say
from .task import Case, Decision, Played


def given(case: Case) -> Given:
    """What a walk is given for this case. What it leaves out is made up, but for events: only its own come."""
    return Given(
        payload=case.payload,
        answers={tool: [*map(_answer, played)] for tool, played in case.results.items()},
        decisions={pattern: _say(said) for pattern, said in case.decisions.items()},
        events=[Coming(event.type, event.payload, event.after) for event in case.events],
    )


def _answer(played: Played) -> Answer:
    wrong = played.fail if played.unknown is None else played.unknown
    if wrong is None:
        return Answer(played.value, played.when)
    return Answer(None, played.when, wrong, played.type or "ToolFailed", unknown=played.unknown is not None)


def _say(said: Decision) -> Say:
    if said.kind in ("answer", "happened"):
        return Say(said.kind, said.value)
    return Say(said.kind, comment=None if said.value is None else str(said.value))
