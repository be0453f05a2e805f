"""A goal and a model's answers to it as they are shown, and the plan that came of it."""

from __future__ import annotations

from collections.abc import Iterator

from ..cli import findings as told
from ..cli.following import took
from ..cli.goals import answers, goal_facts, headline
from ..cli.text import facts as text_facts
from ..cli.times import clock
from ..records import Attempt, Feedback, Goal
from .asking import name
from .markup import Html, facts, fold, join, section, soft, state, tag
from .plans import answers as summed
from .plans import body, written
from .scenes import GoalScene
from .sheet import Sheet, head
from .values import folded


def shown(scene: GoalScene) -> Sheet:
    """A goal with its answers and its plan."""
    goal = scene.goal
    lines = text_facts(goal_facts(goal, {goal.agent: scene.agent}), indent=0)
    parts = [
        head(f"Goal {goal.id}", state(goal.status), soft(f"for {scene.agent}")),
        tag("p", tag("b", goal.text)),
        facts(_facts(scene)),
        section("What the model answered", *_talk(goal)),
    ]
    if scene.plan:
        parts += [section(f"The plan {scene.agent}@{scene.plan.plan.number}", fold("Read it", body(scene.plan)))]
    return Sheet([*lines, *answers(goal)], join(parts), scene.note)


def one_record(goal: Goal) -> Sheet:
    """What is known of a goal by itself."""
    return shown(GoalScene(goal, name(goal.agent)))


def one_attempt(attempt: Attempt) -> Sheet:
    """An answer by itself."""
    lines = [headline(attempt), *told.lines(attempt.findings, "plan", indent="  ")]
    title = head(f"Answer {attempt.number}", _word(attempt), soft(f"{attempt.model}{took(attempt)}"))
    return Sheet(lines, join([title, _inside(attempt)]))


def _facts(scene: GoalScene) -> list[tuple[str, str | None]]:
    goal = scene.goal
    return [
        ("because", goal.reason),
        ("payload", folded("", goal.payload) if goal.payload else None),
        ("it took", summed(goal.attempts) if goal.attempts else None),
        ("written for", f"goal {goal.reused}, so no model was asked" if goal.reused else None),
        ("follows on", f"run {goal.revises}" if goal.revises else None),
        ("plan", f"{scene.agent}@{goal.version}" if goal.version else None),
        ("run", goal.run),
        ("made", f"{clock(goal.created_at)} by {goal.created_by}"),
    ]


def _talk(goal: Goal) -> Iterator[Html]:
    """The answers, and between them what people said."""
    for attempt in goal.attempts:
        yield from (_said(one) for one in goal.feedback if one.before == attempt.number)
        summary = [f"Answer {attempt.number} ", _word(attempt), soft(f" {attempt.model}{took(attempt)}")]
        yield fold(join(summary), _inside(attempt))
    yield from (_said(one) for one in goal.feedback if one.before > len(goal.attempts))


def _said(one: Feedback) -> Html:
    return tag("p", tag("b", one.by), f": {one.text}" if one.text else f": {one.kind}")


def _word(attempt: Attempt) -> Html:
    """Whether the plan of an answer passed the checks."""
    errors = sum(one.severity == "error" for one in attempt.findings)
    if attempt.source is None:
        return state("failed" if attempt.error else "no plan")
    return join([state("refused"), f" {told.summary(attempt.findings)}"]) if errors else state("done")


def _inside(attempt: Attempt) -> Html:
    error = tag("div", attempt.error, cls="error") if attempt.error else ""
    if attempt.source is None:
        return join([error, tag("pre", attempt.reply) if attempt.reply else ""])
    return join([error, written(attempt.source, attempt.findings)])
