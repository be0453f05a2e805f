"""Several people, one question: votes, edits, repetitions, and who may not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentflow.approvals import digest
from agentflow.approvals.editing import Change, changes
from agentflow.approvals.policy import dumps, impossible, loads
from agentflow.approvals.ruling import Case, Decision, Ruling, rule
from agentflow.errors import Conflict, Refused, Stale, UsageError
from agentflow.records import Approval, ApprovalPolicy, Call, Escalation, Json, Principal

from .cases import ANNA, BERT, CALL, CARL, QUESTION, check

TWO = ApprovalPolicy(quorum=2)
APPROVE, REJECT = Decision("approve"), Decision("reject", "no")


def after(case: Case, ruling: Ruling) -> Case:
    """The case once a ruling is stored."""
    if not ruling.new:
        return case
    over = ruling.status != "pending"
    said = {key: value for key, value in ruling.message().items() if key in ("agreed", "action")}
    approval = replace(
        case.approval,
        status=ruling.status,
        calls=ruling.calls,
        digest=ruling.digest,
        original=ruling.original,
        verdicts=ruling.verdict.number,
        decided_by=ruling.verdict.who if over else None,
        decision=said if over else None,
    )
    return replace(case, approval=approval, verdicts=(*case.verdicts, ruling.verdict))


def told(case: Case, *said: tuple[Principal, Decision]) -> tuple[Case, Ruling]:
    """The case after these decisions, and what the last came to."""
    for who, decision in said:
        ruling = rule(case, decision, who, check)
        case = after(case, ruling)
    return case, ruling


def edit(amount: Json, digest: str | None = None) -> Decision:
    return Decision("approve", None, None, digest, {"amount": amount})


def about(amount: int) -> str:
    return digest((Call("bank.pay", {"amount": amount}),), "", None)


# quorum


def test_it_is_pending_until_so_many_have_agreed_and_all_are_named() -> None:
    case, first = told(Case(QUESTION, 2.0, TWO), (ANNA, APPROVE))
    assert (first.status, case.agreed) == ("pending", ("anna",))
    _, last = told(case, (BERT, APPROVE))
    assert (last.status, last.message()["by"], last.message()["agreed"]) == ("approved", "bert", ["anna", "bert"])


def test_nobody_counts_twice() -> None:
    case, again = told(Case(QUESTION, 2.0, TWO), (ANNA, APPROVE), (ANNA, Decision("approve", "really")))
    assert (again.new, again.status, case.agreed) == (False, "pending", ("anna",))


def test_one_rejection_ends_it_also_that_of_somebody_who_had_agreed() -> None:
    _, ended = told(Case(QUESTION, 2.0, TWO), (ANNA, APPROVE), (ANNA, REJECT))
    assert (ended.status, ended.message()["by"], "agreed" in ended.message()) == ("rejected", "anna", False)


@pytest.mark.parametrize(("policy", "plan", "needed"), [(1, 1, 1), (1, 3, 3), (3, 2, 3)])
def test_a_plan_can_only_raise_the_quorum(policy: int, plan: int, needed: int) -> None:
    assert Case(replace(QUESTION, quorum=plan), 2.0, ApprovalPolicy(quorum=policy)).needed == needed


@pytest.mark.parametrize("kind", ["ask", "outcome"])
def test_an_answer_and_a_fact_take_one_person(kind: str) -> None:
    asked = replace(QUESTION, kind=kind)  # type: ignore[arg-type]
    case = Case(asked, 2.0, TWO, asked_by="anna")
    decision = Decision("answer", value=3) if kind == "ask" else Decision("not_happened")
    assert rule(case, decision, ANNA, check).status == "answered"


# the same again


def test_the_same_decision_again_is_the_stored_one_and_another_names_who_decided() -> None:
    case, _ = told(Case(QUESTION, 2.0, TWO), (ANNA, APPROVE), (BERT, APPROVE))
    assert not rule(case, APPROVE, ANNA, check).new
    assert not rule(case, Decision("approve", digest=QUESTION.digest), BERT, check).new
    for who, decision in ((CARL, APPROVE), (ANNA, REJECT)):
        with pytest.raises(Conflict, match="already approved by anna and bert"):
            rule(case, decision, who, check)


def test_another_answer_is_another_decision() -> None:
    case, _ = told(Case(replace(QUESTION, kind="ask"), 2.0), (ANNA, Decision("answer", value=3)))
    assert not rule(case, Decision("answer", value=3), ANNA, check).new
    with pytest.raises(Conflict, match="already answered by anna"):
        rule(case, Decision("answer", value=4), ANNA, check)


# edits


def test_an_edit_is_what_the_run_is_told_and_the_original_is_kept() -> None:
    case, ruling = told(Case(QUESTION, 2.0), (ANNA, edit(7, QUESTION.digest)))
    assert ruling.message()["calls"] == [{"tool": "bank.pay", "args": {"amount": 7}}]
    assert (case.approval.original, case.approval.digest) == ((CALL,), about(7))
    assert (ruling.verdict.seen, ruling.verdict.digest) == (QUESTION.digest, about(7))
    assert not rule(case, edit(7, QUESTION.digest), ANNA, check).new
    with pytest.raises(Conflict, match="already approved by anna"):
        rule(case, edit(8, QUESTION.digest), ANNA, check)


def test_after_an_edit_people_agree_anew() -> None:
    case, edited = told(Case(QUESTION, 2.0, TWO), (ANNA, APPROVE), (BERT, edit(7)))
    assert (edited.status, case.agreed) == ("pending", ("bert",))
    with pytest.raises(Stale):
        rule(case, Decision("approve", digest=QUESTION.digest), ANNA, check)
    _, last = told(case, (ANNA, Decision("approve", digest=about(7))))
    assert (last.status, last.message()["agreed"], last.calls[0].args) == ("approved", ["bert", "anna"], {"amount": 7})


def test_who_edits_it_back_does_not_bring_the_old_votes_back() -> None:
    case, _ = told(Case(QUESTION, 2.0, TWO), (ANNA, APPROVE), (BERT, edit(7)), (BERT, edit(5)))
    assert (case.approval.digest, case.agreed, case.approval.original) == (QUESTION.digest, ("bert",), (CALL,))


def test_arguments_that_are_the_same_are_no_edit() -> None:
    case, ruling = told(Case(QUESTION, 2.0, TWO), (ANNA, APPROVE), (BERT, edit(5)))
    assert (ruling.status, ruling.verdict.calls, case.approval.original) == ("approved", None, None)
    assert "calls" not in ruling.message()


@pytest.mark.parametrize(
    ("asked", "decision", "words"),
    [
        (QUESTION, edit("7"), "bank.pay does not take these arguments: amount is missing"),
        (QUESTION, Decision("approve", args={}), "bank.pay does not take these arguments"),
        (QUESTION, Decision("approve", args=7), "the arguments of approval_1 are an object with the arguments"),
        (replace(QUESTION, calls=(CALL, CALL)), edit(7), "are a list of 2 objects, one for each call"),
        (replace(QUESTION, editable=False), edit(7), "only where it asked for it with call="),
        (QUESTION, Decision("reject", args={"amount": 7}), "arguments are edited by who approves"),
    ],
)
def test_what_cannot_be_edited_so_is_refused(asked: Approval, decision: Decision, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        rule(Case(asked, 2.0), decision, ANNA, check)


def test_several_calls_are_edited_as_a_list() -> None:
    both = replace(QUESTION, calls=(CALL, CALL))
    ruling = rule(Case(both, 2.0), Decision("approve", args=[{"amount": 5}, {"amount": 6}]), ANNA, check)
    assert [call.args["amount"] for call in ruling.calls] == [5, 6]
    assert list(changes(both.calls, ruling.calls)) == [Change("bank.pay", "amount", (5,), (6,))]


def test_what_was_edited_is_told_by_argument() -> None:
    found = changes([Call("t", {"a": 1, "b": 2, "c": 3})], [Call("t", {"a": 1, "c": None, "d": 4})])
    assert list(found) == [Change("t", "b", (2,), ()), Change("t", "c", (3,), (None,)), Change("t", "d", (), (4,))]


# who


@pytest.mark.parametrize(
    ("policy", "plan", "may"),
    [
        ((), (), {"anna", "bert", "carl"}),
        (("anna", "bert"), (), {"anna", "bert"}),
        ((), ("bert",), {"bert"}),
        (("anna", "bert"), ("bert", "carl"), {"bert"}),
        (("anna",), ("carl",), set()),
    ],
)
def test_who_decides_is_named_by_policy_and_plan(policy: tuple[str, ...], plan: tuple[str, ...], may: set[str]) -> None:
    case = Case(replace(QUESTION, approvers=plan), 2.0, ApprovalPolicy(policy))
    for who in (ANNA, BERT, CARL):
        if who.name in may:
            assert rule(case, REJECT, who, check).status == "rejected"
        else:
            with pytest.raises(Refused, match=f"{who.name} may not decide approval_1: (that is for|nobody may whom)"):
                rule(case, REJECT, who, check)


@pytest.mark.parametrize(
    ("no_self", "quorum", "may"),
    [(None, 1, True), (None, 2, False), (True, 1, False), (False, 2, True), (False, 1, True)],
)
def test_who_asked_for_it_agrees_only_where_the_policy_says_so(no_self: bool | None, quorum: int, may: bool) -> None:
    case = Case(QUESTION, 2.0, ApprovalPolicy(quorum=quorum, no_self=no_self), asked_by="anna")
    if may:
        assert rule(case, APPROVE, ANNA, check).new
    else:
        with pytest.raises(Refused, match="anna may not approve approval_1, having asked for it"):
            rule(case, APPROVE, ANNA, check)
    assert rule(case, REJECT, ANNA, check).status == "rejected"


def test_whose_name_is_taken_from_the_policy_does_not_count_any_more() -> None:
    case, _ = told(Case(QUESTION, 2.0, TWO), (ANNA, APPROVE))
    without = replace(case, policy=ApprovalPolicy(("bert", "carl"), quorum=2))
    assert without.agreed == ()
    assert rule(without, APPROVE, BERT, check).status == "pending"


def test_after_a_while_others_may_decide_too_whatever_the_plan_wishes() -> None:
    policy = ApprovalPolicy(("anna", "bert"), due=5.0, escalate=Escalation(10.0, ("carl",)))
    asked = replace(QUESTION, approvers=("anna",))
    assert (Case(asked, 2.0, policy).due_at, Case(asked, 2.0, policy).escalates_at) == (6.0, 11.0)
    with pytest.raises(Refused, match="that is for anna"):
        rule(Case(asked, 10.9, policy), APPROVE, CARL, check)
    assert Case(asked, 11.0, policy).deciders == ("anna", "carl")
    assert rule(Case(asked, 11.0, policy), APPROVE, CARL, check).status == "approved"


def test_where_anybody_may_decide_an_escalation_changes_nothing() -> None:
    assert Case(QUESTION, 99.0, ApprovalPolicy(escalate=Escalation(1.0, ("carl",)))).deciders is None


@pytest.mark.parametrize(
    ("policy", "wishes", "quorum", "why"),
    [
        (ApprovalPolicy(), (), 5, None),
        (ApprovalPolicy(("anna", "bert")), ("bert", "carl"), 1, None),
        (ApprovalPolicy(), ("bert",), 2, "2 have to agree, and only bert may"),
        (ApprovalPolicy(("bert",)), ("carl",), 1, "1 has to agree, and nobody may of carl"),
        (ApprovalPolicy(("bert",)), ("carl",), None, "1 has to agree, and nobody may of carl"),
        (ApprovalPolicy(("anna", "bert")), (), 2, "2 have to agree, and only bert may"),
        (ApprovalPolicy(("anna", "bert"), no_self=False), (), 2, None),
        (ApprovalPolicy(no_self=True), ("anna",), 1, "1 has to agree, and nobody may of anna"),
        (ApprovalPolicy(no_self=True), ("anna",), None, None),
        (ApprovalPolicy(("carl",), escalate=Escalation(1.0, ("bert",))), (), 2, None),
    ],
)
def test_what_can_never_be_decided_is_known_beforehand(
    policy: ApprovalPolicy, wishes: tuple[str, ...], quorum: int | None, why: str | None
) -> None:
    assert impossible(policy, wishes, quorum, "anna") == why


@pytest.mark.parametrize(
    "policy",
    [
        ApprovalPolicy(),
        ApprovalPolicy(("anna",), 2, no_self=False, due=3.0, escalate=Escalation(4.0, ("bert", "carl"))),
    ],
)
def test_a_policy_is_stored_as_what_it_says_beside_the_defaults(policy: ApprovalPolicy) -> None:
    assert loads(dumps(policy)) == policy
    assert (dumps(policy) == "{}") is (policy == ApprovalPolicy())
