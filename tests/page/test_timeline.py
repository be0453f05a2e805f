"""The rows and bars of a run's timeline."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agentflow.page.timeline import MANY, ROWS, THIN, timeline
from agentflow.records import Phase, Run, StepView

ERROR = {"type": "ValueError", "message": "it broke", "fault": "tool", "unknown": False, "final": False}
RUN = Run("run_1", "default", "agent_1", 1, 1, "running", None, {}, None, "ada", 0.0, 0.0)


def step(name: str = "load", n: int = 1, phases: tuple[Phase, ...] = (), **more: Any) -> StepView:
    ended = phases[-1].until if phases else None
    given = {"kind": "do", "state": "running" if ended is None else "done", "attempts": 1, **more}
    begun = phases[0].since if phases else 0.0
    return StepView(f"{name}#{n}", name=name, occurrence=n, started_at=begun, ended_at=ended, phases=phases, **given)


def loads(count: int, state: str = "done") -> list[StepView]:
    return [step(n=n, phases=(Phase("running", n - 1.0, n + 0.0, 1),), state=state) for n in range(1, count + 1)]


def test_each_attempt_and_each_wait_has_a_bar_that_says_in_words_what_it_was() -> None:
    phases = (
        Phase("asking", 0.0, 4.0),
        Phase("running", 4.0, 5.0, 1, ERROR),
        Phase("retrying", 5.0, 8.0),
        Phase("running", 8.0, 10.0, 2),
    )
    [row] = timeline(replace(RUN, ended_at=10.0), [step(phases=phases)], 99.0).rows
    assert [(bar.x, bar.width, bar.look) for bar in row.bars] == [
        (0.0, 40.0, "person"), (40.0, 10.0, "failed"), (50.0, 30.0, "retrying"), (80.0, 20.0, "done")
    ]  # fmt: skip
    assert row.told == (
        "waits for a person, 4 s; attempt 1 failed: ValueError: it broke, 1 s; waits for its next attempt, 3 s;"
        " attempt 2 done, 2 s"
    )


def test_what_is_open_goes_on_to_now_and_the_axis_with_it() -> None:
    open_ = step(phases=(Phase("running", 5.0, None, 1),))
    for now in (10.0, 20.0):
        [row] = timeline(RUN, [open_], now).rows
        [bar] = row.bars
        assert (bar.look, bar.x + bar.width) == ("running", 100.0)
    assert row.took == "15 s"


def test_an_attempt_that_the_plan_let_go_is_not_done() -> None:
    gone = step(phases=(Phase("running", 0.0, 1.0, 1),), state="withdrawn")
    [row] = timeline(RUN, [gone], 2.0).rows
    assert [bar.look for bar in row.bars] == ["withdrawn"]


def test_what_was_over_at_once_is_a_point() -> None:
    at_once = replace(step(state="done"), started_at=5.0, ended_at=5.0)
    between = step("b", phases=(Phase("running", 0.0, 5.0, 1), Phase("registering", 5.0, 5.1)))
    point, other = timeline(replace(RUN, ended_at=10.0), [at_once, between], 10.0).rows
    assert point.bars == ((50.0, THIN, "done", "done"),)
    assert point.took == "0 ms"
    assert [bar.look for bar in other.bars] == ["done"]


def test_a_later_generation_begins_with_its_first_step() -> None:
    again = replace(RUN, generation=2, ended_at=110.0)
    [row] = timeline(again, [step(phases=(Phase("running", 100.0, 110.0, 1),))], 999.0).rows
    assert (row.bars[0].x, row.bars[0].width) == (0.0, 100.0)


def test_many_steps_of_a_name_are_one_row_until_it_is_opened() -> None:
    steps = [*loads(MANY + 1), step("last", phases=(Phase("running", 20.0, None, 1),))]
    folded, last = timeline(RUN, steps, 21.0).rows
    assert (folded.name, folded.many, folded.state, folded.told) == ("load", MANY + 1, "done", f"{MANY + 1} done")
    assert (last.name, last.many) == ("last", 0)
    assert len(timeline(RUN, steps, 21.0, opened="load").rows) == MANY + 2
    assert len(timeline(RUN, steps[1:], 21.0).rows) == MANY + 1


def test_a_folded_row_says_what_became_of_its_steps() -> None:
    steps = [*loads(MANY), step(n=99, phases=(Phase("running", 9.0, 10.0, 1, ERROR),), state="failed")]
    [row] = timeline(RUN, steps, 21.0).rows
    assert (row.state, row.told, row.bars[0].look) == ("failed", f"{MANY} done, 1 failed", "failed")
    [row] = timeline(RUN, [*steps, step(n=100, phases=(Phase("running", 10.0, None, 1),))], 21.0).rows
    assert (row.state, row.took) == ("running", "21 s")


def test_rows_are_paged() -> None:
    steps = [step(f"s{n}", phases=(Phase("running", n + 0.0, n + 1.0, 1),)) for n in range(ROWS + 5)]
    first, last = timeline(RUN, steps, 200.0), timeline(RUN, steps, 200.0, first=ROWS)
    assert (len(first.rows), first.before, first.after, first.total) == (ROWS, None, ROWS, ROWS + 5)
    assert (len(last.rows), last.before, last.after) == (5, 0, None)


def test_progress_takes_no_row_and_a_run_without_steps_has_none() -> None:
    assert timeline(RUN, [step(kind="progress")], 1.0).rows == ()
    assert timeline(replace(RUN, generation=2, ended_at=0.0), [], 1.0).total == 0


def test_the_legend_names_what_there_is() -> None:
    assert timeline(RUN, loads(1), 5.0).legend == (("done", "done"),)
    sleeps = step(kind="sleep", phases=(Phase("sleeping", 0.0, None),))
    assert timeline(RUN, [sleeps], 5.0).legend == (("sleeping", "sleeps"),)
