"""agentflow eval: how well models plan, measured over tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from ..errors import ProviderError, StillWaiting, UsageError
from .given import write_file
from .session import Session, command, width
from .text import Cell, hanging, json_text, table

if TYPE_CHECKING:
    from ..evals.questions import Question
    from ..evals.rates import Rate
    from ..evals.replies import Replies
    from ..evals.scored import Scored
    from ..evals.summary import Row, Unsolved
    from ..evals.task import Task
    from ..settings import Settings

Tasks = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="TASKS...", help="YAML files, or folders of them; else those of agentflow.", show_default=False
    ),
]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model", metavar="PROVIDER:MODEL", help="Whom to ask; exec:COMMAND and replies:FOLDER too. May be repeated."
    ),
]
Repeats = Annotated[int, typer.Option("--repeats", metavar="N", help="How often each task is given to each model.")]
Only = Annotated[str, typer.Option("--only", metavar="PATTERN", help="Only tasks with such an id: 'refunds/*'.")]
Out = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write what --json prints into a file, too.")]
Store = Annotated[Path | None, typer.Option("--store", metavar="FOLDER", help="Keep every answer in this folder.")]
Stored = Annotated[
    Path | None, typer.Option("--replies", metavar="FOLDER", help="Ask nobody: take the answers that are kept there.")
]
Prompts = Annotated[
    Path | None,
    typer.Option(
        "--prompts", metavar="FOLDER", help="Ask nobody: write the open questions, for --model replies:FOLDER."
    ),
]


@command
async def evaluate(  # noqa: PLR0913, PLR0917  # what a measurement is made of, each by name
    session: Session,
    tasks: Tasks = None,
    model: Models = None,
    repeats: Repeats = 1,
    only: Only = "*",
    out: Out = None,
    store: Store = None,
    replies: Stored = None,
    prompts: Prompts = None,
) -> int:
    """Measure how well models plan: each writes plans for tasks, which are checked, walked through and judged."""
    from ..evals.measuring import measure_all
    from ..evals.tasks import tasks as found

    models = [*(model or ()), *([f"replies:{prompts}"] if prompts else ())]
    _check(models, store, replies, prompts)
    if out and not out.parent.is_dir():
        raise UsageError(f"there is no folder {out.parent} for --out: make it, or name another file")
    if out and out.is_dir():
        raise UsageError(f"--out {out} is a folder: name a file")
    chosen = found(tasks or (), only=only)
    for folder in filter(None, (prompts, store)):
        _make(folder)
    questions, settings = _questions(chosen, models, repeats, replies)
    scored = await measure_all(questions, settings, _telling(session, len(questions), None if prompts else store))
    if prompts:
        return _open_questions(session, prompts, scored)
    return _tell(session, scored, out)


def _check(models: Sequence[str], store: Path | None, replies: Path | None, prompts: Path | None) -> None:
    if not models and replies is None:
        raise UsageError("nobody is asked: name a model with --model, or a folder with --replies or --prompts")
    if prompts and (len(models) > 1 or replies or store):
        raise UsageError("--prompts asks nobody and keeps nothing: leave --model, --replies and --store out")
    if replies and store:
        raise UsageError("--replies are kept already: leave --store out")


def _questions(
    tasks: Sequence[Task], models: Sequence[str], repeats: int, replies: Path | None
) -> tuple[list[Question], Settings]:
    from ..evals.questions import allowing, asked, recalled
    from ..settings import load

    questions = recalled(tasks, replies, models) if replies else asked(tasks, models, repeats)
    return questions, allowing(load(), models)


def _telling(session: Session, many: int, store: Path | None) -> Callable[[Scored, Replies], None]:
    """Says of each question what came of it, and keeps its answers."""
    from ..evals.replies import write

    count = 0

    def told(scored: Scored, kept: Replies) -> None:
        nonlocal count
        count += 1
        if store and kept.replies:
            write(store, kept)
        session.say(f"{count}/{many} {scored.task} {scored.model}: {_said(scored)}")

    return told


def _said(scored: Scored) -> str:
    if scored.solved:
        return "solved"
    return f"{'no answer' if scored.waits else 'not solved'}: {scored.reasons()[0]}"


def _open_questions(session: Session, folder: Path, scored: Sequence[Scored]) -> int:
    """Say for how many questions somebody must write an answer."""
    valid = sum(one.valid for one in scored)
    waiting = sorted(one.task for one in scored if one.waits)
    session.show(
        {"folder": str(folder), "accepted": valid, "waiting": waiting},
        [f"{valid} of {len(scored)} tasks have a plan, {len(waiting)} questions wait for an answer in {folder}"],
    )
    return StillWaiting.exit_status if waiting else 0


# what was measured


def _tell(session: Session, scored: Sequence[Scored], out: Path | None) -> int:
    from ..evals.summary import document, rows, unsolved

    found = document(scored)
    if session.as_json:
        session.show_json(found)
    else:
        session.show(None, measured(rows(scored), rows(scored, by_domain=True), unsolved(scored)))
    if out:
        write_file(out, f"{json_text(found)}\n")
    silent = [one for one in scored if not one.answered]
    if silent:
        session.say(
            f"{len(silent)} of {len(scored)} runs had no answer, the first {silent[0].task}: {silent[0].problem}"
        )
    if stale := sum(one.stale for one in scored):
        session.say(f"{stale} answers were written for another prompt than that of now")
    return ProviderError.exit_status if silent else 0


def _make(folder: Path) -> None:
    """Before anybody is asked: answers that were paid for would have no place."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be made: {error.strerror}; name another one") from None


def measured(models: Sequence[Row], domains: Sequence[Row], missed: Sequence[Unsolved]) -> Iterator[Text | str]:
    """What was measured, as tables."""
    several = len(models) > 1
    yield from _table(models, _named, ("model", "prompt", "runs"))
    yield ""
    yield from table(_KEPT_HEAD, [_kept(row) for row in models], cut=0, width=width())
    yield ""
    yield from _table(domains, _domain(several), ("domain", *["model"] * several, "runs"))
    for one in missed:
        yield ""
        runs = f", {one.failed} of {one.runs} runs" if one.runs > 1 else ""
        yield f"{one.task} is not solved by {one.model}{runs}"
        yield from (part for why in one.told() for part in hanging(Text(f"  {why}"), width()))


_RATES = ("first", "valid", "solved")


def _table(rows: Sequence[Row], named: Callable[[Row], tuple[Cell, ...]], head: tuple[str, ...]) -> list[Text]:
    """Shares with their intervals."""
    cells = [(*named(row), str(row.runs), *(_interval(row.rates[name]) for name in _RATES)) for row in rows]
    return table((*head, *(f"{name} %" for name in _RATES)), cells, cut=0, width=width())


def _named(row: Row) -> tuple[Cell, ...]:
    from ..evals.summary import short

    return row.model, short(row.prompt)


def _domain(several: bool) -> Callable[[Row], tuple[Cell, ...]]:
    return lambda row: (row.domain or "", *([row.model] if several else []))


_KEPT_HEAD = ("model", "end %", "calls %", "approvals %", "limits %", "answers", "tokens", "usd", "sec.")


def _kept(row: Row) -> tuple[Cell, ...]:
    """The share that kept each rule, and what a run took in the mean."""
    return (
        row.model,
        *(_percent(row.rates[rule].share) for rule in ("end", "calls", "approvals", "limits")),
        f"{row.answers:.1f}",
        "-" if row.tokens is None else f"{row.tokens:,.0f}",
        "-" if row.cost is None else f"{row.cost:.4f}",
        f"{row.seconds:.1f}" if row.seconds else "-",
    )


def _interval(one: Rate) -> str:
    return f"{_percent(one.share)} ({100 * one.low:.0f}-{100 * one.high:.0f})"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"
