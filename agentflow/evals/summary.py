"""What was measured, put together: by model and prompt, and by domain; as data. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from ..records import Json
from ..records.shown import Listing, Shown
from .rates import Rate, rate
from .scored import Scored
from .scoring import RULES


def _keeps(rule: str) -> Callable[[Scored], bool]:
    return lambda one: one.keeps(rule)


RATES: dict[str, Callable[[Scored], bool]] = {
    "first": lambda one: one.first,
    "valid": lambda one: one.valid,
    **{rule: _keeps(rule) for rule in RULES},
    "solved": lambda one: one.solved,
}
"""What is counted of each run, in the order in which it is told."""


@dataclass(frozen=True, slots=True)
class Row(Shown):
    """The runs of one model with one version of the prompts; of one domain, or of all."""

    model: str
    prompt: str
    domain: str | None
    tasks: int
    runs: int
    unanswered: int
    """Runs in which the model said nothing: they count for nothing else."""
    rates: dict[str, Rate]
    answers: float
    """For a run, in the mean; so are the next three."""
    tokens: float | None
    cost: float | None
    """US dollars. None, as with tokens, where it is not known of each run."""
    seconds: float
    stale: int
    """Answers that were written for another conversation."""


def rows(scored: Sequence[Scored], *, by_domain: bool = False) -> list[Row]:
    """A row for each model, its prompts, and perhaps each domain. Models come in the order in which they were asked."""
    return Listing(_rows(scored, by_domain=by_domain))


def _rows(scored: Sequence[Scored], *, by_domain: bool) -> Iterator[Row]:
    models = list(dict.fromkeys(one.model for one in scored))
    lost = {model: sum(one.model == model and not one.answered for one in scored) for model in models}

    def key(one: Scored) -> tuple[int, str, str]:
        return models.index(one.model), one.prompt or "", one.domain if by_domain else ""

    answered = sorted((one for one in scored if one.answered), key=key)
    for (model, prompt, domain), group in groupby(answered, key):
        yield _row(models[model], prompt, domain or None, [*group], 0 if by_domain else lost[models[model]])


def _row(model: str, prompt: str, domain: str | None, runs: Sequence[Scored], unanswered: int) -> Row:
    tokens, costs = [one.tokens for one in runs], [one.cost for one in runs]
    return Row(
        model,
        prompt,
        domain,
        len({one.task for one in runs}),
        len(runs),
        unanswered,
        {name: _rate(runs, holds) for name, holds in RATES.items()},
        _mean([one.answers for one in runs]) or 0.0,
        _mean(tokens),
        _mean(costs),
        _mean([one.seconds for one in runs]) or 0.0,
        sum(one.stale for one in runs),
    )


def _rate(runs: Sequence[Scored], holds: Callable[[Scored], bool]) -> Rate:
    answers: dict[str, list[bool]] = {}
    for one in runs:
        answers.setdefault(one.task, []).append(holds(one))
    return rate(answers)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def short(prompt: str) -> str:
    """`plan@5 sha256:3fa9c1d2...` as `plan@5 3fa9c1`."""
    return re.sub(r"sha256:(\w{6})\w*", r"\1", prompt)


_REASONS = 3
"""Of a task that was not solved, that are told; `document` has all."""


@dataclass(frozen=True, slots=True)
class Unsolved:
    """A task that a model did not solve in all of its runs, and why, each reason once."""

    model: str
    task: str
    failed: int
    runs: int
    reasons: tuple[str, ...]

    def told(self, spelt: Callable[[str], str] = str) -> list[str]:
        """The first reasons, each as it is spelt where it is read, and how many more there are."""
        more = len(self.reasons) - _REASONS
        return [*map(spelt, self.reasons[:_REASONS]), *([f"and {more} more"] if more > 0 else [])]


def unsolved(scored: Sequence[Scored]) -> list[Unsolved]:
    """By model and task, in the order in which they were asked."""
    runs: dict[tuple[str, str], list[Scored]] = {}
    for one in scored:
        if one.answered:
            runs.setdefault((one.model, one.task), []).append(one)
    return [
        Unsolved(
            model,
            task,
            sum(not one.solved for one in group),
            len(group),
            tuple(dict.fromkeys(why for one in group for why in one.reasons())),
        )
        for (model, task), group in runs.items()
        if not all(one.solved for one in group)
    ]


def document(scored: Sequence[Scored]) -> Json:
    """All of it, for other programs."""
    return {
        "models": [asdict(row) for row in rows(scored)],
        "domains": [asdict(row) for row in rows(scored, by_domain=True)],
        "runs": [
            {
                **asdict(one),
                **{name: holds(one) for name, holds in RATES.items()},
            }
            for one in scored
        ],
    }
