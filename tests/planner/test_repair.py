"""What a model is told of an answer that cannot be used."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from agentflow.llm import Message
from agentflow.planner.prompts import load
from agentflow.planner.repair import message, numbered, turns
from agentflow.records import Attempt, Finding, Usage

TOOL = Finding("unknown-tool", "error", 2, 11, "there is no tool 'orders.fetch'", "use 'orders.get'")
EARLY = Finding("unused", "warning", 1, 1, "'x' is not used", "delete it")
TEMPLATE = load().repair


def attempt(
    reply: str | None = "the reply",
    source: str | None = "x = 1\ny = tools.orders.fetch()\n",
    findings: tuple[Finding, ...] = (TOOL,),
    error: str | None = None,
) -> Attempt:
    return Attempt(1, "m", "plan@1", reply, source, findings, Usage(), error, 0.0, 1.0)


def test_findings_go_back_with_the_numbered_source() -> None:
    assert message(TEMPLATE, attempt(findings=(TOOL, EARLY))) == dedent("""\
        The checks found 2 things to repair. This is your plan with line numbers:

        ```
        1 | x = 1
        2 | y = tools.orders.fetch()
        ```

        line 1, column 1: warning unused: 'x' is not used
            instead: delete it
        line 2, column 11: error unknown-tool: there is no tool 'orders.fetch'
            instead: use 'orders.get'

        Repair all of it, leave the rest as it is, and answer with the whole module in one ```python block.
        """)


def test_what_a_comment_silences_is_not_to_be_repaired() -> None:
    silenced = replace(EARLY, suppressed="it is only for the log")
    assert message(TEMPLATE, attempt(findings=(TOOL, silenced))) == message(TEMPLATE, attempt(findings=(TOOL,)))


def test_one_finding_is_one_thing() -> None:
    assert message(TEMPLATE, attempt()).startswith("The checks found 1 thing to repair.")


def test_an_answer_without_a_plan_gets_its_reason() -> None:
    said = message(TEMPLATE, attempt(source=None, findings=(), error="it was cut off; write a shorter plan"))
    assert said == dedent("""\
        Your answer cannot be used: it was cut off; write a shorter plan

        Repair all of it, leave the rest as it is, and answer with the whole module in one ```python block.
        """)


def test_earlier_attempts_are_turns_of_the_conversation() -> None:
    said = turns(load(), [attempt("first"), attempt(None, error="no connection"), attempt(" \n", source="z")])
    assert [turn.role for turn in said] == ["assistant", "user", "assistant", "user"]
    assert said[0] == Message("assistant", "first")
    assert said[2] == Message("assistant", "(an empty answer)")


@pytest.mark.parametrize(("second", "repeated"), [("a = 1", True), ("a = 2", False), (None, False)])
def test_the_same_source_twice_is_said(second: str | None, repeated: bool) -> None:
    nothing = attempt(source=None)
    said = turns(load(), [nothing, attempt(source="a = 1"), attempt(source=second)])
    assert ("the same as in an earlier answer" in said[-1].text) is repeated
    assert "the same" not in said[1].text + said[3].text


def test_numbers_are_aligned_and_count_every_line() -> None:
    lines = numbered("a\n\n" + "b\n" * 8).split("\n")
    assert lines[:2] == [" 1 | a", " 2 |"]
    assert lines[-1] == "10 | b"
    assert numbered("a") == "1 | a"
    assert numbered("") == ""
