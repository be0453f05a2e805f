"""What is seldom: things that are over, revoked, paused or gone, houses that do not answer, values in values."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from agentflow.app.doors import Doors
from agentflow.app.looking import Looker
from agentflow.errors import UsageError
from agentflow.evals.scored import Scored
from agentflow.notebook import goals, moments, plans, runs, tables, timelines
from agentflow.notebook.asking import name
from agentflow.notebook.scenes import GoalScene, PlanScene, RunScene
from agentflow.notebook.values import arguments, error, table
from agentflow.page.showing import arguments as arguments_of
from agentflow.records import Attempt, Call, Feedback, Phase, StepView, Usage
from agentflow.records.moments import Branch, Moment, Name, Place, Replay
from agentflow.records.shown import Listing
from agentflow.testing import TestFlow

from ..fakes import office
from .conftest import Office, Page, page, text

pytestmark = pytest.mark.asyncio(loop_scope="session")


@dataclass
class Pair:
    """A kind that no table knows."""

    both: tuple[str, str]


@asynccontextmanager
async def _refusing() -> AsyncIterator[Doors]:
    raise UsageError("nobody is here")
    yield Doors(None)


async def test_a_house_that_does_not_answer_costs_no_more_than_the_names(there: Office) -> None:
    away = Looker(_refusing)
    try:
        assert name(there.clerk.id) == "clerk"
        assert name("agent_unknown") == "agent_unknown"
    finally:
        away.close()


async def test_a_question_of_a_run_that_is_gone_is_shown_as_far_as_it_is_known(there: Office) -> None:
    run = await there.flow.run(office.ASKS, agent=there.clerk)
    await there.flow.settle()
    [record] = await there.flow.approvals.list(run=run.id)
    question = await there.flow.approvals.get(record.id)
    await run.delete()
    said = page(question).text
    assert "Which colour?" in said
    assert "As it was when it was read last" in said


async def test_what_was_read_after_it_was_shown_is_shown_once_the_house_is_closed(tmp_path: Path) -> None:
    async with TestFlow(tmp_path / "one.db", tools=office.tools()) as flow:
        run = await flow.run(office.source('await step.sleep("nap", 60)'))
        await flow.settle()
        assert "sleeping" in page(run).text
        await flow.finish(run)
    said = page(run).text
    assert "completed" in said
    assert "As it was when it was read last: its AgentFlow is closed." in said
    assert text(run).endswith("its AgentFlow is closed.")


async def test_a_question_that_is_decided_gives_no_ways_to_decide_it(there: Office) -> None:
    run = await there.flow.run(office.ASKS, agent=there.clerk)
    await there.flow.settle()
    [record] = await there.flow.approvals.list(run=run.id)
    question = await there.flow.approvals.get(record.id)
    await question.answer("red")
    assert "To decide it" not in page(question).text
    assert "agentflow" not in text(question)
    await there.flow.settle()


async def test_a_goal_without_a_plan_and_a_model_that_said_nothing_are_told(there: Office) -> None:
    poet = await there.flow.agents.create("poet", model="offline:./nothing", repairs=0)
    goal = await poet.submit("Write a poem.")
    async for _ in goal.watch():
        continue
    assert "failed" in page(goal).text


async def test_what_people_said_between_answers_stands_between_them(there: Office) -> None:
    answer = Attempt(1, "m", "plan@1", "I would rather not.", None, (), Usage(), None, 0.0, 1.0)
    broken = replace(answer, number=2, error="the server is away", reply=None)
    told = Feedback(2, "changes", "Please do.", "anna", 0.0)
    goal = replace(
        there.goal.record, attempts=(answer, broken), feedback=(told, replace(told, before=3, text=None, kind="failed"))
    )
    said = Page(goals.shown(GoalScene(goal, "poet")).html).text
    assert "Answer 1 no plan m in 1.0 s I would rather not. anna : Please do. Answer 2 failed" in said
    assert "the server is away anna : failed" in said


async def test_a_revoked_version_tells_by_whom_and_why(there: Office) -> None:
    plan = replace(await there.goal.plan(), revoked_at=0.0, revoked_by="anna", revoked_why="it pays twice")
    said = Page(plans.shown(PlanScene(plan, "clerk")).html).text
    assert "by anna: it pays twice" in said
    assert "by anna" not in Page(plans.shown(PlanScene(replace(plan, revoked_by=None), "clerk")).html).text


async def test_a_run_that_is_paused_tells_what_moves_it(there: Office) -> None:
    run = replace(there.waiting.record, status="paused", reason={"paused": "on request"})
    said = Page(runs.shown(RunScene(run, "clerk", 0.0)).html).text
    assert "Paused: on request" in said
    assert "Resume it" in said


async def test_a_run_that_waits_for_much_tells_how_much_more(there: Office) -> None:
    wait = {"for": "event", "step": "go#1", "types": ["go"], "since": 0.0, "until": 9.0}
    run = replace(there.waiting.record, status="waiting", reason={"waits": [wait], "more": 7})
    said = Page(runs.shown(RunScene(run, "clerk", 0.0)).html).text
    assert "an event of type go, in step go" in said
    assert "7 more" in said


async def test_attempts_that_failed_before_are_told(there: Office) -> None:
    failure = {"type": "ConnectionError", "message": "away"}
    failed = StepView("load#1", "do", "load", 1, "failed", 1, 0.0, 3.0, "orders.get", {}, error=failure)
    assert "ConnectionError: away" in Page(timelines.inputs([failed])).text
    phases = (Phase("running", 0.0, 1.0, 1, failure), Phase("running", 2.0, 3.0, 2))
    step = StepView("load#1", "do", "load", 1, "done", 2, 0.0, 3.0, "orders.get", {}, 1, phases=phases)
    assert "attempt 1: ConnectionError: away" in Page(timelines.step(step)).text
    failed = replace(failed, phases=(Phase("running", 0.0, 1.0, 1, failure),))
    assert Page(timelines.step(failed)).text.count("ConnectionError: away") == 1


async def test_a_run_that_has_begun_nothing_has_no_timeline(there: Office) -> None:
    assert timelines.times(there.waiting.record, (), 0.0) == ""


async def test_a_moment_of_several_branches_tells_how_many_more_there_are() -> None:
    held = (Name("self.call", "ToolCall", None, None), Name("text", "str", None, 9_000), Name("n", "int", 3, 1))
    branches = (Branch("other#2", (Place("each", 4, held),)), Branch(None, ()))
    step = StepView("a#1", "do", "a", 1, "done", 1, 0.0, 1.0, "orders.get", {}, "x" * 500)
    moment = Moment("run_gone", 1, "b#1", 3, 0.0, 4, branches, 5, (step, replace(step, result=None)), ("c#1",))
    said = Page(moments.stood(moment, "").html).text
    assert "beside c" in said
    assert "In each, line 4, waits for other#2 self.call ToolCall text str of 9,000 characters n 3" in said
    assert "and 5 more branches" in said
    assert page(moment).text == said
    assert "Recorded by then" not in page(replace(moment, recorded=())).text


async def test_a_replay_that_is_the_same_says_so() -> None:
    assert "Replay same turns as they were 3 of 3" in Page(moments.replayed(Replay(3, 3)).html).text


async def test_values_in_values_are_tables_in_tables() -> None:
    value = {"list": [1, {"a": None}], "long": "y" * 900, "none": [], "many": list(range(300))}
    found = Page(table(value))
    assert ("table", {"class": "value"}) in found.elements
    assert "a none" in found.text
    assert "(900 letters)" in found.text
    assert "and 100 more" in found.text


async def test_a_call_without_arguments_says_so() -> None:
    call = Call("orders.list")
    assert arguments(arguments_of(call, call)) == '<span class="soft">without arguments</span>'


async def test_what_came_with_an_error_folds() -> None:
    assert "what came with it" in Page(error({"type": "StepFailed", "message": "no", "data": {"x": 1}})).text


async def test_a_measurement_is_shown_by_model() -> None:
    scored = Scored("m", "a/b", 1, "plan@5 sha256:abcdef012", 1, "review", None, (), (), Usage(2, 3), 0.5, 1.0)
    assert "m all plan@5 abcdef 1" in page(scored).text
    assert "m all plan@5 abcdef 2" in page(Listing([scored, replace(scored, repeat=2)])).text


async def test_a_kind_without_a_table_of_its_own_shows_its_fields() -> None:
    things: list[Any] = [Name("x", "int", None, None), Name("y", "str", True, 3)]
    said = Page(tables.shown(things).html).text
    assert said.startswith("name type value size")
    assert "y str yes 3" in said
    assert "a, b" in Page(tables.shown([Pair(("a", "b"))]).html).text
