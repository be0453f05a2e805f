"""Nothing of what a guest says is believed before it is checked."""

from __future__ import annotations

from typing import Any

import pytest

from agentflow.errors import Diverged, GuestError, GuestLimit
from agentflow.records.moments import Branch, Looked, Name, Place
from agentflow.sandbox import Body, BodyCall, Command, End, Turn
from agentflow.sandbox.commands import LARGEST_VALUE, Checks, answered, done, looked

HEAD: dict[str, Any] = {"name": "x", "occurrence": 1, "line": 5}
CALL = {"tool": "mail.send", "args": {"to": "a"}, "approval": None}
RETRIES = {"limit": 5, "delay": 10.0, "backoff": "exponential"}
PLAIN = {"rollback": False, "sensitive": False}
DO = {**HEAD, "kind": "do", "call": CALL, "retries": RETRIES, "timeout": 600.0, "deadline": None, **PLAIN}
SLEEP = {**HEAD, "kind": "sleep", "seconds": 5}
UNTIL = {**HEAD, "kind": "sleep_until", "at": -5.5}
EVENT = {**HEAD, "kind": "wait_for_event", "types": ["a.b"], "where": {"n": [1]}, "timeout": 5}
APPROVAL = {
    **HEAD,
    "kind": "wait_for_approval",
    "question": "ok?",
    "details": None,
    "calls": [{"tool": "a.b", "args": {}}],
    "many": False,
    "approvers": ["anna", "bert"],
    "quorum": 2,
    "until": 5,
}
ASK = {
    **HEAD,
    "kind": "ask",
    "question": "?",
    "schema": {"type": "string"},
    "default": {"value": None},
    "details": [1],
    "approvers": None,
    "timeout": 5,
}
DELEGATE = {**HEAD, "kind": "delegate", "agent": "a-b", "goal": None, "payload": {"n": 1}, "timeout": None}
NAMELESS = {**HEAD, "name": ""}
TIMEOUT = {**NAMELESS, "kind": "timeout", "timeout": 5}
ROLLBACK = {**NAMELESS, "kind": "rollback", "names": ["a", "b"]}
PROGRESS = {**NAMELESS, "kind": "progress", "message": "half", "fraction": 0.5}
WITHDRAW = {**HEAD, "kind": "withdraw"}
ERROR = {
    "kind": "Error",
    "type": "ValueError",
    "message": "no",
    "data": None,
    "step": None,
    "attempts": None,
    "by": None,
    "reason": None,
    "line": 7,
}
NESTED: Any = "leaf"
for _ in range(200):
    NESTED = [NESTED]


def read(*commands: Any, end: Any = None) -> Turn:
    """One turn with these commands."""
    (turn,) = Checks().turns(answered({"turns": [list(commands)], "end": end}), 1)
    return turn


@pytest.mark.parametrize(
    "command",
    [
        DO,
        {**DO, "call": None, "deadline": 5, "line": None},
        {**DO, "call": {**CALL, "approval": "ask # me#12"}},
        SLEEP,
        UNTIL,
        EVENT,
        {**EVENT, "where": None},
        APPROVAL,
        ASK,
        {**ASK, "default": None},
        {**DO, "rollback": True, "sensitive": True, "retries": {**RETRIES, "delay": None}},
        DELEGATE,
        {**DELEGATE, "goal": "reach it", "payload": None, "timeout": 5},
        {**{field: value for field, value in DELEGATE.items() if field != "timeout"}, "until": 5},
        TIMEOUT,
        {**NAMELESS, "kind": "timeout", "until": 5},
        ROLLBACK,
        {**ROLLBACK, "names": None},
        PROGRESS,
        {**PROGRESS, "fraction": None, "message": "x" * 1000},
        {**PROGRESS, "fraction": 0},
        {**PROGRESS, "fraction": 1},
    ],
)
def test_what_the_protocol_says_is_read(command: dict[str, Any]) -> None:
    spec = {field: value for field, value in command.items() if field not in {*HEAD, "kind"}}
    expected = Command(command["kind"], command["name"], 1, command["line"], spec)
    assert read(command) == Turn((expected,))


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        (DO, {"name": ""}),
        (DO, {"name": "x" * 257}),
        (DO, {"name": "a\nb"}),
        (DO, {"name": 5}),
        (DO, {"occurrence": 0}),
        (DO, {"occurrence": 2}),
        (DO, {"occurrence": True}),
        (DO, {"line": -1}),
        (DO, {"kind": "fly"}),
        (DO, {"kind": None}),
        (DO, {"kind": ["do"]}),
        (DO, {"more": 1}),
        (DO, {"call": 5}),
        (DO, {"call": {"tool": "a.b", "args": {}}}),
        (DO, {"call": {**CALL, "tool": "send"}}),
        (DO, {"call": {**CALL, "tool": "../send.x"}}),
        (DO, {"call": {**CALL, "tool": "a." + "b" * 300}}),
        (DO, {"call": {**CALL, "args": []}}),
        (DO, {"call": {**CALL, "approval": "x"}}),
        (DO, {"call": {**CALL, "approval": "x#0x1"}}),
        (DO, {"call": {**CALL, "approval": 5}}),
        (DO, {"call": {**CALL, "args": {"x": "x" * LARGEST_VALUE}}}),
        (DO, {"call": {**CALL, "args": {"x": NESTED}}}),
        (DO, {"call": {**CALL, "args": {"x": float("inf")}}}),
        (DO, {"call": {**CALL, "args": {"x": "\ud800"}}}),
        (DO, {"retries": None}),
        (DO, {"retries": {**RETRIES, "limit": 10_001}}),
        (DO, {"retries": {**RETRIES, "limit": 1.5}}),
        (DO, {"retries": {**RETRIES, "delay": -1}}),
        (DO, {"retries": {**RETRIES, "backoff": "slow"}}),
        (DO, {"timeout": 0}),
        (DO, {"timeout": None}),
        (DO, {"timeout": True}),
        (DO, {"timeout": 366 * 86400}),
        (DO, {"timeout": 10**400}),
        (DO, {"timeout": float("nan")}),
        (DO, {"deadline": "5"}),
        (SLEEP, {"seconds": -1}),
        (SLEEP, {"seconds": "5"}),
        (UNTIL, {"at": 1e12}),
        (EVENT, {"types": []}),
        (EVENT, {"types": "a"}),
        (EVENT, {"types": ["a b"]}),
        (EVENT, {"types": [5]}),
        (EVENT, {"where": {"n": 1}}),
        (EVENT, {"where": {"n": []}}),
        (EVENT, {"until": 5}),
        (APPROVAL, {"question": None}),
        (APPROVAL, {"calls": [5]}),
        (APPROVAL, {"calls": None}),
        (APPROVAL, {"many": 1}),
        (APPROVAL, {"approvers": []}),
        (APPROVAL, {"approvers": "anna"}),
        (APPROVAL, {"approvers": ["anna", 5]}),
        (APPROVAL, {"approvers": ["x" * 101]}),
        (APPROVAL, {"approvers": ["a"] * 101}),
        (APPROVAL, {"quorum": 0}),
        (APPROVAL, {"quorum": 101}),
        (APPROVAL, {"quorum": None}),
        (ASK, {"approvers": ["an\nna"]}),
        (ASK, {"quorum": 1}),
        (ASK, {"schema": "string"}),
        (ASK, {"schema": {"items": NESTED}}),
        (ASK, {"details": {"x": float("inf")}}),
        (ASK, {"question": "\ud800"}),
        (ASK, {"default": 5}),
        (ASK, {"timeout": -5}),
        (DO, {"rollback": None}),
        (DO, {"sensitive": 1}),
        (DELEGATE, {"agent": "A b"}),
        (DELEGATE, {"agent": None}),
        (DELEGATE, {"goal": 5}),
        (DELEGATE, {"payload": {"$bytes": "!"}}),
        (DELEGATE, {"timeout": 0}),
        (DELEGATE, {"until": 5}),
        (TIMEOUT, {"timeout": None}),
        (TIMEOUT, {"timeout": 0}),
        (TIMEOUT, {"name": "x"}),
        (ROLLBACK, {"names": []}),
        (ROLLBACK, {"names": "a"}),
        (ROLLBACK, {"names": ["a", ""]}),
        (ROLLBACK, {"name": "x"}),
        (PROGRESS, {"message": ""}),
        (PROGRESS, {"message": "x" * 1001}),
        (PROGRESS, {"message": None}),
        (PROGRESS, {"fraction": -0.1}),
        (PROGRESS, {"fraction": 1.1}),
        (PROGRESS, {"fraction": True}),
        (PROGRESS, {"fraction": "0.5"}),
        (PROGRESS, {"name": "x"}),
        (WITHDRAW, {}),
    ],
)
def test_everything_else_breaks_the_protocol(command: dict[str, Any], wrong: dict[str, Any]) -> None:
    with pytest.raises(GuestError, match="broke the protocol and was killed") as caught:
        read({**command, **wrong})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", sorted(DO))
def test_no_field_may_be_missing(missing: str) -> None:
    with pytest.raises(GuestError, match="broke the protocol"):
        read({field: value for field, value in DO.items() if field != missing})


@pytest.mark.parametrize(
    "response",
    [
        None,
        [],
        {},
        {"turns": [[]]},
        {"turns": {}, "end": None},
        {"turns": [], "end": None},
        {"turns": [[], []], "end": None},
        {"turns": [5], "end": None},
        {"turns": [[5]], "end": None},
        {"turns": [[SLEEP] * 1001], "end": None},
        {"turns": [[]], "end": 5},
        {"turns": [[]], "end": {}},
        {"turns": [[]], "end": {"result": 1, "error": ERROR}},
        {"turns": [[]], "end": {"result": "x" * LARGEST_VALUE}},
        {"turns": [[]], "end": {"result": float("inf")}},
        {"turns": [[]], "end": {"result": NESTED}},
        {"turns": [[]], "more": None},
        {"loaded": NESTED},
        {"turns": [[]], "end": {"error": None}},
        {"turns": [[]], "end": {"continue": None}},
        {"turns": [[]], "end": {"continue": [1]}},
        {"turns": [[]], "end": {"continue": {"$bytes": "eA=="}}},
        {"turns": [[]], "end": {"continue": {"$bytes": "!"}}},
        {"turns": [[]], "end": {"continue": {"x": "x" * LARGEST_VALUE}}},
        {"turns": [[]], "end": {"continue": {}, "result": 1}},
        {"turns": [[]], "end": {"error": {**ERROR, "kind": "Other"}}},
        {"turns": [[]], "end": {"error": {**ERROR, "kind": []}}},
        {"turns": [[]], "end": {"error": {**ERROR, "message": None}}},
        {"turns": [[]], "end": {"error": {**ERROR, "by": "ann"}}},
        {"turns": [[]], "end": {"error": {**ERROR, "by": [5]}}},
        {"turns": [[]], "end": {"error": {**ERROR, "attempts": -1}}},
        {"turns": [[]], "end": {"error": {**ERROR, "data": "x" * LARGEST_VALUE}}},
    ],
)
def test_an_answer_that_is_no_turn_breaks_the_protocol(response: Any) -> None:
    with pytest.raises(GuestError, match="broke the protocol"):
        Checks().turns(answered(response), 1)


def test_the_end_belongs_to_the_last_turn() -> None:
    turns = Checks().turns({"turns": [[SLEEP], []], "end": {"result": {"n": 1}}}, 3)
    assert [turn.end for turn in turns] == [None, End(result={"n": 1})]
    assert read(end={"error": ERROR}).end == End(error=ERROR)


def test_occurrences_are_counted_over_turns_and_kinds() -> None:
    checks = Checks()
    checks.turns({"turns": [[SLEEP], [{**UNTIL, "occurrence": 2}]], "end": None}, 2)
    checks.turns({"turns": [[{**DO, "occurrence": 3}]], "end": None}, 1)
    with pytest.raises(GuestError, match="expected occurrence 4 of step 'x'"):
        checks.turns({"turns": [[{**DO, "occurrence": 3}]], "end": None}, 1)


def test_commands_without_a_name_share_one_count() -> None:
    turn = read(TIMEOUT, {**ROLLBACK, "occurrence": 2}, {**PROGRESS, "occurrence": 3}, SLEEP)
    assert [command.key for command in turn.commands] == ["#1", "#2", "#3", "x#1"]
    with pytest.raises(GuestError, match="expected occurrence 2 of step ''"):
        read(TIMEOUT, PROGRESS)


def test_a_withdrawal_names_a_step_that_was_started_and_not_withdrawn() -> None:
    checks = Checks()
    checks.turns({"turns": [[SLEEP, {**SLEEP, "occurrence": 2}, TIMEOUT]], "end": None}, 1)
    timer = {**WITHDRAW, "name": ""}
    [turn] = checks.turns({"turns": [[{**WITHDRAW, "occurrence": 2}, timer]], "end": None}, 1)
    assert [(command.kind, command.key) for command in turn.commands] == [("withdraw", "x#2"), ("withdraw", "#1")]
    for wrong in ({**WITHDRAW, "occurrence": 2}, {**WITHDRAW, "occurrence": 3}, timer, {**WITHDRAW, "name": "y"}):
        with pytest.raises(GuestError, match="to withdraw a step that has been started and not withdrawn"):
            checks.turns({"turns": [[wrong]], "end": None}, 1)
    [turn] = checks.turns({"turns": [[{**SLEEP, "occurrence": 3}, WITHDRAW]], "end": None}, 1)
    assert [command.key for command in turn.commands] == ["x#3", "x#1"]


def test_withdrawals_are_not_among_the_steps_that_a_turn_may_start() -> None:
    checks = Checks()
    for first in (1, 1001):
        steps = [{**SLEEP, "occurrence": number} for number in range(first, first + 1000)]
        checks.turns({"turns": [steps], "end": None}, 1)
    gone = [{**WITHDRAW, "occurrence": number} for number in range(1, 2001)]
    [turn] = checks.turns({"turns": [gone], "end": None}, 1)
    assert len(turn.commands) == 2000


def test_a_run_may_end_with_the_payload_of_the_next_generation() -> None:
    assert read(end={"continue": {"n": {"$decimal": "1"}}}).end == End({"n": {"$decimal": "1"}}, continued=True)
    assert read(end={"continue": {"$dict": {"$n": 1}}}).end == End({"$dict": {"$n": 1}}, continued=True)


def test_an_evaluation_gives_a_call_or_nothing_or_a_length_of_time() -> None:
    call = {"tool": "a.b", "args": {"n": 1}}
    for what, result in (("rollback", call), ("rollback", None), ("delay", 0), ("delay", 2.5)):
        assert Checks().evaluated({"calls": [], "end": {"result": result}}, what) == End(result=result)
    assert Checks().evaluated({"calls": [], "end": {"error": ERROR}}, "delay") == End(error=ERROR)


@pytest.mark.parametrize(
    ("what", "response"),
    [
        ("rollback", {"calls": [], "end": None}),
        ("rollback", {"calls": [{"call": 1, "tool": "a.b", "args": {}}], "end": {"result": None}}),
        ("rollback", {"calls": [], "end": {"result": 5}}),
        ("rollback", {"calls": [], "end": {"result": {"tool": "a.b"}}}),
        ("rollback", {"calls": [], "end": {"continue": {}}}),
        ("rollback", {"calls": [], "end": {"continue": {"tool": "a.b", "args": {}}}}),
        ("delay", {"calls": [], "end": {"result": None}}),
        ("delay", {"calls": [], "end": {"result": -1}}),
        ("delay", {"calls": [], "end": {"result": "5"}}),
        ("delay", {"end": {"result": 5}}),
    ],
)
def test_what_is_no_evaluation_breaks_the_protocol(what: str, response: Any) -> None:
    with pytest.raises(GuestError, match="broke the protocol"):
        Checks().evaluated(response, what)


def test_calls_of_a_body_are_numbered() -> None:
    checks = Checks()
    call = {"call": 1, "tool": "a.b", "args": {"n": 1}}
    assert checks.body({"calls": [call], "end": None}) == Body((BodyCall(1, "a.b", {"n": 1}),))
    assert checks.body({"calls": [], "end": {"result": 5}}) == Body((), End(result=5))
    with pytest.raises(GuestError, match="expected tool call number 2"):
        checks.body({"calls": [call], "end": None})


@pytest.mark.parametrize(
    "call",
    [
        None,
        {"call": 1, "tool": "a", "args": {}},
        {"call": 1, "tool": "a.b", "args": 5},
        {"call": 1, "tool": "a.b", "args": {"x": "x" * LARGEST_VALUE}},
    ],
)
def test_a_call_that_is_none_breaks_the_protocol(call: Any) -> None:
    with pytest.raises(GuestError, match="broke the protocol"):
        Checks().body({"calls": [call], "end": None})


def test_a_fault_is_raised_as_what_it_is() -> None:
    with pytest.raises(Diverged, match="other code") as diverged:
        answered({"fault": {"type": "Diverged", "message": "other\ncode", "turn": 3}})
    assert diverged.value.turn == 3
    with pytest.raises(GuestLimit, match="ran out of memory") as limit:
        answered({"fault": {"type": "MemoryError", "message": ""}})
    assert limit.value.limit == "guest_memory_mb"


@pytest.mark.parametrize("fault", [None, 5, {}, {"type": "Diverged", "message": "x"}, {"type": "Misuse", "message": 5}])
def test_every_other_fault_is_an_error_of_the_guest(fault: Any) -> None:
    with pytest.raises(GuestError, match="could not do what it was asked"):
        answered({"fault": fault})


def test_one_word_is_one_word() -> None:
    done({"opened": True}, "opened")
    with pytest.raises(GuestError, match="expected the word 'opened'"):
        done({"opened": True, "more": 1}, "opened")


NAME = {"name": "self.order", "type": "dict", "value": {"id": "17"}, "size": 11}
PLACE = {"function": "run", "line": 9, "names": [NAME]}
BRANCH = {"waits": "pay#1", "places": [PLACE]}


def test_where_a_run_stands_is_told_by_branch_place_and_name() -> None:
    name = Name("self.order", "dict", {"id": "17"}, 11)
    assert looked({"branches": [BRANCH, {"waits": None, "places": []}], "more": 2}) == Looked(
        (Branch("pay#1", (Place("run", 9, (name,)),)), Branch(None, ())), 2
    )


@pytest.mark.parametrize(
    "answer",
    [
        {"branches": [BRANCH]},
        {"branches": None, "more": 0},
        {"branches": [BRANCH], "more": -1},
        {"branches": [{**BRANCH, "waits": "pay"}], "more": 0},
        {"branches": [{**BRANCH, "places": {}}], "more": 0},
        {"branches": [{"waits": None, "places": [{**PLACE, "line": 0}]}], "more": 0},
        {"branches": [{"waits": None, "places": [{**PLACE, "function": "a\x1b[2J"}]}], "more": 0},
        {"branches": [{"waits": None, "places": [{**PLACE, "names": [{**NAME, "name": "n" * 300}]}]}], "more": 0},
        {
            "branches": [{"waits": None, "places": [{**PLACE, "names": [{**NAME, "value": {"$decimal": "x"}}]}]}],
            "more": 0,
        },
        {"branches": [{"waits": None, "places": [{**PLACE, "names": [{**NAME, "size": "11"}]}]}], "more": 0},
    ],
)
def test_a_place_that_is_none_is_not_believed(answer: Any) -> None:
    with pytest.raises(GuestError, match="broke the protocol"):
        looked(answer)
