"""`agentflow plan try`: every way through a plan as people read it, what is played, and the exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import ASK, BROKEN, EVENT, FAIL, LOAD, MAIL, PAY, SLEEP, Types, plan
from .terminals import At

Has = Callable[[str], None]
HANDLED = (
    plan(
        "from agentflow import ApprovalRejected",
        "try:",
        '    await step.do("tell", tools.mail.send(to="ada@example.com", body="Hi"), timeout="1 minute")',
        "except ApprovalRejected:",
        "    pass",
        'await step.sleep("rest", "30 hours")',
        'return event.payload["n"]',
    )
    .replace("        from agentflow import ApprovalRejected\n", "")
    .replace("import Workflow", "import ApprovalRejected, Workflow")
)
TRIED = """\
1  'tell' is approved: completed after 1 day 6 hours
     tell     mail.send to="ada@example.com", body="Hi"; approved
     rest     sleeps 1 day 6 hours
     returns  7

2  'tell' is rejected: completed after 1 day 6 hours
     tell     mail.send to="ada@example.com", body="Hi"; rejected
     rest     sleeps 1 day 6 hours
     returns  7

3  'tell' is not decided in time: ends after 1 week with ApprovalExpired: nobody decided in time (line 7)
     tell  mail.send to="ada@example.com", body="Hi"; nobody decides in time
"""


@pytest.fixture
def tries(types: Types, shop: Path) -> Callable[..., object]:
    """A person tries a plan out that stands in plan.py."""

    def typed(source: str, *words: str) -> object:
        (shop / "plan.py").write_text(source)
        return types("plan", "try", "plan.py", *words)

    return typed


def test_each_way_is_told_with_its_choices_its_steps_and_its_end(tries: Types) -> None:
    done = tries(HANDLED, "--payload", '{"n": 7}')
    assert (done.status, done.out) == (0, TRIED)
    assert done.err == "plan.py: tried on 3 ways\n"


def test_a_way_tells_only_what_differs_from_the_first(tries: Types) -> None:
    done = tries(
        plan('await step.sleep("rest", "1 day")', 'return await step.ask("colour", "?", answer=["red", "blue"])')
    )
    assert (
        "2  'colour' is \"blue\": completed after 1 day\n     as 1 up to 'rest'\n     colour   the answer is"
        in done.out
    )


def test_a_plan_that_fails_by_its_own_fault_is_told_as_a_linter_does(tries: Types) -> None:
    done = tries(LOAD.replace('order["total"]', 'order["total"].sum'), "--payload", "{}")
    assert done.status == 1
    assert done.out == "1  the plan fails by its own fault: KeyError: 'id' (line 6)\n"
    assert done.err.startswith("plan.py:6 AF951 KeyError: 'id': so the run fails. The payload of this goal has no 'id'")
    assert done.err.endswith(
        "plan.py: tried on 1 way; 1 fails by the plan's own fault; none comes to 'load' (line 6)\n"
    )


def test_what_had_to_be_made_up_is_said_with_the_way_to_give_it(tries: Types) -> None:
    done = tries(LOAD)
    assert done.status == 0
    assert 'the payload is made up, {"id": "stub id"}: give a real one with --payload' in done.err
    assert "guessed, since no schema says what is in it: orders.get; give it with --answers" in done.err


ANSWERS = {
    "payload": {"id": "17"},
    "results": {"orders.get": [{"fail": "busy"}, {"return": {"total": 5}}]},
    "events": [],
}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("answers.json", json.dumps(ANSWERS)),
        ("answers.yaml", "payload: {id: '17'}\nresults: {orders.get: [{fail: busy}, {return: {total: 5}}]}\n"),
        ("answers.toml", '[payload]\nid = "17"\n[results]\n"orders.get" = [{fail = "busy"}, {return = {total = 5}}]\n'),
    ],
)
def test_what_is_played_may_be_given(tries: Types, shop: Path, name: str, text: str) -> None:
    (shop / name).write_text(text)
    done = tries(LOAD, "--answers", name)
    assert (
        done.out
        == '1  completed after 10 seconds\n     load     orders.get id="17"; 2 tries\n     returns  {"total":5}\n'
    )
    assert done.err == "plan.py: tried on 1 way\n"


def test_what_is_given_and_never_used_is_told(tries: Types, shop: Path) -> None:
    """A name that is misspelt would else change nothing, unseen."""
    results = {"mail.send": [{"return": "sent"}], "mail.sned": [{"return": "x"}]}
    (shop / "answers.json").write_text(
        json.dumps({"results": results, "decisions": {"tel": "reject", "tell": "approve"}})
    )
    done = tries(MAIL, "--answers", "answers.json")
    assert "given and never used, for no way came to it: mail.sned, tel; see how it is spelt\n" in done.err
    (way,) = tries(MAIL, "--answers", "answers.json", "--json").document["ways"]
    assert way["played"] == ["mail.send", "tell"]


def test_events_come_or_not_unless_they_are_given(tries: Types, shop: Path) -> None:
    assert "the event parcel comes" in tries(EVENT).out
    (shop / "answers.json").write_text('{"events": []}')
    done = tries(EVENT, "--answers", "answers.json")
    assert done.out.startswith("1  ends after 2 days with WaitTimeout")
    assert "2  " not in done.out


def test_an_outcome_that_nobody_knows_is_a_choice(tries: Types, shop: Path) -> None:
    (shop / "answers.json").write_text('{"results": {"bank.pay": [{"unknown": "cut off"}, {"return": "paid"}]}}')
    done = tries(PAY, "--answers", "answers.json")
    assert "'pay' is said not to have happened: completed" in done.out
    assert "bank.pay amount=5; it is said to have happened" in done.out


def test_a_registered_plan_is_tried_with_its_agents_tools(types: Types, has: Has) -> None:
    has(SLEEP)
    has(ASK)
    assert 'colour   the answer is "red"' in types("plan", "try", "ada").out
    assert types("plan", "try", "ada@1").out == "1  completed after 2 days\n     a while  sleeps 2 days\n"
    assert types("plan", "try", "plan.py", "--agent", "ada").out == types("plan", "try", "ada").out


def test_a_document_has_every_walk(tries: Types) -> None:
    done = tries(MAIL, "--json")
    found = done.document
    assert (found["plan"], found["paths"], found["fault"], found["findings"]) == ("plan.py", 3, 0, [])
    assert [way["verdict"] for way in found["ways"]] == ["fine"] * 3
    assert found["ways"][0]["calls"][0]["args"] == {"to": "ada@example.com", "body": "Dear Ada,\nyours"}
    assert [choice["what"] for choice in found["ways"][1]["choices"]] == ["approval tell"]


def test_so_many_ways_are_taken_at_most(tries: Types) -> None:
    done = tries(MAIL, "--paths", "2")
    assert "3  " not in done.out
    assert done.err.endswith("plan.py: tried on 2 ways; 1 more not taken\n")


def test_lines_are_cut_to_the_terminal(shop: Path, at_terminal: At) -> None:
    (shop / "plan.py").write_text(MAIL.replace("Dear Ada", "Dear Ada" * 20))
    terminal = at_terminal("plan", "try", "plan.py")
    assert terminal.end() == 0
    lines = terminal.text.splitlines()
    assert any("mail.send" in line for line in lines)
    assert all(len(line) <= 80 for line in lines if "mail.send" in line)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("gone.py",), 3, "there is no file gone.py"),
        (("plan.py", "--payload", "[]"), 2, "the payload must be a JSON object"),
        (("plan.py", "--answers", "gone.json"), 3, "there is no file gone.json"),
        (("plan.py", "--answers", "list.json"), 2, "list.json is no object with decisions, events, payload, results"),
        (("plan.py", "--answers", "bad.toml"), 2, "bad.toml is not TOML"),
        (("plan.py", "--answers", "deep.toml"), 2, "deep.toml is nested too deeply: make it flatter"),
        (("plan.py", "--answers", "wrong.json"), 2, "wrong.json: results.orders.get.0"),
        (("ada", "--agent", "ada"), 2, "--agent is for a FILE"),
        (("plan.py", "--paths", "0"), 2, "--paths"),
    ],
)
def test_wrong_input_is_refused_in_a_line(
    tries: Types, shop: Path, types: Types, words: tuple[str, ...], status: int, said: str
) -> None:
    (shop / "plan.py").write_text(LOAD)
    (shop / "list.json").write_text("[]")
    (shop / "bad.toml").write_text("= 1")
    (shop / "deep.toml").write_text(f"payload = {'[' * 20_000}")
    (shop / "wrong.json").write_text('{"results": {"orders.get": [{"returns": 1}]}}')
    done = types("plan", "try", *words)
    assert done.status == status
    assert said in done.err


def test_a_plan_that_the_checks_refuse_is_not_tried(tries: Types) -> None:
    done = tries(BROKEN)
    assert (done.status, done.out) == (4, "")
    assert "it is not tried out: plan.py:1:" in done.err


def test_an_agent_without_plans_has_none_to_try(types: Types, has: Has) -> None:
    has(FAIL)
    done = types("plan", "try", "ada@7")
    assert done.status == 3
    assert "there is no plan ada@7: `agentflow plan list ada` names them" in done.err
