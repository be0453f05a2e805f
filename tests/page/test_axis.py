"""Where moments stand on the time axis of a run."""

from __future__ import annotations

import pytest

from agentflow.page.axis import Span, axis, elapsed

DAY = 86_400.0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1.0, "0 ms"), (0.0449, "45 ms"), (0.9996, "1 s"), (3.21, "3.2 s"), (9.96, "10 s"), (65, "1 min 5 s"),
        (3600, "1 h"), (1.58 * DAY, "1 d 13 h"), (30 * DAY, "30 d"), (59.6, "1 min"),
    ],
)  # fmt: skip
def test_a_length_is_as_exact_as_it_is_worth(seconds: float, words: str) -> None:
    assert elapsed(seconds) == words


def test_moments_stand_where_they_were_and_others_at_the_ends() -> None:
    even = axis([Span(2.0, 6.0, busy=True)], 0.0, 10.0)
    assert [round(even.place(at), 6) for at in (-5.0, 0.0, 2.0, 5.0, 10.0, 99.0)] == [0, 0, 20, 50, 100, 100]
    assert even.moment(50.0) == 5.0
    assert not even.squeezed


def test_even_times_are_ticks() -> None:
    assert [tick.words for tick in axis([], 100.0, 104.1).ticks()] == ["1 s", "2 s", "3 s"]
    assert [tick.words for tick in axis([], 0.0, 0.01).ticks()] == ["2 ms", "4 ms", "6 ms", "8 ms"]
    assert [tick.words for tick in axis([], 0.0, 100 * DAY).ticks()] == ["20 d", "40 d", "60 d", "80 d"]
    assert len(axis([], 0.0, 1e-9).ticks()) <= 10


def test_long_quiet_leaves_room_for_work() -> None:
    """Two days of sleep between two seconds of work."""
    shown = axis([Span(0.0, 1.0, busy=True), Span(1.0, DAY, busy=False), Span(DAY, DAY + 1, busy=True)], 0.0, DAY + 1)
    assert shown.squeezed
    assert [round(shown.place(at), 3) for at in (1.0, DAY)] == [27.5, 72.5]
    assert [tick.place for tick in shown.ticks()] == [25.0, 50.0, 75.0]
    assert shown.ticks()[1].words == "12 h"


def test_what_overlaps_is_one_stretch_of_work() -> None:
    spans = [
        Span(-5.0, 2.0, busy=True),
        Span(1.0, 4.0, busy=True),
        Span(1.0, 1.0, busy=True),
        Span(8.0, 99.0, busy=True),
    ]
    shown = axis(spans, 0.0, 10.0)
    assert shown.moments == (0.0, 1.0, 2.0, 4.0, 8.0, 10.0)
    assert not shown.squeezed


def test_a_run_that_has_just_begun_has_an_axis() -> None:
    shown = axis([], 7.0, 7.0)
    assert shown.place(7.0) == 0.0
