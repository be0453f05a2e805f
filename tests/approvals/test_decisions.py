"""The one table that says which answer leads where, and what a decision is bound to."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from agentflow.approvals import TRANSITIONS, closed, digest, question_id
from agentflow.approvals.ruling import Case, Decision, Moved, rule, writes
from agentflow.errors import Conflict, Expired, Refused, Stale, UsageError
from agentflow.records import Action, Approval, ApprovalKind, Call, Principal

from .cases import ANNA, CALL, QUESTION, check

ACTIONS: tuple[Action, ...] = ("approve", "reject", "answer", "happened", "not_happened")
KINDS: tuple[ApprovalKind, ...] = ("call", "ask", "outcome")


def of(question: Approval, now: float = 2.0) -> Case:
    return Case(question, now)


@pytest.mark.parametrize(("kind", "action"), list(product(KINDS, ACTIONS)))
def test_each_kind_of_question_takes_its_own_answers(kind: ApprovalKind, action: Action) -> None:
    asked, decision = replace(QUESTION, kind=kind), Decision(action, "because", 7)
    if (kind, action) not in TRANSITIONS:
        with pytest.raises(UsageError, match="approval_1 cannot be decided this way: "):
            rule(of(asked), decision, ANNA, check)
        return
    ruling = rule(of(asked, 50.0), decision, ANNA, check)
    assert ruling.status == TRANSITIONS[kind, action]
    assert ruling.message() == {
        "approval": "approval_1",
        "status": ruling.status,
        "at": 50.0,
        "action": action,
        "value": 7,
        "by": "anna",
        "comment": "because",
    }
    compared, stored = writes(ruling, "{}")
    assert (compared.params["status"], compared.params["number"]) == (ruling.status, 1)
    assert isinstance(compared.refuse, Moved)
    assert (stored.params["who"], stored.params["channel"]) == ("anna", "python")


@pytest.mark.parametrize(("now", "open"), [(99.9, True), (100.0, False), (200.0, False)])
def test_what_has_expired_is_not_decided_any_more(now: float, open: bool) -> None:
    if open:
        assert rule(of(QUESTION, now), Decision("approve"), ANNA, check).status == "approved"
    else:
        with pytest.raises(Expired, match="approval_1 has expired: it can no longer be decided"):
            rule(of(QUESTION, now), Decision("approve"), ANNA, check)


def test_a_question_without_an_end_never_expires() -> None:
    asked = replace(QUESTION, kind="outcome", expires_at=None)
    assert rule(of(asked, 1e12), Decision("not_happened"), ANNA, check).status == "answered"


@pytest.mark.parametrize(
    ("status", "by", "error", "words"),
    [
        ("approved", "bert", Conflict, "is already approved by bert: a question is decided once"),
        ("answered", None, Conflict, "is already answered by somebody"),
        ("withdrawn", None, Conflict, "is withdrawn: its run does not wait for it any more"),
        ("expired", None, Expired, "has expired"),
    ],
)
def test_what_is_over_stays_as_it_is(status: str, by: str | None, error: type[Conflict], words: str) -> None:
    asked = replace(QUESTION, status=status, decided_by=by)  # type: ignore[arg-type]
    with pytest.raises(error, match=words):
        rule(of(asked), Decision("reject"), ANNA, check)


def test_who_may_not_decide_learns_nothing_of_its_state() -> None:
    with pytest.raises(Refused, match="bert may not decide approval_1: that needs the role approver"):
        rule(of(replace(QUESTION, status="approved")), Decision("approve"), Principal("bert", roles=frozenset()), check)


@pytest.mark.parametrize("shown", [None, QUESTION.digest])
def test_the_digest_that_was_shown_may_come_along(shown: str | None) -> None:
    assert rule(of(QUESTION), Decision("approve", digest=shown), ANNA, check).verdict.seen == QUESTION.digest
    with pytest.raises(Stale, match="something else than digest other"):
        rule(of(QUESTION), Decision("approve", digest="other"), ANNA, check)


@pytest.mark.parametrize(("value", "fits"), [(3, True), ("3", False), (None, False)])
def test_an_answer_must_fit_its_schema(value: object, fits: bool) -> None:
    asked, answer = replace(QUESTION, kind="ask"), Decision("answer", value=value)
    if fits:
        assert rule(of(asked), answer, ANNA, check).message()["value"] == value
    else:
        with pytest.raises(UsageError, match="the answer does not fit approval_1: "):
            rule(of(asked), answer, ANNA, check)


def test_the_digest_is_over_the_calls_or_where_there_are_none_over_the_question() -> None:
    other = Call("bank.pay", {"amount": 6})
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
