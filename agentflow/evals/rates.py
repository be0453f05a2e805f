"""How often something held, and how sure that is. Pure.

The interval is Wilson's at 95 %, over the answers that count as independent. Those to one task are not: where a model
solves a task at its first try, it does so again more likely than it solves another. So `n` answers to `k` tasks are
taken for `n / (1 + (n/k - 1) r)` independent ones, where `r` is the correlation of answers to the same task (from
the analysis of variance, 0 to 1). Where all answers are alike, nothing is known of `r`, and each task counts once. With
one answer to each task this is plain Wilson. No lots are drawn: the same answers give the same interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of answers, and where the true one lies with 95 % certainty."""

    share: float
    low: float
    high: float


def rate(answers: Mapping[str, Sequence[bool]]) -> Rate:
    """Of the answers to each task. There must be one at least."""
    groups = [*answers.values()]
    count = sum(map(len, groups))
    share = sum(map(sum, groups)) / count
    low, high = wilson(share, count / (1 + (count / len(groups) - 1) * _likeness(groups, share)))
    return Rate(share, low, high)


def wilson(share: float, count: float) -> tuple[float, float]:
    """The bounds for a share of so many independent answers."""
    squared = Z * Z / count
    middle = (share + squared / 2) / (1 + squared)
    reach = Z / (1 + squared) * sqrt(share * (1 - share) / count + squared / (4 * count))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _likeness(groups: Sequence[Sequence[bool]], share: float) -> float:
    """How much alike the answers to one task are: 0 as those of different ones, 1 always the same."""
    many, count = len(groups), sum(map(len, groups))
    if many < 2 or many == count or share in (0, 1):
        return 1.0
    shares = [sum(group) / len(group) for group in groups]
    between = sum(len(group) * (one - share) ** 2 for group, one in zip(groups, shares, strict=True)) / (many - 1)
    within = sum(len(group) * one * (1 - one) for group, one in zip(groups, shares, strict=True)) / (count - many)
    size = (count - sum(len(group) ** 2 for group in groups) / count) / (many - 1)
    return min(1.0, max(0.0, (between - within) / (between + (size - 1) * within)))
