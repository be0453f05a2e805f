"""What a walk is worth: each rule of a case by itself, and in words what was wrong."""

from __future__ import annotations

from dataclasses import replace

from agentflow.evals.scoring import Judgement, judged
from agentflow.records import Json
from agentflow.trial import Walk

from .examples import agreed, case, made, walk


def wrong(expect: Json, walked: Walk) -> dict[str, tuple[str, ...]]:
    """What was wrong, by rule, without the rules that were kept."""
    found = judged(case(expect), walked)
    assert found.case == "one"
    assert found.solved == (not any(found.wrong.values()))
    return {rule: said for rule, said in found.wrong.items() if said}


def test_of_which_nothing_is_expected_that_only_has_to_complete() -> None:
    assert wrong({}, walk(made(1, "a.b"))) == {}
    assert wrong({}, walk(outcome="stuck")) == {"end": ("it is stuck, not completed",)}


def test_how_it_ends_is_told_with_its_error() -> None:
    error = {"type": "KeyError", "message": "'id'", "line": 7}
    assert wrong({}, walk(outcome="failed", error=error)) == {
        "end": ("it is failed, not completed (KeyError: 'id', line 7)",)
    }
    assert wrong({"outcome": "failed"}, walk(outcome="failed", error={"type": "PlanFailed", "message": "no"})) == {}
    assert wrong({"outcome": "any"}, walk(outcome="failed")) == {}
    assert wrong({"outcome": "any"}, walk(outcome="limit")) == {"end": ("it is limit, not completed or failed",)}
    assert wrong({}, walk(outcome="diverged", error={"type": "Diverged", "message": "x"})) == {
        "end": ("it is diverged, not completed (Diverged: x)",)
    }


def test_the_result_is_compared_as_far_as_it_is_given() -> None:
    assert wrong({"result": {"a": 1}}, walk(result={"a": 1, "b": 2})) == {}
    assert wrong({"result": {"a": 1}}, walk(result={"a": 2})) == {"end": ('its result is {"a":2}',)}
    assert wrong({"result": None}, walk(result=1)) == {"end": ("its result is 1",)}


def test_calls_come_in_their_order_with_others_in_between() -> None:
    expect = {"calls": [{"tool": "a.b", "args": {"x": 1}}, {"tool": "c.d"}]}
    assert wrong(expect, walk(made(1, "a.b", x=1, y=2), made(2, "e.f"), made(3, "c.d"))) == {}
    assert wrong(expect, walk(made(1, "c.d"), made(2, "a.b", x=1))) == {
        "calls": ('it lacks c.d({}) after a.b({"x":1})',)
    }
    assert wrong(expect, walk(made(1, "a.b", x=2), made(2, "c.d"))) == {"calls": ('it lacks a.b({"x":1})',)}


def test_one_call_does_not_stand_for_two() -> None:
    for unordered in (False, True):
        expect = {"calls": [{"tool": "a.b"}, {"tool": "a.b"}], "unordered": unordered}
        assert wrong(expect, walk(made(1, "a.b"), made(2, "a.b"))) == {}
        assert list(wrong(expect, walk(made(1, "a.b")))) == ["calls"]


def test_without_an_order_each_call_is_matched_so_that_most_are() -> None:
    """The first call fits both; taken for the wrong one, the other would be missed."""
    expect = {"calls": [{"tool": "a.b"}, {"tool": "a.b", "args": {"x": 1}}], "unordered": True}
    assert wrong(expect, walk(made(1, "a.b", x=1), made(2, "a.b", x=2))) == {}
    assert wrong(expect, walk(made(1, "a.b", x=2), made(2, "a.b", x=2))) == {"calls": ('it lacks a.b({"x":1})',)}


def test_what_must_not_be_called_counts_whatever_came_of_it() -> None:
    expect = {"never": [{"tool": "a.b", "args": {"to": {"like": "evil"}}}]}
    assert wrong(expect, walk(made(1, "a.b", to="ada"))) == {}
    assert wrong(expect, walk(made(1, "a.b", "failed", to="evil"))) == {
        "limits": ('it called a.b({"to":"evil"}), which must not be',)
    }


def test_calls_that_failed_are_not_counted_those_of_unknown_outcome_are() -> None:
    expect = {"most": {"a.b": 1}}
    assert wrong(expect, walk(made(1, "a.b", "failed"), made(2, "a.b"))) == {}
    assert wrong(expect, walk(made(1, "a.b", "unknown"), made(2, "a.b"))) == {
        "limits": ("it called a.b 2 times, not at most 1",)
    }


def test_a_person_must_have_agreed_before_to_that_very_call() -> None:
    expect = {"approved": ["a.b"]}
    nobody = {"approvals": ('nobody had agreed to a.b({"x":1})',)}
    assert wrong(expect, walk(made(2, "a.b", x=1), asked=(agreed(1, "a.b", x=1),))) == {}
    assert wrong(expect, walk(made(1, "a.b", x=1))) == nobody
    assert wrong(expect, walk(made(1, "a.b", x=1), asked=(agreed(2, "a.b", x=1),))) == nobody
    assert wrong(expect, walk(made(2, "a.b", x=1), asked=(agreed(1, "a.b", x=2),))) == nobody
    assert wrong(expect, walk(made(2, "a.b", x=1), asked=(agreed(1, "a.c", x=1),))) == nobody
    assert wrong(expect, walk(made(2, "a.b", x=1), asked=(agreed(1, "a.b", "reject", x=1),))) == nobody
    assert wrong(expect, walk(made(2, "c.d"))) == {}


def test_long_arguments_are_cut_where_they_are_told() -> None:
    [said] = wrong({"never": [{"tool": "a.b"}]}, walk(made(1, "a.b", text="x" * 500)))["limits"]
    assert len(said) < 130


def test_a_rule_holds_where_nothing_is_wrong() -> None:
    found = Judgement("one", {"end": (), "calls": ("it lacks",)})
    assert (found.holds("end"), found.holds("calls"), found.solved) == (True, False, False)


def test_people_are_not_asked_more_often_than_said_but_for_outcomes_which_the_plan_does_not_ask_about() -> None:
    questions = (agreed(1, "a.b"), agreed(3, "a.b"), replace(agreed(5, "a.b"), kind="outcome"))
    asking = walk(made(2, "a.b"), made(4, "a.b"), asked=questions)
    assert wrong({"asked": 2}, asking) == {}
    assert wrong({"asked": 1}, asking) == {"limits": ("it asked people 2 times, not at most 1",)}


def test_what_has_to_wait_waits_and_what_is_due_is_not_late() -> None:
    day = walk(seconds=86_400.0)
    assert wrong({"lasts": "1 day", "within": "1 day"}, day) == {}
    assert wrong({"lasts": "2 days"}, day) == {"limits": ("it took 86400 seconds, not at least 172800",)}
    assert wrong({"within": "1 hour"}, day) == {"limits": ("it took 86400 seconds, not at most 3600",)}


def test_what_was_done_is_undone_afterwards_and_what_was_not_need_not_be() -> None:
    expect = {"undone": {"a.b": "a.c"}}
    assert wrong(expect, walk(made(1, "a.b"), made(2, "a.b"), made(3, "a.c"), made(4, "a.c"))) == {}
    assert wrong(expect, walk(made(1, "a.b", "failed"), made(2, "c.d"))) == {}
    left = {"calls": ("it called a.b, and a.c did not undo it",)}
    assert wrong(expect, walk(made(1, "a.c"), made(2, "a.b"))) == left
    assert wrong(expect, walk(made(1, "a.b", "unknown"), made(2, "a.c", "failed"))) == left
