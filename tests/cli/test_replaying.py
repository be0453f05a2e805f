"""`agentflow run replay`: what a history says on its own code and on another, and where a run stood."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import ASK, BROKEN, LOAD, Types, plan
from .test_commands import start

Has = Callable[[str], None]
GIVEN = ("--payload", '{"id": "17"}')
TWO = plan(
    'order = await step.do("load", tools.orders.get(id="17"))',
    "kept = {1, 2}",
    'again = await step.do("load", tools.orders.get(id="18"))',
    'return [order["total"], again["total"], len(kept)]',
)
STOOD = """\
       6  order = await step.do("load", tools.orders.get(id="17"))
       7  kept = {1, 2}
>      8  again = await step.do("load", tools.orders.get(id="18"))
       9  return [order["total"], again["total"], len(kept)]

in run, line 8  waits for it
  order  {"id": "17", "total": 250}
  kept   set

RECORDED  STATE  RESULT
load      done   {"id": "17", "total": 250}
"""


def test_a_history_is_replayed_on_its_own_code(types: Types, has: Has) -> None:
    has(LOAD)
    run = start(types, *GIVEN)
    done = types("run", "replay", run)
    assert (done.status, done.out) == (0, "")
    assert done.err == f"run {run} on its own code: all 2 turns are as they were\n"
    told = types("run", "replay", run, "--json").document
    assert (told["run"], told["same"], told["turns"], told["moment"]) == (run, True, 2, None)


def test_where_a_run_stood_is_shown_with_the_line_and_the_names(types: Types, has: Has) -> None:
    has(TWO)
    run = start(types)
    done = types("run", "replay", run, "--to", "load#2")
    assert [line.split()[0] for line in done.out.splitlines()[:3]] == ["before", "turn", "clock"]
    assert done.out.split("\n", 3)[3] == STOOD
    assert done.err == f"run {run} on its own code: all 2 turns are as they were\n"
    moment = types("run", "replay", run, "--to", "load#2", "--json").document["moment"]
    assert [name["name"] for name in moment["branches"][0]["places"][0]["names"]] == ["order", "kept"]


def test_another_plan_that_differs_is_told_where_with_status_1(types: Types, has: Has, shop: Path) -> None:
    has(TWO)
    run = start(types)
    (shop / "other.py").write_text(TWO.replace('"18"', '"19"'))
    done = types("run", "replay", run, "--plan", "other.py")
    assert done.status == 1
    assert done.out.splitlines()[:4] == [
        "turn  2",
        "step  load#2",
        'was   do load#2 ["orders.get", {"id": "18"}]',
        'now   asks for do load#2 ["orders.get", {"id": "19"}]',
    ]
    assert '>      8  again = await step.do("load", tools.orders.get(id="19"))' in done.out
    assert done.err == f"run {run} on other.py: 1 of 3 turns are as they were\n"


def test_a_run_that_waits_is_replayed_as_far_as_it_came(types: Types, has: Has) -> None:
    has(ASK)
    run = start(types)
    done = types("run", "replay", run, "--to", "colour")
    assert done.err == f"run {run} on its own code: its turn is as it was\n"
    assert "waits for it" in done.out
    assert "RECORDED" not in done.out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("run_1",), 3, "there is no run run_1"),
        (("RUN", "--to", "pay"), 3, "has not started a step pay#1: it started load#1, load#2"),
        (("RUN", "--plan", "nowhere.py"), 3, "there is no file nowhere.py"),
        (("RUN", "--plan", "broken.py"), 4, "broken.py:1:"),
    ],
)
def test_what_cannot_be_replayed_is_said(
    types: Types, has: Has, shop: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    has(TWO)
    run = start(types)
    (shop / "broken.py").write_text(BROKEN)
    done = types("run", "replay", *(run if word == "RUN" else word for word in words))
    assert (done.status, said in done.err) == (status, True), done.err
