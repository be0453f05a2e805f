"""What screens say in a few words, and how what stands in a form is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentflow.page.agent_form import span
from agentflow.page.runs import LONGEST, brief, read_json
from agentflow.records import Run
from agentflow.settings import duration

RUN = Run("run_1", "default", "agent_1", 1, 1, "waiting", None, {}, None, "ada", 0.0, 0.0)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (replace(RUN, status="completed", result={"a": "x" * 500}), '{"a": "' + "x" * (LONGEST - 8) + "…"),
        (replace(RUN, status="paused", reason={"paused": "refused", "message": "revoked"}), "paused: revoked"),
        (replace(RUN, status="running", progress={"message": "half way", "fraction": 0.5, "at": 1.0}), "half way"),
        (replace(RUN, status="running"), ""),
        (replace(RUN, status="cancelled", progress={"message": "half way"}), ""),
    ],
)
def test_a_run_is_told_in_a_few_words(run: Run, said: str) -> None:
    assert brief(run) == said


def test_what_is_left_empty_is_nothing() -> None:
    assert read_json(" \n", "it") is None


def test_lengths_of_time_are_written_so_that_they_are_read_as_the_same() -> None:
    for seconds, said in ((3_600.0, "1 hour"), (5_400.0, "90 minutes"), (172_800.0, "2 days"), (0.5, "0.5 seconds")):
        assert span(seconds) == said
        assert duration(said) == seconds
    assert span(None) == ""
