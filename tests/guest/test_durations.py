"""Durations and moments as plans write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from agentflow.guest.durations import LONGEST, ends, moment, remaining, seconds
from agentflow.guest.exceptions import UsageError

NOW = 1_000_000_000.0


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (5, 5.0),
        (0.25, 0.25),
        (timedelta(minutes=2), 120.0),
        ("10 seconds", 10.0),
        ("1 minute", 60.0),
        ("1.5 hours", 5400.0),
        (" 3 days ", 259200.0),
        ("2weeks", 1209600.0),
        ("365 days", LONGEST),
    ],
)
def test_a_duration_is_a_number_a_timedelta_or_words(written: object, meant: float) -> None:
    assert seconds(written, "timeout") == meant


@pytest.mark.parametrize(
    "written",
    [
        None,
        True,
        "soon",
        "-1 seconds",
        "10 fortnights",
        [1],
        Decimal(3),
        float("nan"),
        float("inf"),
        10**400,
        -1,
        0,
        "366 days",
        timedelta(days=366),
        timedelta(seconds=-1),
    ],
)
def test_what_is_no_duration_is_refused_in_one_line_that_names_it(written: object) -> None:
    with pytest.raises(UsageError, match=r"\Atimeout is .*\Z"):
        seconds(written, "timeout")


def test_nothing_is_a_duration_only_where_it_makes_sense() -> None:
    assert seconds(0, "duration", positive=False) == 0


@pytest.mark.parametrize(
    "written",
    [NOW + 5, datetime.fromtimestamp(NOW + 5, UTC), datetime.fromtimestamp(NOW + 5, timezone(timedelta(hours=9)))],
)
def test_a_moment_is_epoch_seconds_or_an_aware_datetime(written: object) -> None:
    assert moment(written, "when", NOW) == NOW + 5


def test_a_moment_may_be_past() -> None:
    assert moment(5, "when", NOW) == 5


@pytest.mark.parametrize(
    "written",
    [None, "tomorrow", True, float("nan"), datetime(2030, 1, 1), NOW + LONGEST + 1, datetime(9999, 1, 1, tzinfo=UTC)],  # noqa: DTZ001
)
def test_what_is_no_moment_or_too_far_away_is_refused(written: object) -> None:
    with pytest.raises(UsageError, match=r"\Awhen is .*\Z"):
        moment(written, "when", NOW)


def test_a_wait_ends_after_a_time_or_at_a_moment() -> None:
    assert ends("1 hour", "timeout", NOW) == {"timeout": 3600.0}
    assert ends(datetime.fromtimestamp(NOW + 9, UTC), "timeout", NOW) == {"until": NOW + 9}


def test_what_remains_until_a_moment_is_never_nothing() -> None:
    assert remaining("1 minute", "deadline", NOW) == 60
    assert remaining(datetime.fromtimestamp(NOW + 9, UTC), "deadline", NOW) == 9
    assert remaining(datetime.fromtimestamp(NOW - 9, UTC), "deadline", NOW) == 0.001
