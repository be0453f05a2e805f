"""A version of a plan as it is shown: what it can do, where it came from, its picture, and its source with findings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..cli import findings as told
from ..cli.following import taken
from ..cli.graphs import drawn
from ..cli.plans import plan_facts, standing
from ..cli.text import facts as text_facts
from ..cli.text import numbered
from ..cli.times import clock
from ..graph.progress import Mark
from ..graph.words import abilities
from ..records import Attempt, Compiled, Finding, Graph, PlanVersion, total
from ..wording import spent
from .markup import Html, code, facts, fold, join, listed, section, soft, state, tag
from .scenes import PlanScene
from .sheet import Sheet, columns, head
from .sources import finding, found, picture, source

FOLDED = 80
"""Lines of a source from which on it is folded, and parts of a picture."""


def shown(scene: PlanScene) -> Sheet:
    """A version."""
    plan = scene.plan
    can = "\n".join(said(scene.graph, plan.tools))
    lines = text_facts([*plan_facts(plan, scene.agent), ("can do", can)], indent=0)
    title = head(f"Plan {scene.agent}@{plan.number}", state(standing(plan)), soft(plan.entry))
    return Sheet([*lines, "", *numbered(plan.source)], join([title, body(scene)]))


def body(scene: PlanScene) -> Html:
    """A version, without what it is called."""
    plan = scene.plan
    return join(
        [
            facts(_came(scene)),
            section("What it can do", listed(said(scene.graph, plan.tools))),
            order(scene.graph, f"What {scene.agent}@{plan.number} does"),
            written(plan.source, plan.findings),
        ]
    )


def order(graph: Graph | None, title: str, marks: Mapping[str, Mark] | None = None) -> Html:
    """The picture of a plan; it folds where it is large."""
    drawing = picture(graph, title, marks)
    if graph is None or len(graph.nodes) <= FOLDED:
        return section("In which order", drawing)
    return tag("section", fold("In which order", drawing))


def written(text: str, findings: Sequence[Finding] = ()) -> Html:
    """A source with its findings; it folds where it is long."""
    lines, block = text.count("\n") + 1, source(text, findings)
    if lines <= FOLDED:
        return section("Source", block)
    return join([found(findings), tag("section", fold(f"Source, {lines:,} lines", block))])


def compiled(one: Compiled) -> Sheet:
    """What the checks say of a source."""
    can, summary = said(one.graph, one.tools), told.summary(one.findings)
    parts = [
        head(f"Checks of {one.entry or 'a plan'}", state("error" if one.blob is None else "done"), soft(summary)),
        found(one.findings),
        section("What it can do", listed(can)),
        order(one.graph, "What the plan does"),
    ]
    pairs = [("checks", summary), ("can do", "\n".join(can))]
    return Sheet([*told.lines(one.findings, "plan"), *text_facts(pairs, indent=0)], join(parts))


def one_finding(one: Finding) -> Sheet:
    """A finding by itself."""
    return Sheet([*told.lines([one], "plan")], finding(one))


def one_graph(graph: Graph) -> Sheet:
    """The picture of a plan by itself."""
    return Sheet(drawn(graph, {}, columns()), picture(graph, "What the plan does"))


def said(graph: Graph | None, tools: Sequence[str]) -> list[str]:
    """What a plan can do, in sentences."""
    return abilities(graph, tools) if graph else []


def answers(attempts: Sequence[Attempt]) -> str:
    """How many answers of a model it took, and what they took."""
    many = f"{len(attempts)} answers" if len(attempts) > 1 else "the first answer"
    return ", ".join(filter(None, (many, spent(total(map(taken, attempts))))))


def _came(scene: PlanScene) -> list[tuple[str, str | None]]:
    """Where a version came from, and what has become of it."""
    plan, goal = scene.plan, scene.goal
    return [
        ("goal", goal.text if goal else None),
        ("written by", f"{plan.author}, {clock(plan.created_at)}"),
        ("it took", answers(goal.attempts) if goal and goal.attempts else None),
        ("prompt", code(plan.prompt) if plan.prompt else None),
        ("checks", told.summary(plan.findings)),
        ("approved by", plan.reviewed_by),
        ("revoked", _revoked(plan)),
        ("sha256", code(plan.sha256[:16])),
    ]


def _revoked(plan: PlanVersion) -> str | None:
    if plan.revoked_at is None:
        return None
    by, why = plan.revoked_by, plan.revoked_why
    return f"{clock(plan.revoked_at)}{f' by {by}' if by else ''}{f': {why}' if why else ''}"
