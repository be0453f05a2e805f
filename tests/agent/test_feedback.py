"""A person who reads a plan may have it changed: the model hears it where it was said, and is asked anew."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle, GoalHandle
from agentflow.errors import Conflict, Refused, UsageError
from agentflow.llm import Message, Request
from agentflow.planner import Brief
from agentflow.records import Attempt, Principal

from ..fakes import office
from ..fakes.office import BROKEN, READS, REFUNDS, answers, fenced, source
from .test_pursuit import planned

MAILS = source('return await step.do("tell", tools.mail.send(to="ann"))')


async def reviewed(flow: AgentFlow, **changed: Any) -> GoalHandle:
    """A goal whose plan waits for a review."""
    values = {"model": office.MODEL, "tools": ["*"], "review": "always", "repairs": 1, **changed}
    clerk: AgentHandle = await flow.agents.create("clerk", **values)
    goal = await planned(await clerk.submit("Load order 17", {"id": "17"}))
    assert goal.status == "review"
    return goal


def conversation(flow: AgentFlow) -> list[tuple[Message, ...]]:
    """What the model is told from now on, question by question."""
    told: list[tuple[Message, ...]] = []
    planner = flow._open().agency.planner
    real = planner.conversation

    def heard(brief: Brief, attempts: Sequence[Attempt]) -> Request:
        request = real(brief, attempts)
        told.append(request.messages)
        return request

    planner.conversation = heard  # type: ignore[method-assign]
    return told


async def test_the_model_hears_the_persons_words_after_the_plan_that_they_are_about(
    flow: AgentFlow, tmp_path: Path
) -> None:
    answers(tmp_path, fenced(REFUNDS), fenced(READS))
    goal = await reviewed(flow)
    told = conversation(flow)
    assert (await goal.ask_changes(" Only load it. ")).status == "planning"
    assert (await planned(goal)).status == "review"
    [messages] = told
    assert [message.role for message in messages] == ["user", "assistant", "user"]
    assert "<changes>\nOnly load it.\n</changes>" in messages[-1].text
    assert (goal.record.version, [attempt.source for attempt in goal.attempts]) == (2, [REFUNDS, READS])
    [said] = goal.record.feedback
    assert (said.before, said.kind, said.text, said.by, said.version) == (2, "changes", "Only load it.", "local", 1)
    assert await (await goal.approve()).result() == {"id": "17", "total": 120}


async def test_each_time_the_model_may_repair_its_plan_as_often_as_before(flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(BROKEN), fenced(REFUNDS), fenced(BROKEN), fenced(READS))
    goal = await reviewed(flow)
    assert len(goal.attempts) == 2
    await goal.ask_changes("Only load it.")
    assert (await planned(goal)).status == "review"
    assert [bool(attempt.findings) for attempt in goal.attempts] == [True, False, True, False]


async def test_a_plan_that_comes_back_as_it_was_is_a_finding(flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(REFUNDS), fenced(f"# changed\n{REFUNDS}"), fenced(READS))
    goal = await reviewed(flow)
    await goal.ask_changes("Only load it.")
    assert (await planned(goal)).status == "review"
    [finding] = goal.attempts[1].findings
    assert (finding.code, finding.advice) == ("AF007", "Change it: Only load it.")
    assert goal.attempts[2].source == READS


async def test_a_model_that_changes_nothing_ends_the_goal(flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(REFUNDS))
    goal = await reviewed(flow)
    await goal.ask_changes("Only load it.")
    assert (await planned(goal)).status == "refused"
    assert len(goal.attempts) == 3


async def test_changes_may_be_asked_for_more_than_once(flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(REFUNDS), fenced(READS), fenced(MAILS))
    goal = await reviewed(flow)
    for number in (2, 3):
        await goal.ask_changes(f"Change {number}.")
        assert (await planned(goal)).record.version == number
    assert [said.before for said in goal.record.feedback] == [2, 3]


async def test_of_a_plan_that_was_taken_again_the_model_is_shown_the_source(flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(READS))
    clerk = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
    await (await (await clerk.submit("Load order 17", {"id": "17"})).run()).result()
    again = await clerk.submit("Load order 17", {"id": "18"}, plan_only=True)
    assert (again.status, again.attempts) == ("planned", ())
    answers(tmp_path, fenced(MAILS))
    told = conversation(flow)
    await again.ask_changes("Write to Ann.")
    assert (await planned(again)).record.version == 2
    [[first]] = told
    assert READS.strip() in first.text
    assert "Write to Ann." in first.text


async def test_what_was_asked_for_outlives_the_house(tmp_path: Path) -> None:
    answers(tmp_path, fenced(REFUNDS), fenced(READS))
    async with office.house(tmp_path) as flow:
        goal = await reviewed(flow)
    async with office.house(tmp_path, worker=False) as flow:
        await (await flow.goals.get(goal.id)).ask_changes("Only load it.")
    async with office.house(tmp_path) as flow, asyncio.timeout(60):
        assert (await planned(await flow.goals.get(goal.id))).record.version == 2


async def test_only_a_goal_that_waits_for_a_person_can_be_changed_and_by_an_approver(
    flow: AgentFlow, tmp_path: Path
) -> None:
    answers(tmp_path, fenced(REFUNDS))
    goal = await reviewed(flow)
    with pytest.raises(UsageError, match="say what is to be changed"):
        await goal.ask_changes("  ")
    operator = flow.acting_as(Principal("op", roles=frozenset({"operator"})))
    with pytest.raises(Refused, match=r"goals\.ask_changes"):
        await (await operator.goals.get(goal.id)).ask_changes("Load it.")
    await goal.reject("no")
    with pytest.raises(Conflict, match="is refused: changes are asked for while it is planned or in review"):
        await goal.ask_changes("Load it.")


async def test_of_two_who_ask_at_once_one_is_told(flow: AgentFlow, tmp_path: Path) -> None:
    answers(tmp_path, fenced(REFUNDS), fenced(READS))
    goal = await reviewed(flow)
    other = await flow.goals.get(goal.id)
    said = await asyncio.gather(goal.ask_changes("One."), other.ask_changes("Two."), return_exceptions=True)
    assert sum(isinstance(one, Conflict) for one in said) == 1
    assert len((await goal.refresh()).feedback) == 1
