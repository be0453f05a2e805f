"""What the people of a walk say: what is given, else one way after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentflow.records import Approval, Call, ToolSpec
from agentflow.trial import Given, Say
from agentflow.trial.asking import People
from agentflow.trial.desk import Desk
from agentflow.trial.ways import MOST_CHOICES, Ways

PAY = ToolSpec("bank.pay", "", {}, {"type": "integer"})


def people(way: Sequence[int] = (), **given: Any) -> People:
    played = Given(**given)
    return People(played, Ways(way), Desk(played, lambda: 0.0))


def question(kind: Any, *tools: str) -> Approval:
    calls = tuple(Call(tool, {}) for tool in tools)
    at = ("q", "default", "a", 1, "r", 1, "pay#1", kind, "May it?", None, calls, "d")
    return Approval(*at, schema=None, default=None, risk="low", status="pending", created_at=0.0, expires_at=None)


def test_what_is_open_when_the_run_ends_is_withdrawn() -> None:
    all_of_us = people(decisions={"*": Say("expire")})
    all_of_us.hear(question("call", "bank.pay"))
    assert all_of_us.say("q", 1, {}) is None
    assert all_of_us.say("q", 1, {}) is None
    all_of_us.withdraw()
    assert [asked.said for asked in all_of_us.asked.values()] == ["withdrawn"]


def test_that_it_happened_can_be_said_only_of_a_tool_that_is_known() -> None:
    for tools, options in (({"bank.pay": PAY}, 3), ({}, 2)):
        ways = Ways()
        all_of_us = People(Given(), ways, Desk(Given(), lambda: 0.0))
        all_of_us.hear(question("outcome", "bank.pay"))
        said = all_of_us.say("q", 1, tools)
        assert said is not None
        assert (said.how, len(ways.met[0].options)) == ("not_happened", options)


def test_after_so_many_choices_the_first_way_is_taken() -> None:
    ways = Ways([1] * (MOST_CHOICES + 1))
    taken = [ways.take("answer q", ("yes", "no"), 1) for _ in range(MOST_CHOICES + 2)]
    assert (taken[-1], len(ways.met)) == (0, MOST_CHOICES)
