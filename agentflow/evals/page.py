"""The measurement of stored replies as a page of Markdown: docs/evals.md is what this gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from .rates import Rate
from .scored import Scored
from .summary import RATES, Row, rows, short, unsolved
from .task import Task

EXAMPLE = Path(__file__).with_name("example.yaml")
"""A task with every key."""
_CODES = 12
"""Checks that are told of first answers."""

_HEAD = """\
# How well models plan

Made by `make evals` from the replies in `{folder}`: change it there. No model was asked for this page; the replies
were written before, and the section on each model says by whom and how.

## What is measured

{tasks} tasks: {domains}.
Each is a goal in a person's words, some tools with their schemas, and cases, {cases} in all: a payload, what the tools
answer (failures and unknown outcomes among it), what people decide, which events come, and what a right plan does then,
whatever it looks like. For each task there is a plan that solves it, and others with one fault that do not
(`tests/evals/`).

A goal goes the way of every goal: the prompt, the checks, a dry run, findings that go back, at most three repairs. The
accepted plan is then walked through, case by case, by the real dispatch and in a process of its own.

| Column | What holds |
|---|---|
| first | the first answer was accepted |
| valid | one of the answers was |
| end | in every case it ends as it should, with the result that it should have |
| calls | the calls that must come were made, in their order where it matters; what had to be undone was |
| approvals | people had agreed, before, to each call of which that is expected, with exactly its arguments |
| limits | no call that must not be; nothing too often, too early or too late; no needless questions |
| solved | all of these |

A share stands with its 95 % interval: Wilson's, over as many answers as count as independent where a task was given
several times (`agentflow/evals/rates.py`). A task for which no plan was accepted keeps no rule. Runs in which nothing
was answered at all count for nothing. Tokens and US dollars are those of a run in the mean, `-` where the provider does
not tell.

To measure a model: `agentflow eval --model anthropic:MODEL --store FOLDER`. Any program: `--model exec:COMMAND`. By
hand: `agentflow eval --prompts FOLDER`, answers beside the questions, then `--model replies:FOLDER`.

## A task of your own

`agentflow eval my-tasks --model ...` reads all YAML files below a folder. This is one with every key that there is:

```yaml
{example}```
"""


def page(folder: str, tasks: Sequence[Task], scored: Sequence[Scored], about: Mapping[str, str]) -> str:
    """The whole page. `about` says of models how their replies were made."""
    domains = Counter(task.domain for task in tasks)
    named = ", ".join(f"{domain} ({count})" for domain, count in sorted(domains.items()))
    cases = sum(len(task.cases) for task in tasks)
    example = EXAMPLE.read_text("utf-8")
    head = _HEAD.format(folder=folder, tasks=len(tasks), domains=named, cases=cases, example=example)
    return "\n".join([head, *_results(scored, about)]) + "\n"


def _results(scored: Sequence[Scored], about: Mapping[str, str]) -> Iterator[str]:
    models = rows(scored)
    if not models:
        yield "## Results\n\nNo replies are stored yet."
        return
    yield "## Results\n"
    yield from _table(models, ("model", "prompt"), lambda row: (f"`{row.model}`", short(row.prompt)))
    yield ""
    yield from _taken(models)
    yield "\n## By domain\n"
    domains = rows(scored, by_domain=True)
    yield from _table(domains, ("domain", "model"), lambda row: (row.domain or "", f"`{row.model}`"))
    for model in dict.fromkeys(row.model for row in models):
        yield from _model(
            model, scored, about.get(model, "Nobody has said how they were made; it belongs into ABOUT.md beside them.")
        )


def _table(found: Sequence[Row], head: tuple[str, ...], named: Callable[[Row], tuple[str, ...]]) -> Iterator[str]:
    names = (*head, "runs", *RATES)
    yield _line(names)
    yield _line(["---"] * len(names))
    for row in found:
        yield _line((*named(row), str(row.runs), *(_share(row.rates[name]) for name in RATES)))


def _taken(found: Sequence[Row]) -> Iterator[str]:
    names = ("model", "tasks", "without an answer", "answers", "tokens", "USD", "seconds", "written for another prompt")
    yield _line(names)
    yield _line(["---"] * len(names))
    for row in found:
        yield _line(
            (
                f"`{row.model}`",
                str(row.tasks),
                str(row.unanswered),
                f"{row.answers:.2f}",
                "-" if row.tokens is None else f"{row.tokens:,.0f}",
                "-" if row.cost is None else f"{row.cost:.4f}",
                f"{row.seconds:.1f}" if row.seconds else "-",
                str(row.stale),
            )
        )


def _model(model: str, scored: Sequence[Scored], about: str) -> Iterator[str]:
    own = [one for one in scored if one.model == model]
    yield f"\n## `{model}`\n\n{about.strip()}\n"
    yield from _findings(own)
    missed = unsolved(own)
    if not missed:
        yield "Every task was solved."
        return
    yield "Not solved:\n"
    for one in missed:
        runs = f" ({one.failed} of {one.runs} runs)" if one.runs > 1 else ""
        yield f"* `{one.task}`{runs}: {'; '.join(one.told(_code))}"


def _findings(own: Sequence[Scored]) -> Iterator[str]:
    """What the checks found in first answers, the most frequent first."""
    found = Counter(code for one in own if one.codes for code in one.codes[0])
    if found:
        told = sorted(found.items(), key=lambda item: (-item[1], item[0]))[:_CODES]
        yield f"First answers were refused for {', '.join(f'{code} ({count})' for code, count in told)}.\n"


def _share(one: Rate) -> str:
    return f"{100 * one.share:.0f} % ({100 * one.low:.0f}-{100 * one.high:.0f})"


def _code(text: str) -> str:
    """As a code span, whatever it holds."""
    return f"`{' '.join(text.split()).replace('`', chr(39))}`"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
