"""The one table that says which answer leads where, and what a decision is bound to."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from agentflow.approvals import TRANSITIONS, Action, Decision, closed, decided, digest, question_id
from agentflow.errors import Conflict, Refused, UsageError
from agentflow.records import Approval, ApprovalKind, Call, Principal

ANNA = Principal("anna")
CALL = Call("mail.send", {"to": "x"})
QUESTION = Approval(
    id="approval_1",
    tenant="default",
    agent="a",
    version=1,
    run="run_1",
    generation=1,
    step="s#1",
    kind="call",
    question="Go?",
    details=None,
    calls=(CALL,),
    digest=digest((CALL,), "Go?", None),
    schema={"type": "integer"},
    default=None,
    risk="low",
    status="pending",
    created_at=1.0,
    expires_at=100.0,
)
ACTIONS: tuple[Action, ...] = ("approve", "reject", "answer", "happened", "not_happened")
KINDS: tuple[ApprovalKind, ...] = ("call", "ask", "outcome")


@pytest.mark.parametrize(("kind", "action"), list(product(KINDS, ACTIONS)))
def test_each_kind_of_question_takes_its_own_answers(kind: ApprovalKind, action: Action) -> None:
    asked, decision = replace(QUESTION, kind=kind), Decision(action, "because", 7)
    if (kind, action) not in TRANSITIONS:
        with pytest.raises(UsageError, match="approval_1 cannot be decided this way: "):
            decided(asked, decision, ANNA, 50.0)
        return
    write, said = decided(asked, decision, ANNA, 50.0)
    assert write.params["status"] == said["status"] == TRANSITIONS[kind, action]
    assert said == {
        "approval": "approval_1",
        "status": said["status"],
        "at": 50.0,
        "action": action,
        "value": 7,
        "by": "anna",
        "comment": "because",
    }
    assert isinstance(write.refuse, Conflict)


@pytest.mark.parametrize(("now", "open"), [(99.9, True), (100.0, False), (200.0, False)])
def test_what_has_expired_is_not_decided_any_more(now: float, open: bool) -> None:
    decision = Decision("approve")
    if open:
        assert decided(QUESTION, decision, ANNA, now)
    else:
        with pytest.raises(Conflict, match="approval_1 has expired: it can no longer be decided"):
            decided(QUESTION, decision, ANNA, now)


def test_a_question_without_an_end_never_expires() -> None:
    assert decided(replace(QUESTION, kind="outcome", expires_at=None), Decision("not_happened"), ANNA, 1e12)


@pytest.mark.parametrize(
    ("status", "by", "words"),
    [("approved", "bert", "is already approved by bert"), ("expired", None, "is already expired: a question")],
)
def test_what_is_decided_stays_decided(status: str, by: str | None, words: str) -> None:
    with pytest.raises(Conflict, match=words):
        decided(replace(QUESTION, status=status, decided_by=by), Decision("reject"), ANNA, 2.0)  # type: ignore[arg-type]


def test_who_may_not_decide_learns_nothing_of_its_state() -> None:
    with pytest.raises(Refused, match="bert may not decide approval_1: that needs the role approver"):
        decided(replace(QUESTION, status="approved"), Decision("approve"), Principal("bert", roles=frozenset()), 2.0)


@pytest.mark.parametrize("shown", [None, QUESTION.digest])
def test_the_digest_that_was_shown_may_come_along(shown: str | None) -> None:
    assert decided(QUESTION, Decision("approve", digest=shown), ANNA, 2.0)
    with pytest.raises(Refused, match="something else than digest other"):
        decided(QUESTION, Decision("approve", digest="other"), ANNA, 2.0)


@pytest.mark.parametrize(("value", "fits"), [(3, True), ("3", False), (None, False)])
def test_an_answer_must_fit_its_schema(value: object, fits: bool) -> None:
    asked = replace(QUESTION, kind="ask")
    if fits:
        assert decided(asked, Decision("answer", value=value), ANNA, 2.0)
    else:
        with pytest.raises(UsageError, match="the answer does not fit approval_1: "):
            decided(asked, Decision("answer", value=value), ANNA, 2.0)


def test_the_digest_is_over_the_calls_or_where_there_are_none_over_the_question() -> None:
    other = Call("mail.send", {"to": "y"})
    assert digest((CALL,), "a", None) == digest((CALL,), "b", {"type": "string"})
    assert len({digest((CALL,), "a", None), digest((other,), "a", None), digest((CALL, other), "a", None)}) == 3
    assert len({digest((), "a", None), digest((), "b", None), digest((), "a", {"type": "string"})}) == 3


def test_the_id_of_a_question_follows_from_where_it_was_asked() -> None:
    ids = {question_id("r", 1, "s#1", 1), question_id("r", 2, "s#1", 1), question_id("r", 1, "s#1", 2)}
    assert len(ids) == 3
    assert question_id("r", 1, "s#1", 1) in ids


def test_expiry_gives_way_to_a_decision() -> None:
    assert isinstance(closed("approval_1", "expired", 100.0).refuse, Conflict)


def test_a_question_of_a_step_that_was_let_go_is_closed_unless_it_is_decided() -> None:
    write = closed("approval_1", "withdrawn", 100.0)
    assert (write.params["status"], write.refuse) == ("withdrawn", None)
