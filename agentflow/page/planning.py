"""How a goal is planned: the answers that there are, what was said between them, and the one that is being written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from ..app import GoalHandle
from ..app.drafts import draft
from ..records import Attempt, Feedback, Goal, Json, Spent
from ..trial.words import summary
from .code import Line, source_lines

MOST = 20_000
"""Characters that are shown of an answer while it is written: the last ones."""


@dataclass(frozen=True, slots=True)
class Told:
    """One answer of the model, with what was said before it."""

    attempt: Attempt
    said: tuple[Feedback, ...]
    source: tuple[Line, ...]
    trial: str | None
    spent: Spent
    checked: bool
    """Whether the checks have looked at it: of the last one they may not have yet."""


@dataclass(frozen=True, slots=True)
class Now:
    """What is happening to a goal at this moment: in words, and what there is of the next answer."""

    words: str
    hint: str
    text: str = ""
    idle: bool = False
    """Whether nobody is there to do it."""


def told(goal: Goal) -> Iterator[Told]:
    """The answers so far."""
    for attempt in goal.attempts:
        yield Told(
            attempt,
            tuple(one for one in goal.feedback if one.before == attempt.number),
            tuple(source_lines(attempt.source, findings=attempt.findings)) if attempt.source else (),
            summary(attempt.trial) if attempt.trial else None,
            spent(attempt),
            _is_checked(goal, attempt),
        )


def spent(attempt: Attempt) -> Spent:
    """Tokens and US dollars of an answer."""
    return Spent(**asdict(attempt.usage), cost=attempt.cost)


def now(handle: GoalHandle, *, idle: bool) -> Now:
    """What a goal that is being planned waits for; all of the next answer where this process has it written."""
    goal, number = handle.record, len(handle.record.attempts) + 1
    if idle:
        return Now("Nothing happens: no worker is running", "", idle=True)
    if (note := _note(goal)) is None:
        return Now("It waits", goal.progress or "")
    written = draft(handle)
    if written is not None and written.attempt == number and written.text:
        return Now(f"Answer {number} is being written", _size(len(written.text)), written.text[-MOST:])
    if note.get("attempt") == number:  # by another process: of its answer there is the last line
        return Now(f"Answer {number} is being written", _size(note["characters"]), note["line"])
    if goal.attempts and not _is_checked(goal, goal.attempts[-1]):
        return Now(f"Answer {number - 1} is being checked", "The checks read it, and try it out on stand-ins.")
    return Now(f"Answer {number} is asked for", "What the model says is shown here as it comes.")


def _size(characters: int) -> str:
    return f"{characters:,} characters so far"


def _note(goal: Goal) -> dict[str, Json] | None:
    """What is noted of an answer that is being written; None where a sentence says what the goal waits for."""
    try:
        note: dict[str, Json] = json.loads(goal.progress or "{}")
    except ValueError:
        return None
    return note


def _is_checked(goal: Goal, attempt: Attempt) -> bool:
    """An answer with no finding may have been checked or not: it was, where something came after it."""
    known = attempt.findings or attempt.trial is not None or attempt.number < len(goal.attempts)
    return goal.status != "planning" or bool(known) or attempt.number < _since(goal)


def _since(goal: Goal) -> int:
    """The number of the answer that somebody's words come before; 0 where there are none."""
    return goal.feedback[-1].before if goal.feedback else 0
