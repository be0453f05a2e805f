"""What a run looks like when it is shown: its error with all that is known of it, its tree, its undoing."""

from __future__ import annotations

import time

import pytest

from agentflow.cli.shown import run_facts, steps_table, wait_text
from agentflow.records import Json, Run, Spent, StepView

RUN = Run("run_1", "default", "a", 1, 1, "failed", None, {}, None, "local", 0.0, 0.0)


def shown(taken: Spent | None = None, **given: Json) -> str:
    """The facts of a run with these."""
    values = {field: getattr(RUN, field) for field in Run.__dataclass_fields__}
    return "\n".join(
        line.plain for line in run_facts(Run(**{**values, **given}), {"a": "ada"}, "code", taken or Spent(cost=0))
    )


def test_an_error_is_shown_with_its_step_its_line_its_data_and_whose_fault_it_was() -> None:
    error = {"type": "KeyError", "message": "'id'", "line": 7, "step": "load", "fault": "tool", "data": {"key": "id"}}
    lines = shown(error=error).splitlines()
    assert [line.split(maxsplit=1) for line in lines[-4:]] == [
        ["error", "KeyError: 'id' (line 7)"],
        ["of", "step  load"],
        ["fault", "the tool's"],
        ["data", '{"key": "id"}'],
    ]


def test_what_an_error_does_not_say_is_not_shown() -> None:
    text = shown(error={"type": "KeyError", "message": "'id'"})
    assert [word for word in ("of step", "fault", "data", "undone", "says", "asked by") if word in text] == []


def test_what_models_took_is_shown_of_the_run_and_of_each_step() -> None:
    assert "models took  1,200 (1,000 cached) + 30 tokens, 0.0100 USD" in shown(Spent(1200, 30, 1000, cost=0.01))
    assert "models took" not in shown()
    steps = [
        StepView("a#1", "do", "a", 1, "done", 1, 0.0, 1.0, "llm.generate", spent=taken)
        for taken in (Spent(7, 1), Spent(cost=0.0), None)
    ]
    notes = [line.plain.split("1.0 s")[1].strip() for line in steps_table(steps, 0)[1:]]
    assert notes == ["llm.generate, 7 + 1 tokens, cost unknown", "llm.generate", "llm.generate"]


def test_why_a_run_failed_is_said_once() -> None:
    error = {"type": "Busy", "message": "no", "step": "a", "line": 3}
    steps = [
        StepView(
            f"{name}#1", "do", name, 1, "failed", 1, 0.0, 1.0, "orders.get", error={"type": "Busy", "message": said}
        )
        for name, said in (("a", "no"), ("b", "no"), ("a", "other"))
    ]
    notes = [line.plain.split("1.0 s")[1].strip() for line in steps_table(steps, 0, error)[1:]]
    assert notes == ["see the run's error", "Busy: no", "Busy: other"]


def test_a_run_says_who_delegated_it_and_how_far_it_is() -> None:
    progress = {"message": "half\nof it", "fraction": 0.5, "at": time.time() - 120}
    text = shown(status="running", parent="run_0", parent_step="child#1", progress=progress)
    assert "run run_0, step 'child'" in text
    assert "(50%), 2 minutes ago" in text
    assert "half" in text
    assert "(" not in shown(progress={**progress, "fraction": None}).split("says")[1].splitlines()[0]


def test_what_was_undone_and_what_was_not_is_shown() -> None:
    error = {"type": "ValueError", "message": "cannot be undone"}
    text = shown(rollback={"outcome": "failed", "undone": ["c#2", "b#1"], "left": ["a#1"], "error": error})
    assert "c#2, b" in text
    assert "not undone  a\n" in text
    assert text.endswith("ValueError: cannot be undone")


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        ({"for": "event", "types": ["a", "b"]}, "an event of type a or b, step 'go'"),
        ({"for": "run", "agent": "bob"}, "what was delegated to agent bob, step 'go'"),
        ({"for": "answer"}, "a person's answer, step 'go'"),
        ({"for": "sleep"}, "a sleep, step 'go'"),
        ({"for": "retry", "step": "go#1/undo"}, "a retry, step 'undo go'"),
        ({"for": "retry", "step": "go#2/undo"}, "a retry, step 'undo go#2'"),
    ],
)
def test_what_a_run_waits_for_is_said(wait: Json, words: str) -> None:
    assert wait_text({"step": "go#1", "since": 0.0, **wait}, "").splitlines()[0] == words


def test_of_a_wait_whose_clock_stands_still_it_is_said_what_is_left() -> None:
    wait = {"for": "sleep", "step": "go#1", "since": 0.0, "until": None, "left": 1800.0}
    assert wait_text(wait, "").splitlines()[-1] == "30 minutes left when it goes on"


def test_a_step_that_undoes_another_is_shown_as_such() -> None:
    step = StepView("pay#1/undo", "undo", "pay", 1, "done", 1, 0.0, 1.0, "pay.back")
    assert steps_table([step], 0)[1].plain.split()[:3] == ["undo", "pay", "done"]
