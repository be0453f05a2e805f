"""Text, tables and times, as people read them."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from rich.text import Text

from agentflow import wording
from agentflow.cli import findings, text, times
from agentflow.records import Finding

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 seconds"),
        (59.6, "1 minute"),
        (3_600, "1 hour"),
        (200_000, "2 days"),
    ],
)
def test_lengths(seconds: float, said: str) -> None:
    assert wording.lasting(seconds) == said


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (0.4, "now"),
        (-0.4, "now"),
        (2, "in 2 seconds"),
        (-90, "2 minutes ago"),
        (172_800, "in 2 days"),
        (-1.2, "1 second ago"),
    ],
)
def test_moments_say_how_far_away_they_are(ahead: float, said: str) -> None:
    assert wording.relative(NOW + ahead, NOW) == said
    assert times.moment(NOW + ahead, NOW).endswith(f"({said})")


@pytest.mark.parametrize(("ago", "said"), [(0, "0 s"), (-5, "0 s"), (61, "1 min"), (7_300, "2 h"), (90_000, "1 d")])
def test_ages_are_short(ago: float, said: str) -> None:
    assert wording.age(NOW - ago, NOW) == said


def test_todays_moments_have_no_date() -> None:
    assert times.soon(NOW + 1, NOW)[2] == ":"
    assert times.soon(NOW + 10 * 86_400, NOW).startswith(times.clock(NOW + 10 * 86_400))
    assert wording.age(time.time()) == "0 s"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"$decimal": "49.90"}, "49.90"),
        ({"a": {"$decimal": "1.20"}}, '{"a": "1.20"}'),
        ({"$datetime": "2025-01-02T03:04:05+00:00"}, "2025-01-02T03:04:05+00:00"),
        ({"$bytes": "aGk="}, "aGk="),
        ("one\ntwo", '"one\\ntwo"'),
        (None, "null"),
        ("\x1b[2J", '"\\u001b[2J"'),
    ],
)
def test_values_are_shown_without_tags(document: object, said: str) -> None:
    assert text.value(document) == said


def test_escaped_json_is_the_same_json() -> None:
    document = {"a": "\u202e\x9b \U000e0001 ü\n"}
    shown = text.json_text(document)
    assert json.loads(shown) == document
    assert "ü" in shown
    assert text.json_text("ü", ascii_only=True) == '"\\u00fc"'


def test_only_the_named_column_is_cut() -> None:
    rows = [("run_0123456789ab", "a" * 40, Text("done"))]
    for width, length in ((41, 40), (0, 64), (10, 36)):
        lines = text.table(("id", "what", "state"), rows, cut=1, width=width)
        assert lines[1].plain.startswith("run_0123456789ab  ")
        assert len(lines[1].plain) == length


def test_the_named_column_goes_on_in_the_next_line() -> None:
    lines = text.table(
        ("id", "what", "state"), [("x", "one two three four", "done"), ("y", "", "no")], wrap=1, width=18
    )
    assert [line.plain.split() for line in lines[1:]] == [["x", "one", "two", "done"], ["three", "four"], ["y", "no"]]


def test_findings_are_counted_and_have_a_line_of_advice_if_there_is_any() -> None:
    found = [Finding("A1", "error", 1, 2, "no", ""), Finding("A2", "warning", 3, 4, "well", "do this")]
    assert [line.plain for line in findings.lines(found, "p")] == [
        "p:1:2 A1 no",
        "p:3:4 A2 well (warning)",
        "    do this",
    ]
    assert findings.summary(found) == "1 error, 1 warning"
    silent = replace(found[1], code="AF604", suppressed="it is only for the log")
    assert [line.plain for line in findings.lines([silent], "p")] == [
        "p:3:4 AF604 well (swallowed-failure, warning)",
        "    silenced: it is only for the log",
    ]
    assert findings.summary([*found, silent, silent]) == "1 error, 1 warning, 2 silenced"
    assert findings.first([*found, found[0]], "p") == "p:1:2 A1 no (and 1 more)"


def test_facts_leave_out_what_is_empty_and_align_further_lines() -> None:
    lines = text.facts([("a", "one\ntwo"), ("long", None), ("bb", Text("three"))])
    assert [line.plain for line in lines] == ["  a   one", "      two", "  bb  three"]
    assert text.facts([]) == []
