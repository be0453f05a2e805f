"""A question as text: its times, what was edited, and what is not there is not shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from agentflow.app.notices import Notice
from agentflow.app.sight import Sight
from agentflow.approvals.ruling import Case
from agentflow.cli.sights import sight_lines, with_args
from agentflow.errors import UsageError
from agentflow.records import Approval, ApprovalPolicy, Call, Escalation, Verdict

from ..approvals.cases import QUESTION

WAITS = replace(QUESTION, line=2, created_at=0.0)


def shown(approval: Approval = WAITS, now: float = 1.0, policy: ApprovalPolicy | None = None, **more: Any) -> list[str]:
    case = Case(approval, now, policy or ApprovalPolicy(), "local", more.pop("verdicts", ()))
    sight = Sight(case, "ada", "it asks", more.pop("source", "a\nb\nc\nd\ne\nf"), (), (), **more)
    return [line.plain.rstrip() for line in sight_lines(sight, 20)]


def test_a_question_that_is_due_says_so_and_who_comes_next() -> None:
    policy = ApprovalPolicy(("anna",), due=60.0, escalate=Escalation(7200.0, ("carl",)))
    early, late = shown(policy=policy), shown(now=61.0, policy=policy)
    assert any(line.startswith("due ") and line.endswith("(in 59 seconds)") for line in early)
    assert "later     carl too, in 2 hours" in early
    assert any(line.startswith("overdue ") for line in late)
    over = shown(now=7201.0, policy=policy)
    assert "who       anna, carl" in over
    assert not any(line.startswith("later") for line in over)


def test_arguments_that_were_edited_show_what_they_were() -> None:
    was = Call("bank.pay", {"amount": 5, "note": "x"})
    lines = shown(replace(WAITS, calls=(Call("bank.pay", {"amount": 6, "to": "me"}),), original=(was,)))
    assert [line.strip() for line in lines if "(" in line and line.startswith("          ")] == [
        "amount  6  (was 5)",
        'note    left out  (was "x")',
        'to      "me"  (added)',
    ]


def test_an_edit_that_reads_like_what_was_there_is_shown_as_one() -> None:
    """A decimal, which is a number with a tag, and the number; what is written otherwise and is the same is no edit."""
    was = Call("bank.pay", {"amount": {"$decimal": "5"}, "to": {"a": 1, "b": 2}})
    now = Call("bank.pay", {"amount": 5, "to": {"b": 2, "a": 1}})
    lines = [line.strip() for line in shown(replace(WAITS, calls=(now,), original=(was,)))]
    assert 'amount  5  (was {"$decimal": "5"})' in lines
    assert 'to      {"b": 2, "a": 1}' in lines


def test_who_was_told_of_it_and_who_could_not_be_is_shown() -> None:
    common = ("asked", "post", 0.0, 0.0)
    notices = (
        Notice("approval_1", *common, "sent", 1, None, 1.0, person="ada", link="signed"),
        Notice("approval_1", "asked", "ops", 0.0, 0.0, "waiting", 1, "it answered\n500", None),
        Notice("approval_1", "due", "ops", 0.0, 9.0, "waiting", 0, None, None),
        Notice("approval_1", *common, "dropped", 1, "carl is not asked", 1.0, person="carl"),
    )
    assert shown(notices=notices)[-2:] == [
        "told      ada by post  asked sent",
        "          ops  asked waiting: it answered 500",
    ]


def test_the_line_that_waits_is_marked_and_long_ones_are_cut() -> None:
    lines = shown(source="first\nsecond, which is long\nthird\nfourth\nfifth")
    assert [line for line in lines if line[:9].strip(" >").isdigit()] == [
        "       1  first",
        ">      2  second, w…",
        "       3  third",
        "       4  fourth",
    ]
    assert not any(line.startswith(">") for line in shown(replace(WAITS, line=99)))
    assert not any(line.startswith(">") for line in shown(replace(WAITS, line=None)))


def test_a_question_without_an_end_or_with_a_default_says_that() -> None:
    asked = replace(WAITS, kind="ask", calls=(), expires_at=None, default={"value": "red"}, details={"n": 1})
    lines = shown(asked)
    assert 'default   "red"' in lines
    assert not any(line.startswith(("expires", "risk", "calls")) for line in lines)


def test_what_was_withdrawn_was_decided_by_nobody() -> None:
    lines = shown(replace(WAITS, status="withdrawn", decided_at=5.0))
    assert any(line.startswith("decided ") and line.endswith("by nobody") for line in lines)
    assert not any(line.startswith("decided ") for line in shown(replace(WAITS, status="withdrawn")))


def test_who_said_what_stands_below_in_order() -> None:
    first = Verdict("a", 1, 0.0, "anna", "cli", "approve", "fine", None, "d", "d")
    second = Verdict("a", 2, 0.0, "bert", "http", "reject", None, None, "d", "d")
    third = Verdict("a", 3, 0.0, "carl", "cli", "answer", None, "red", "d", "d")
    said = [line.split(") ")[1] for line in shown(verdicts=(first, second, third)) if " ago) " in line]
    assert said == ["anna  agreed: fine", "bert  said no", 'carl  answered "red"']


def test_other_arguments_are_shown_as_an_edit() -> None:
    sight = Sight(Case(WAITS, 1.0), "ada", "it asks", "", (), ())
    lines = [line.plain for line in sight_lines(with_args(sight, {"amount": 9}))]
    assert "          amount  9  (was 5)" in lines
    with pytest.raises(UsageError, match="are an object with the arguments"):
        with_args(sight, [])
