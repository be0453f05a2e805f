"""When a schedule is due: cron as Debian's cron reads it, zones, moments, and the rule for what was missed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentflow.agent.timing import GRACE, Due, Timing, due, timing
from agentflow.errors import UsageError
from agentflow.records import Missed

BERLIN = "Europe/Berlin"


def at(text: str, zone: str = "UTC") -> float:
    """The epoch second of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


def cron(expression: str, zone: str = "UTC") -> Timing:
    return timing(cron=expression, at=None, zone=zone)


def said(times: tuple[float, ...], zone: str) -> list[str]:
    return [f"{datetime.fromtimestamp(time, ZoneInfo(zone)):%m-%d %H:%M%z}" for time in times]


# the times


@pytest.mark.parametrize(
    ("expression", "after", "times"),
    [
        ("0 9 * * MON", "2027-01-01T00:00", ["01-04 09:00+0000", "01-11 09:00+0000"]),
        ("*/20 * * * *", "2027-01-01T00:20", ["01-01 00:40+0000", "01-01 01:00+0000"]),
        ("30 6 1 */6 *", "2027-01-01T06:29", ["01-01 06:30+0000", "07-01 06:30+0000"]),
        ("0 0 L * *", "2027-02-01T00:00", ["02-28 00:00+0000", "03-31 00:00+0000"]),
        ("0 0 13 * FRI", "2027-08-05T00:00", ["08-06 00:00+0000", "08-13 00:00+0000"]),
    ],
)
def test_times_come_in_order_and_after_the_moment(expression: str, after: str, times: list[str]) -> None:
    assert said(cron(expression).upcoming(at(after), 2), "UTC") == times


def test_a_time_of_day_is_that_of_the_zone() -> None:
    times = cron("0 9 * * *", BERLIN).upcoming(at("2027-03-27T00:00"), 2)
    assert said(times, BERLIN) == ["03-27 09:00+0100", "03-28 09:00+0200"]


def test_what_would_run_in_an_hour_that_is_skipped_runs_right_after_it() -> None:
    times = cron("30 2 * * *", BERLIN).upcoming(at("2027-03-27T12:00"), 2)
    assert said(times, BERLIN) == ["03-28 03:00+0200", "03-29 02:30+0200"]


@pytest.mark.parametrize("after", ["2027-10-31T00:00+00:00", "2027-10-31T00:29:59+00:00"])
def test_what_runs_at_a_time_of_day_runs_once_in_an_hour_that_comes_twice(after: str) -> None:
    since = datetime.fromisoformat(after).timestamp()
    assert said(cron("30 2 * * *", BERLIN).upcoming(since, 2), BERLIN) == ["10-31 02:30+0200", "11-01 02:30+0100"]


def test_within_the_second_coming_of_an_hour_nothing_of_its_first_comes_again() -> None:
    second = datetime(2027, 10, 31, 1, 10, tzinfo=UTC).timestamp()  # 02:10 for the second time
    assert said(cron("30 2 * * *", BERLIN).upcoming(second, 1), BERLIN) == ["11-01 02:30+0100"]


def test_what_runs_every_half_hour_does_so_through_both_comings_of_an_hour() -> None:
    times = cron("*/30 * * * *", BERLIN).upcoming(at("2027-10-31T01:30", BERLIN), 5)
    assert [b - a for a, b in pairwise(times)] == [1800.0] * 4


@pytest.mark.parametrize(
    "given",
    [
        "2027-01-01T09:00",
        datetime(2027, 1, 1, 9),  # noqa: DTZ001  # that it has no zone is the point
        datetime(2027, 1, 1, 9, tzinfo=timezone(timedelta(hours=1))),
        "2027-01-01T08:00Z",
        at("2027-01-01T08:00"),
    ],
)
def test_a_moment_is_that_of_the_zone_unless_it_names_its_own(given: datetime | str | float) -> None:
    once = timing(cron=None, at=given, zone=BERLIN)
    assert once.at == at("2027-01-01T08:00")
    assert once.upcoming(at("2027-01-01T07:59:59"), 5) == (once.at,)
    assert once.next(once.at) is None


# what people write


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("0 9 * *", "has five fields"),
        ("0 0 9 * * *", "has five fields"),
        ("@daily", "has five fields"),
        ("60 9 * * *", "bad minute; the fields are minute, hour"),
        ("0 9 * * MOO", "bad day-of-week"),
        ("0 0 30 2 *", "bad day-of-month"),
        ("9" * 5000 + " * * * *", "has five fields"),
    ],
)
def test_what_is_no_cron_expression_is_refused_in_one_line(expression: str, why: str) -> None:
    with pytest.raises(UsageError, match=why) as refused:
        cron(expression)
    assert len(str(refused.value)) < 500


@given(st.text(alphabet="0123456789*/,-#LWMONabc² ", max_size=40).map(lambda text: f"{text} * * *"))
def test_any_text_is_a_cron_expression_or_is_refused(text: str) -> None:
    try:
        known = cron(text)
    except UsageError:
        return
    now = at("2027-06-01T00:00")
    assert known.next(now) is None or known.next(now) > now  # type: ignore[operator]  # not None there


@pytest.mark.parametrize(
    ("zone", "why"),
    [
        ("Europe/Berln", "did you mean Europe/Berlin?"),
        ("europe/berlin", "did you mean Europe/Berlin?"),
        ("nowhere at all", "write it as Europe/Berlin, or UTC"),
        ("Europe", "there is no time zone 'Europe'"),
        ("../etc/passwd", "there is no time zone"),
        ("", "there is no time zone"),
    ],
)
def test_an_unknown_zone_says_which_was_meant(zone: str, why: str) -> None:
    with pytest.raises(UsageError, match=why.replace("?", r"\?")):
        cron("0 9 * * *", zone)


@pytest.mark.parametrize("given", ["tomorrow", "2027-13-01", 1e300, float("nan"), datetime.max])  # noqa: DTZ901
def test_what_is_no_moment_is_refused(given: datetime | str | float) -> None:
    with pytest.raises(UsageError, match="is not a moment: write it as 2027-01-01T09:00"):
        timing(cron=None, at=given, zone="America/New_York")


def test_a_moment_that_the_clocks_skip_is_refused() -> None:
    with pytest.raises(UsageError, match="2027-03-28T02:30:00 does not exist in Europe/Berlin"):
        timing(cron=None, at="2027-03-28T02:30", zone=BERLIN)


def test_of_a_moment_that_comes_twice_the_first_is_meant() -> None:
    once = timing(cron=None, at="2027-10-31T02:30", zone=BERLIN)
    assert once.at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("both", [{"cron": None, "at": None}, {"cron": "0 9 * * *", "at": "2027-01-01"}])
def test_a_schedule_has_either_cron_or_a_moment(both: dict[str, str | None]) -> None:
    with pytest.raises(UsageError, match="needs either cron"):
        timing(**both, zone="UTC")


# what was missed

NINE = at("2027-01-04T09:00")
HOURLY = cron("0 * * * *")


@pytest.mark.parametrize("missed", ["skip", "once"])
@pytest.mark.parametrize("late", [0.0, GRACE - 0.001])
def test_late_by_less_than_the_grace_is_not_missed(missed: Missed, late: float) -> None:
    assert due(HOURLY, missed, NINE, NINE + late) == Due(NINE, NINE + 3600)


@pytest.mark.parametrize(("missed", "start"), [("skip", None), ("once", NINE + 7200)])
def test_missed_times_are_dropped_or_are_one_run_for_the_latest(missed: Missed, start: float | None) -> None:
    assert due(HOURLY, missed, NINE, NINE + 7200 + 61) == Due(start, NINE + 10800)


@pytest.mark.parametrize("missed", ["skip", "once"])
def test_missed_times_and_one_that_is_not_are_one_run(missed: Missed) -> None:
    assert due(HOURLY, missed, NINE, NINE + 7201) == Due(NINE + 7200, NINE + 10800)


@pytest.mark.parametrize(("missed", "start"), [("skip", None), ("once", NINE)])
def test_a_single_moment_that_was_missed_has_no_next(missed: Missed, start: float | None) -> None:
    once = timing(cron=None, at=NINE, zone="UTC")
    assert due(once, missed, NINE, NINE + 86_400) == Due(start, None)


@given(
    st.sampled_from(
        ["* * * * *", "*/7 * * * *", "0 3 * * *", "30 2 * * *", "0 0 1 * *", "15 9 29 2 *", "0 12 * * FRI"]
    ),
    st.sampled_from(["UTC", BERLIN, "America/New_York", "Australia/Lord_Howe"]),
    st.floats(at("2026-01-01"), at("2030-01-01")),
    st.floats(0.0, 40 * 86_400.0),
)
def test_the_latest_time_is_the_last_before_now_however_long_nobody_looked(
    expression: str, zone: str, since: float, passed: float
) -> None:
    known = cron(expression, zone)
    first = known.next(since)
    assert first is not None
    latest = known.latest(first, first + passed)
    assert first <= latest <= first + passed
    assert known.next(latest) == known.next(first + passed)


def test_years_of_missed_minutes_are_counted_in_no_time() -> None:
    every = cron("* * * * *")
    assert every.latest(at("2000-01-01"), NINE + 1) == NINE
    assert cron("0 0 29 2 *").latest(at("2004-02-29"), at("2027-01-01")) == at("2024-02-29")
