"""Shares and their intervals: against published numbers, and where repeats say little that is new."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from agentflow.evals.rates import rate, wilson


@pytest.mark.parametrize(
    ("successes", "count", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 0.8389, 1.0),
    ],
)
def test_the_interval_is_that_of_newcombes_tables(successes: int, count: int, low: float, high: float) -> None:
    assert wilson(successes / count, count) == pytest.approx((low, high), abs=5e-5)


def test_with_one_answer_to_each_task_it_is_plain_wilson() -> None:
    found = rate({str(n): [n < 30] for n in range(48)})
    assert (found.low, found.high) == wilson(30 / 48, 48)
    assert found.share == 30 / 48


def test_repeats_that_only_repeat_make_nothing_surer() -> None:
    once = rate({str(n): [n < 30] for n in range(48)})
    often = rate({str(n): [n < 30] * 5 for n in range(48)})
    assert (often.low, often.high) == pytest.approx((once.low, once.high))


def test_repeats_that_have_nothing_to_do_with_their_task_count_in_full() -> None:
    found = rate({str(n): [True, False] for n in range(10)})
    assert (found.low, found.high) == wilson(0.5, 20)


@pytest.mark.parametrize("answer", [True, False])
def test_where_all_are_alike_each_task_counts_once(answer: bool) -> None:
    found = rate({str(n): [answer] * 3 for n in range(10)})
    assert (found.low, found.high) == wilson(float(answer), 10)


def test_one_task_alone_says_as_much_as_one_answer() -> None:
    found = rate({"only": [True, True, False, True]})
    assert (found.low, found.high) == wilson(0.75, 1)


@pytest.mark.parametrize(("likes", "repeats"), [(1.0, 4), (0.2, 4), (1.0, 1)])
def test_nineteen_of_twenty_intervals_hold_the_true_share(likes: float, repeats: int) -> None:
    """Tasks of different difficulty (a beta distribution), many times over."""
    lot = random.Random(7)
    truth, trials, held = 0.7, 600, 0
    for _ in range(trials):
        answers = {str(n): _answers(lot, truth, likes, repeats) for n in range(48)}
        found = rate(answers)
        held += found.low <= truth <= found.high
    assert 0.93 <= held / trials <= 0.98


def _answers(lot: random.Random, truth: float, likes: float, repeats: int) -> Sequence[bool]:
    ease = lot.betavariate(truth * likes, (1 - truth) * likes)
    return [lot.random() < ease for _ in range(repeats)]
