"""agentflow run export, run test: a run written as a file, and files with runs replayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ..errors import PlanRefused, UsageError
from . import findings
from .given import RunId, file_text, write_file
from .recorded import a_run, load
from .replaying import Other, difference, summary
from .session import Session, command, width
from .shown import run_facts, steps_table, with_steps
from .text import json_text

if TYPE_CHECKING:
    from ..app.recordings import RecordedRun

Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write it there, as NAME.run.json; else it is printed.")
]
Files = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="Files that `run export` wrote; - is stdin.", show_default=False)
]


@command
async def export(session: Session, run: RunId, out: Out = None) -> None:
    """Write a run as one document that replays elsewhere: to report a bug with, or to keep as a test.

    No secret is in it, and of what is sensitive only placeholders. `run show`, `run history` and `run replay` take such
    a file in the place of a run, and `run test` replays many.
    """
    async with session.existing() as flow:
        document = await (await flow.runs.get(run)).export()
    if out is None:
        session.show_json(document)
        return
    write_file(out, f"{json_text(document)}\n")
    session.show({"run": run, "file": str(out)}, [str(out)])
    session.say(f"{out} has the run {run}, its payload and what its tools gave: read it before you hand it on")


@command
async def replay_all(session: Session, files: Files, plan: Other = None) -> int:
    """Replay runs that were exported, without any effect: each on its own code, or all on one plan.

    Exit status 1 where a plan does something else than a file says, or the checks refuse it.
    """
    if [*files, plan].count(Path("-")) > 1:
        raise UsageError("standard input can be read once: name files")
    source = None if plan is None else file_text(plan)
    async with session.nowhere() as flow:
        told = [await _tested(await load(session, flow, path), path, plan, source) for path in files]
    session.show([document for document, _ in told], [line for _, lines in told for line in lines])
    good = sum(document["same"] for document, _ in told)
    session.say(f"{good} of {len(told)} {'is' if good == 1 else 'are'} as before")
    return 0 if good == len(told) else 1


async def _tested(
    found: RecordedRun, path: Path, plan: Path | None, source: str | None
) -> tuple[dict[str, Any], Sequence[Text | str]]:
    """What a replay came to, as a document and as lines."""
    told: dict[str, Any] = {"file": str(path), "run": found.id, "generation": found.record.generation}
    try:
        replay = await found.replay(source)
    except PlanRefused as refused:
        why = findings.first(refused.findings, str(plan or path))
        return {**told, "same": False, "refused": why}, [f"{path}: not replayed: {why}"]
    shown = (await found.plan()).source if source is None else source
    head = f"{path}: {summary(replay, str(plan) if plan else 'its own code')}"
    return {**told, "same": replay.same, **asdict(replay)}, [head, *difference(replay, shown)]


async def show_recorded(session: Session, what: str) -> None:
    """What `run show` says of the run of a file."""
    async with a_run(session, what) as run:
        steps, plan = await run.steps(), await run.plan()
        lines = steps_table(steps, width(), run.record.error)
        facts = run_facts(run.record, {}, plan.source, run.spent(steps))
        session.show(with_steps(run.record, steps, run.spent(steps), {}), [*facts, Text(), *lines])
