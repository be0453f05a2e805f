"""What was measured, put together."""

from __future__ import annotations

import json

import pytest

from agentflow.evals.rates import rate
from agentflow.evals.scored import Scored
from agentflow.evals.scoring import RULES, Judgement
from agentflow.evals.summary import Unsolved, document, rows, short, unsolved
from agentflow.records import GoalStatus, Usage

USED = Usage(100, 20)
NEW, OLD = "plan@2 sha256:bbbbbbbbbbbb", "plan@1 sha256:aaaaaaaaaaaa"


def run(
    task: str,
    *wrong: str,
    model: str = "openai:m",
    repeat: int = 1,
    prompt: str | None = NEW,
    answers: int = 1,
    valid: bool = True,
    usage: Usage = USED,
    cost: float | None = 0.5,
    stale: int = 0,
    codes: tuple[tuple[str, ...], ...] = (),
) -> Scored:
    """One run, in whose only case these rules were broken."""
    judgements = (Judgement("one", {rule: ("it did so",) if rule in wrong else () for rule in RULES}),) if valid else ()
    why = None if valid else "2 findings remain after 1 attempts"
    status: GoalStatus = "planned" if valid else "refused"
    return Scored(model, task, repeat, prompt, answers, status, why, codes, judgements, usage, cost, 2.0, stale)


def test_a_model_has_a_row_with_the_share_of_each_rule() -> None:
    runs = [run("a/1"), run("a/2", "calls", "end"), run("b/3", valid=False, answers=4), run("b/4", answers=2)]
    [row] = rows(runs)
    assert (row.model, row.prompt, row.domain, row.tasks, row.runs, row.unanswered) == ("openai:m", NEW, None, 4, 4, 0)
    assert {name: one.share for name, one in row.rates.items()} == {
        "first": 0.5, "valid": 0.75, "end": 0.5, "calls": 0.5, "approvals": 0.75, "limits": 0.75, "solved": 0.5,
    }  # fmt: skip
    assert (row.answers, row.tokens, row.cost, row.seconds) == (2.0, 120.0, 0.5, 2.0)


def test_models_and_prompts_stay_apart_and_models_in_their_order() -> None:
    runs = [run("a/1", model="z:m"), run("a/1", model="a:m"), run("a/1", model="a:m", repeat=2, prompt=OLD)]
    assert [(row.model, row.prompt) for row in rows(runs)] == [("z:m", NEW), ("a:m", OLD), ("a:m", NEW)]
    assert [(row.domain, row.runs) for row in rows([run("b/1"), run("a/1"), run("b/2")], by_domain=True)] == [
        ("a", 1),
        ("b", 2),
    ]


def test_repeats_of_a_task_are_no_tasks_of_their_own() -> None:
    [row] = rows([run("a/1", repeat=1), run("a/1", "calls", repeat=2), run("a/2", repeat=1), run("a/2", repeat=2)])
    assert (row.tasks, row.runs) == (2, 4)
    assert row.rates["solved"] == rate({"a/1": [True, False], "a/2": [True, True]})


def test_a_run_without_an_answer_counts_for_nothing_but_is_told() -> None:
    silent = run("a/2", answers=0, valid=False, prompt=None)
    [row] = rows([run("a/1"), silent])
    assert (row.runs, row.unanswered, row.rates["solved"].share) == (1, 1, 1.0)
    assert rows([silent]) == []
    assert unsolved([silent]) == []


@pytest.mark.parametrize("unknown", [run("a/2", cost=None), run("a/2", usage=Usage())])
def test_what_is_not_known_of_one_run_is_not_known_in_the_mean(unknown: Scored) -> None:
    [row] = rows([run("a/1"), unknown])
    assert None in (row.cost, row.tokens)
    assert (row.cost, row.tokens) != (None, None)


def test_answers_for_another_prompt_are_counted() -> None:
    [row] = rows([run("a/1", stale=2), run("a/2", stale=1)])
    assert row.stale == 3


def test_what_was_not_solved_is_told_with_each_reason_once() -> None:
    runs = [
        run("a/1"),
        run("a/2", "calls"),
        run("a/2", "calls", "limits", repeat=2),
        run("a/2", repeat=3),
        run("a/3", valid=False),
    ]
    assert unsolved(runs) == [
        Unsolved("openai:m", "a/2", 2, 3, ("one: it did so",)),
        Unsolved("openai:m", "a/3", 1, 1, ("2 findings remain after 1 attempts",)),
    ]


def test_the_document_is_json_and_holds_every_run() -> None:
    found = json.loads(json.dumps(document([run("a/1"), run("b/1", "approvals")])))
    assert [row["domain"] for row in found["domains"]] == ["a", "b"]
    assert found["models"][0]["rates"]["solved"]["share"] == 0.5
    assert [(one["task"], one["solved"], one["approvals"], one["calls"]) for one in found["runs"]] == [
        ("a/1", True, True, True),
        ("b/1", False, False, True),
    ]


def test_a_prompt_is_told_in_few_letters() -> None:
    assert short(NEW) == "plan@2 bbbbbb"
    assert short("other") == "other"
