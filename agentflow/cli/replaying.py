"""agentflow run replay: a history replayed without any effect, and where the run stood at a step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from ..errors import PlanRefused
from ..records import Run
from ..records.moments import Branch, Moment, Name, Replay
from ..wording import step_label, step_name
from . import findings
from .given import file_text
from .recorded import RunOrFile, a_run
from .session import Session, command, width
from .sights import excerpt
from .text import Cell, facts, state, table, value
from .times import clock

To = Annotated[str | None, typer.Option("--to", metavar="STEP", help="Only as far as this: NAME or NAME#K.")]
Other = Annotated[
    Path | None, typer.Option("--plan", metavar="FILE", help="On this plan, in place of the run's own; - is stdin.")
]


@command
async def replay(session: Session, run: RunOrFile, to: To = None, plan: Other = None) -> int:
    """Replay a run's history without any effect: on its own code or another; with --to, what it knew at a step.

    Exit status 1 where the code does something else than the history says.
    """
    source = None if plan is None else file_text(plan)
    async with a_run(session, run) as handle:
        try:
            found = await handle.replay(source, to=to)
        except PlanRefused as refused:
            raise PlanRefused(findings.first(refused.findings, str(plan or run))) from refused
        shown = source or (await handle.plan()).source
    session.show(_document(handle.record, found), [*where(found.moment, shown), *difference(found, shown)])
    on = summary(found, str(plan) if plan else "its own code")
    session.say(f"run {handle.id} {on}")
    return 0 if found.same else 1


def _document(run: Run, found: Replay) -> dict[str, object]:
    return {"run": run.id, "generation": run.generation, "same": found.same, **asdict(found)}


def summary(found: Replay, code: str) -> str:
    """What a replay on some code came to, in a line."""
    if found.same:
        turns = "its turn is" if found.of == 1 else f"all {found.of} turns are"
        return f"on {code}: {turns} as {'it was' if found.of == 1 else 'they were'}"
    return f"on {code}: {found.turns} of {found.of} turns are as they were"


def difference(found: Replay, source: str) -> Iterator[Text]:
    """Where a replay does something else, for a terminal."""
    if found.same:
        return
    step = step_name(found.step) if found.step else None
    yield from facts([("turn", str(found.turns + 1)), ("step", step), ("was", found.was), ("now", found.now)], indent=0)
    yield from excerpt(source, found.line, width())


def where(moment: Moment | None, source: str) -> Iterator[Text]:
    """Where a run stood, for a terminal."""
    if moment is None:
        return
    beside = ", ".join(map(step_name, moment.next)) or None
    told = [("before", step_name(moment.step)), ("turn", str(moment.turn)), ("clock", clock(moment.at))]
    yield from facts([*told, ("beside", beside)], indent=0)
    yield from excerpt(source, moment.line, width())
    for branch in moment.branches:
        yield from _branch(branch, moment.step)
    if moment.more:
        yield Text(f"and {moment.more} more branches", "dim")
    if moment.recorded:
        yield Text()
        rows = [(step_label(step), state(step.state), _known(step.result, step.error)) for step in moment.recorded]
        yield from table(("recorded", "state", "result"), rows, cut=2, width=width())


def _branch(branch: Branch, step: str) -> Iterator[Text]:
    if not branch.places:
        return
    yield Text()
    waits = "waits for it" if branch.waits == step else f"waits for {step_name(branch.waits)}" if branch.waits else ""
    for place in reversed(branch.places):
        yield Text.assemble((f"in {place.function}, line {place.line}", "bold"), (f"  {waits}" if waits else "", "dim"))
        yield from facts([(name.name, _held(name)) for name in place.names], indent=2)
        waits = ""


def _held(name: Name) -> Cell:
    if name.shown:
        return value(name.value)
    return Text(f"{name.type}" if name.size is None else f"{name.type} of {name.size:,} characters", "dim")


def _known(result: object, error: object) -> Cell:
    return value(error) if error else "" if result is None else value(result)
