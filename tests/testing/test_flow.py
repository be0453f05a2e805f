"""TestFlow itself: its agents, its runs, its database, and what it says where a test would wait in vain."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import agentflow.testing
from agentflow import tool
from agentflow.errors import PlanRefused, UsageError
from agentflow.settings import Settings
from agentflow.testing import TestFlow

from ..fakes.worker import file
from .desk import desk, plan

LOOK = plan('return await step.do("look", tools.desk.look(value=1))')
NAP = plan('await step.sleep("nap", "1 day")')
WAIT = plan('return (await step.wait_for_event("go", "go")).payload')


def test_the_public_names_are_exactly_these() -> None:
    assert agentflow.testing.__all__ == ["Steps", "StillClock", "TestFlow", "TestRun", "Tried"]


def test_pytest_takes_none_of_them_for_a_test() -> None:
    assert {getattr(agentflow.testing, name).__test__ for name in ("TestFlow", "TestRun")} == {False}


async def test_the_database_is_temporary_unless_it_is_named(tmp_path: Path) -> None:
    async with TestFlow() as flow:
        path = file(flow)
        assert path.exists()
    assert not path.parent.exists()
    async with TestFlow(tmp_path / "kept.db", tools=desk()) as flow:
        run = await flow.run(LOOK)
        assert await run.result() == "looked at 1"
    async with TestFlow(tmp_path / "kept.db", tools=desk(), clock=flow.clock) as flow:
        assert (await flow.runs.get(run.id)).status == "completed"


async def test_nothing_is_left_of_a_flow_that_could_not_be_opened(tmp_path: Path) -> None:
    flow = TestFlow(settings=Settings(folder=tmp_path, tools=["missing.py"]))
    with pytest.raises(UsageError):
        await flow.__aenter__()
    assert not file(flow).parent.exists()


async def test_settings_of_a_project_are_taken_but_for_the_database(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("from agentflow import tool\n\n@tool\ndef six() -> int:\n    return 6\n")
    async with TestFlow(settings=Settings(folder=tmp_path, tools=["mine.py"])) as flow:
        run = await flow.run(plan('return await step.do("six", tools.local.six())'))
        assert await run.result() == 6
    assert not (tmp_path / "agentflow.db").exists()


async def test_a_plan_may_be_a_file_and_an_agent_one_that_the_test_made(flow: TestFlow, tmp_path: Path) -> None:
    (tmp_path / "plan.py").write_text(LOOK)
    agent = await flow.agent("clerk", tools=["desk.look"])
    run = await flow.run(tmp_path / "plan.py", {"n": 1}, agent=agent, id="mine")
    assert await run.result() == "looked at 1"
    assert (run.id, run.record.agent, run.record.payload) == ("mine", agent.id, {"n": 1})


async def test_a_plan_that_is_refused_comes_with_what_is_wrong_with_it(flow: TestFlow) -> None:
    with pytest.raises(PlanRefused) as refused:
        await flow.run(plan("return await step.do('look', tools.desk.lok())"))
    [note] = refused.value.__notes__
    assert note.startswith("line 8: the agent has no tool 'desk.lok'; did you mean 'desk.look'?: use one of")


async def test_runs_of_one_flow_share_its_agent(flow: TestFlow) -> None:
    first, second = await flow.run(LOOK), await flow.run(NAP)
    assert (first.record.agent, second.record.version) == (second.record.agent, 2)


async def test_a_result_that_waits_for_time_is_not_waited_for(flow: TestFlow) -> None:
    run = await flow.run(NAP)
    said = r"is sleeping \(sleep nap#1 until 2027-01-16 08:00:00\+00:00\): move the time with flow.skip"
    with pytest.raises(AssertionError, match=said):
        await run.result()


async def test_a_result_that_waits_for_somebody_is_not_waited_for(flow: TestFlow) -> None:
    run = await flow.run(WAIT)
    with pytest.raises(AssertionError, match=r"is waiting \(event go#1 until .*\): run.send\(...\) an event"):
        await run.result()
    await run.pause()
    with pytest.raises(AssertionError, match=r"is paused .*: run.resume\(\) it"):
        await run.error()
    await run.resume()
    await run.send("go", 3)
    assert await run.result() == 3


async def test_a_result_that_no_worker_can_bring_is_not_waited_for(flow: TestFlow, tmp_path: Path) -> None:
    async with TestFlow(tmp_path / "db", tools=desk()) as first:
        await first.agent()
        agent = await first.agents.get("agent")
        await agent.register(LOOK)
    async with TestFlow(tmp_path / "db", clock=first.clock) as second:  # it has no such tool
        run = await second.agents.get("agent")
        started = agentflow.testing.TestRun(second, await run.start())
        with pytest.raises(AssertionError, match=r"is queued: see flow.workers\(\) and the log"):
            await started.result()
        with pytest.raises(AssertionError, match="it cannot become completed by time alone"):
            await second.skip_until(started, "completed")
        await second.skip(days=1)


async def test_the_error_of_a_run_that_has_not_failed_is_asked_for_in_vain(flow: TestFlow) -> None:
    run = await flow.run(LOOK)
    with pytest.raises(AssertionError, match="is completed, and has not failed"):
        await run.error()


async def test_results_of_steps_are_found_by_name_and_by_key(flow: TestFlow) -> None:
    run = await flow.run(
        plan(
            "for n in range(2):",
            '    await step.do("look", tools.desk.look(value=n))',
            'await step.wait_for_event("go", "go")',
        )
    )
    assert await run.step_result("look") == await run.step_result("look#1") == "looked at 0"
    assert await run.step_result("look#2") == "looked at 1"
    with pytest.raises(AssertionError, match="has not started pay#1; it has started look#1, look#2, go#1"):
        await run.step_result("pay")
    with pytest.raises(AssertionError, match="step go#1 is waiting: it has no result"):
        await run.step_result("go")


async def test_the_one_question_is_there_to_be_decided(flow: TestFlow) -> None:
    wire = plan('return await step.do("wire", tools.desk.wire(value=1))')
    with pytest.raises(AssertionError, match="one question should wait for a person, not 0: none"):
        await flow.question()
    run = await flow.run(wire)
    await (await flow.question()).approve("fine")
    assert await run.result() == "wired 1"
    await flow.run(wire)
    await flow.run(wire)
    with pytest.raises(AssertionError, match=r"not 2: 'wire: may desk.wire be called\?', 'wire: may"):
        await flow.question()


async def test_a_goal_is_planned_checked_and_run(tmp_path: Path) -> None:
    (tmp_path / "1.md").write_text(f"```python\n{LOOK}```\n")
    async with TestFlow(tools=desk()) as flow:
        agent = await flow.agent("clerk", model=f"offline:{tmp_path}")
        goal = await agent.submit("Look once.")
        assert await flow.finish(await goal.run()) == "looked at 1"


async def test_what_a_run_delegates_goes_on_with_it(flow: TestFlow) -> None:
    child = await flow.agent("child")
    await child.register(
        plan('await step.sleep("nap", "1 day")', 'return await step.do("look", tools.desk.look(value=2))')
    )
    boss = await flow.agent("boss", agents=["child"])
    flow.skip_sleeps()
    flow.steps("look").returns("mocked")
    run = await flow.run(plan('return await step.delegate("ask", "child", payload={})'), agent=boss)
    assert await run.result() == "mocked"


async def test_a_tool_that_does_not_return_fails_the_test_and_is_named() -> None:
    called, gone = asyncio.Event(), asyncio.Event()

    @tool(effect="read")
    async def hang() -> None:
        """Wait for what does not come."""
        called.set()
        await gone.wait()

    async with TestFlow(tools=[hang], patience=0.1) as flow:
        run = await flow.run(plan('await step.do("hang", tools.local.hang(), timeout=60, retries={"limit": 0})'))
        await called.wait()
        with pytest.raises(
            AssertionError, match=r"for 0.1 s nothing has come of what is going on: attempt 1 of hang#1"
        ):
            await run.result()
        flow.patience = 30.0
        flow.clock.advance(60)
        assert (await run.error())["type"] == "StepTimeout"


async def test_impatience_before_any_step_says_so(flow: TestFlow) -> None:
    flow.patience = 0.0
    await flow.run(NAP)
    with pytest.raises(AssertionError, match="of what is going on: no step has begun"):
        await flow.settle()
    flow.patience = 30.0
