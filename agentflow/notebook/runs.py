"""A run and its steps as they are shown: what it waits for or failed of, its timeline, its picture, what went in and
came out."""

from __future__ import annotations

from collections.abc import Iterator

from ..cli.shown import progress_text, run_facts, steps_table
from ..cli.text import Cell, value
from ..cli.text import facts as text_facts
from ..cli.text import state as state_text
from ..cli.times import clock
from ..graph.progress import progress
from ..page import reasons
from ..page.axis import elapsed
from ..records import FINISHED, Run, Spent, StepView
from ..wording import spent, step_name
from .asking import name
from .markup import Html, code, facts, fold, join, listed, section, soft, state, tag
from .plans import order
from .scenes import RunScene
from .sheet import Sheet, columns, head
from .sources import excerpt, source
from .timelines import inputs, step, times
from .values import block, error, folded


def shown(scene: RunScene) -> Sheet:
    """A run with its steps."""
    run, plan = scene.run, scene.plan
    names, taken = {run.agent: scene.agent}, scene.taken or Spent()
    lines = run_facts(run, names, plan.source if plan else "", taken)
    table = steps_table(scene.steps, columns(), run.error)
    parts = [
        head(f"Run {run.id}", state(run.status), soft(f"{scene.agent}@{run.version}")),
        facts(_facts(scene)),
        _trouble(scene),
        _waits(scene),
        section("Result", block(run.result)) if run.status == "completed" else "",
        section("Over time", times(run, scene.steps, scene.now)),
        *_looks(scene),
    ]
    return Sheet([*lines, *([""] if table else []), *table], join(parts), scene.note)


def one_step(one: StepView) -> Sheet:
    """A step by itself."""
    pairs: list[tuple[str, Cell | None]] = [
        ("step", step_name(one.key)),
        ("state", state_text(one.state)),
        ("tool", one.tool),
        ("line", str(one.line) if one.line else None),
        ("in", value(one.args) if one.args is not None else None),
        ("error", f"{one.error['type']}: {one.error['message']}" if one.error else None),
        ("out", value(one.result) if one.state == "done" else None),
    ]
    title = head(f"Step {step_name(one.key)}", state(one.state))
    return Sheet(text_facts(pairs, indent=0), join([title, step(one)]))


def one_record(run: Run) -> Sheet:
    """What is known of a run without its steps."""
    called = name(run.agent)
    scene = RunScene(run, called, run.updated_at)
    parts = [
        head(f"Run {run.id}", state(run.status), soft(f"{called}@{run.version}")),
        facts(_facts(scene)),
        _trouble(scene),
        _waits(scene),
        section("Result", block(run.result)) if run.status == "completed" else "",
        tag("p", soft("its steps: "), code(f"await flow.runs.get({run.id!r})")),
    ]
    return Sheet(run_facts(run, {run.agent: called}, "", Spent()), join(parts))


def _facts(scene: RunScene) -> list[tuple[str, str | None]]:
    run = scene.run
    known = run.ended_at if run.ended_at or not scene.steps else scene.now
    lasted = f", {'took' if run.ended_at else 'for'} {elapsed(known - run.created_at)}" if known else ""
    return [
        ("started", f"{clock(run.created_at)} by {run.created_by}{lasted}"),
        ("payload", folded("", run.payload) if run.payload else None),
        ("generation", str(run.generation) if run.generation > 1 else None),
        ("asked by", f"run {run.parent}" if run.parent else None),
        ("models took", spent(scene.taken) if scene.taken else None),
        ("says", progress_text(run.progress) if run.progress else None),
        *_undone(run),
    ]


def _undone(run: Run) -> Iterator[tuple[str, str | None]]:
    for which, word in (("undone", "undone"), ("left", "not undone")):
        yield word, ", ".join(map(step_name, run.rollback[which])) if run.rollback else None


def _trouble(scene: RunScene) -> Html:
    """Why it failed, at which line, and what mends it."""
    found, parked = reasons.trouble(scene.run, scene.steps), reasons.parked(scene.run)
    if parked:
        why, repair = parked
        return tag("div", tag("b", f"Paused: {why}"), tag("div", soft(repair)), cls="box warn")
    if found is None:
        return Html()
    said = [
        error(scene.run.error),
        tag("div", f"in step {found.name}" if found.name else "", f", line {found.line}" if found.line else ""),
        _line(scene, found.line),
        tag("div", soft(f"The fault is {found.fault}. {found.repair}")),
    ]
    return tag("div", *said, cls="box bad")


def _waits(scene: RunScene) -> Html:
    """What it waits for, the line that waits, and the command for whoever can move it."""
    run = scene.run
    waits = [*reasons.waits(run, (), {})] if run.status in ("waiting", "sleeping", "queued") else []
    if not waits:
        return Html()
    asked = {one.step: one.id for one in scene.questions}
    lines = {wait["step"]: wait.get("line") for wait in run.reason["waits"]}
    told = [
        join([_wait(one), _asked(scene, asked.get(one.step)), _line(scene, lines.get(one.step))])
        for one in waits
    ]  # fmt: skip
    more = run.reason.get("more")
    look = "who" if any(one.person for one in waits) else "rest"
    return tag("div", tag("b", "It waits for"), listed([*told, *([f"{more} more"] if more else [])]), cls=f"box {look}")


def _wait(one: reasons.Wait) -> str:
    until = f" until {clock(one.until)}" if one.until is not None else ""
    return f"{one.words}, in step {step_name(one.step)}, since {clock(one.since)}{until} "


def _asked(scene: RunScene, id: str | None) -> Html:
    return tag("pre", scene.session.command(f"approve {id}")) if id and scene.session else Html()


def _line(scene: RunScene, line: int | None) -> Html:
    return excerpt(scene.plan.source, line) if scene.plan else Html()


def _looks(scene: RunScene) -> Iterator[Html]:
    """What is looked into when somebody asks for it: inputs and outputs, the picture, the source."""
    run, steps = scene.run, scene.steps
    if steps:
        yield tag("section", fold("Inputs and outputs", inputs(steps)))
    if scene.graph:
        marks = progress(scene.graph, steps, over=run.status in FINISHED)
        yield order(scene.graph, f"What run {run.id} does", marks)
    if scene.plan:
        yield tag("section", fold("Source", source(scene.plan.source)))
