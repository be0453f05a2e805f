"""One agent's run hands work to another agent, waits for it, and hears how it ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import RunHandle
from agentflow.dispatch.delegation import child_ids
from agentflow.engine import Start
from agentflow.settings import Limits
from tests.fakes.waiting import until

from .harness import Stage, plan, staged

HAND_OVER = 'return await step.delegate("sub", "helper", payload={"x": 1})'


async def helper(stage: Stage, body: str, *, agents: tuple[str, ...] = ("helper",)) -> None:
    """Another agent whose newest plan has this body; the crew may delegate to these agents."""
    other = await stage.flow.agents.create("helper", model="offline:./answers", tools=["*"], review="never")
    await other.register(plan(body))
    await stage.flow.agents.create(
        "crew", model="offline:./answers", tools=["*"], review="never", agents=agents, update=True
    )


def model_answers(stage: Stage, body: str) -> None:
    """What the model answers to a goal: a plan with this body."""
    answers = stage.flow._open().settings.folder / "answers"
    answers.mkdir()
    (answers / "1.md").write_text(f"```python\n{plan(body)}```\n", encoding="utf-8")


async def child(stage: Stage, run: RunHandle) -> RunHandle:
    """The run that was delegated."""
    found: list[Any] = []

    async def there() -> bool:
        found[:] = [one for one in await stage.flow.runs.list() if one.parent == run.id]
        return bool(found)

    await until(there)
    return await stage.flow.runs.get(found[0].id)


async def test_the_result_of_the_other_run_is_the_steps(stage: Stage) -> None:
    await helper(stage, 'return {"got": event.payload["x"]}')
    run = await stage.start(HAND_OVER)
    assert await stage.result(run) == {"got": 1}
    made = await child(stage, run)
    assert (made.record.parent_step, made.record.root, made.record.depth) == ("sub#1", run.id, 1)


async def test_a_waiting_parent_says_for_whom(stage: Stage) -> None:
    await helper(stage, 'await step.wait_for_event("go", "go")\nreturn "done"')
    run = await stage.start(HAND_OVER)
    await stage.reach(run, "waiting")
    assert run.record.reason["waits"][0]["agent"] == "helper"
    await (await child(stage, run)).send("go")
    assert await stage.result(run) == "done"


async def test_an_error_keeps_type_message_and_data(stage: Stage) -> None:
    await helper(
        stage,
        """
        async def broken():
            raise NonRetryableError("no money", data={"left": 0})
        await step.do("x", broken)
        """,
    )
    run = await stage.start(
        """
        try:
            await step.delegate("sub", "helper")
        except StepFailed as failed:
            return [failed.step, failed.type, failed.message, failed.data]
        """
    )
    assert await stage.result(run) == ["sub", "NonRetryableError", "no money", {"left": 0}]


@pytest.mark.parametrize("agents", [(), ("other",)])
async def test_an_agent_that_was_not_granted_is_refused(stage: Stage, agents: tuple[str, ...]) -> None:
    await helper(stage, "return 1", agents=agents)
    run = await stage.start(HAND_OVER)
    error = await stage.error(run)
    assert "may not delegate to helper" in error["message"]
    assert error["fault"] == "plan"
    assert [one for one in await stage.flow.runs.list() if one.parent] == []


async def test_cancel_goes_down_and_what_was_done_is_undone(stage: Stage) -> None:
    undo = "rollback=lambda result: tools.work.keep(value='undo')"
    await helper(
        stage, f'await step.do("a", tools.work.keep(value="a"), {undo})\nawait step.wait_for_event("go", "go")'
    )
    run = await stage.start(HAND_OVER)
    other = await child(stage, run)
    await stage.reach(other, "waiting")
    await run.cancel(rollback=True)
    await stage.reach(run, "cancelled")
    await stage.reach(other, "cancelled")
    assert stage.crew.values() == ["a", "undo"]


async def test_a_delegation_that_takes_too_long_is_cancelled(stage: Stage) -> None:
    await helper(stage, 'await step.wait_for_event("go", "go", timeout="30 days")')
    run = await stage.start(
        """
        try:
            await step.delegate("sub", "helper", timeout="1 hour")
        except StepTimeout:
            return "late"
        """
    )
    assert await stage.result(run) == "late"
    await stage.reach(await child(stage, run), "cancelled")


async def test_pause_goes_down_and_resume_too(stage: Stage) -> None:
    await helper(stage, 'await step.wait_for_event("go", "go")\nreturn 1')
    run = await stage.start(HAND_OVER)
    other = await child(stage, run)
    await stage.reach(other, "waiting")
    await stage.reach(run, "waiting")
    await run.pause()
    await stage.reach(other, "paused")
    await run.resume()
    await stage.reach(other, "waiting")
    await other.send("go")
    assert await stage.result(run) == 1


async def test_a_cancelled_child_fails_the_step(stage: Stage) -> None:
    await helper(stage, 'await step.wait_for_event("go", "go")')
    run = await stage.start(HAND_OVER)
    other = await child(stage, run)
    await stage.reach(other, "waiting")
    await other.cancel()
    error = await stage.error(run)
    assert (error["kind"], error["type"], error["fault"]) == ("StepFailed", "Cancelled", "person")


async def test_a_child_that_is_deleted_fails_the_step(stage: Stage) -> None:
    await helper(stage, 'await step.wait_for_event("go", "go")')
    run = await stage.start(HAND_OVER)
    other = await child(stage, run)
    await stage.reach(other, "waiting")
    await other.delete()
    assert (await stage.error(run))["type"] == "Cancelled"


async def test_what_a_paused_run_had_delegated_is_undone_when_that_run_is_deleted(stage: Stage) -> None:
    await helper(
        stage,
        """
        await step.do("keep", tools.work.keep(value=1), rollback=lambda result: tools.work.keep(value="undo"))
        await step.wait_for_event("go", "go")
        """,
    )
    run = await stage.start(HAND_OVER)
    other = await child(stage, run)
    await stage.reach(other, "waiting")
    await run.pause()
    await stage.reach(other, "paused")
    await stage.reach(run, "paused")
    await run.delete()
    await stage.reach(other, "cancelled")
    assert stage.crew.values() == [1, "undo"]


async def test_a_child_is_not_begun_any_more_once_its_parent_has_been_restarted(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def start(starts: Sequence[Start]) -> None:
        monkeypatch.setattr(engine, "start", begin)
        await run.restart()
        await begin(starts)

    await helper(stage, "return 1")
    run = await stage.start('await step.wait_for_event("go", "go")\n' + HAND_OVER)
    engine = run._house.engine
    begin = engine.start
    await stage.reach(run, "waiting")
    monkeypatch.setattr(engine, "start", start)
    await run.send("go")
    assert await stage.result(run) == 1
    assert len([one for one in await stage.flow.runs.list() if one.parent == run.id]) == 1


@pytest.mark.parametrize(
    "change", [lambda run: run.restart(), lambda run: run.restart("sub"), lambda run: run.delete()]
)
async def test_what_was_delegated_is_given_up_in_the_commit_that_gives_it_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, change: Callable[[RunHandle], Awaitable[None]]
) -> None:
    """A process that dies right after the commit leaves no run at work for which nobody waits."""

    async def dead(*args: Any) -> None:
        raise ConnectionAbortedError

    await helper(stage, 'await step.wait_for_event("go", "go")')
    run = await stage.start(HAND_OVER)
    other = await child(stage, run)
    await stage.reach(other, "waiting")
    monkeypatch.setattr(run._house.engine, "post", dead)
    await change(run)
    await stage.reach(other, "cancelled")


@pytest.mark.parametrize("change", ["restart", "delete"])
async def test_a_run_that_is_paused_while_it_is_given_up_leaves_no_child_that_is_paused_for_good(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """The commit is refused where the run was not yet paused when it was looked at: the child is to go on, and ends."""

    async def late(*args: Any) -> None:
        monkeypatch.setattr(engine, change, done)
        await run.pause()
        await stage.reach(other, "paused")
        await done(*args)

    undo = "rollback=lambda result: tools.work.keep(value='undo')"
    keeps = f'await step.do("keep", tools.work.keep(value=1), {undo})'
    await helper(stage, f'{keeps}\nawait step.wait_for_event("go", "go")')
    run = await stage.start(HAND_OVER)
    other = await child(stage, run)
    await stage.reach(other, "waiting")
    engine = run._house.engine
    done = getattr(engine, change)
    monkeypatch.setattr(engine, change, late)
    await getattr(run, change)()
    await stage.reach(other, "cancelled")


async def test_what_ends_while_its_parent_is_cut_is_heard(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit of the cut is refused where a child has ended since it was looked at, and the run is cut again."""

    async def restart(*args: Any) -> None:
        monkeypatch.setattr(engine, "restart", begin)
        await other.send("go")
        await stage.reach(other, "completed")
        await begin(*args)

    await helper(stage, 'await step.wait_for_event("go", "go")\nreturn "done"')
    both = 'await step.wait_for_event("late", "late")'
    run = await stage.start(f"return (await step.gather({HAND_OVER.removeprefix('return await ')}, {both[6:]}))[0]")
    other = await child(stage, run)
    await stage.reach(other, "waiting")
    engine = run._house.engine
    begin = engine.restart
    monkeypatch.setattr(engine, "restart", restart)
    await run.restart("late")
    await run.send("late")
    assert await stage.result(run) == "done"


async def test_another_run_that_has_the_childs_id_is_no_child(stage: Stage) -> None:
    await helper(stage, "return 1")
    await stage.agent.register(plan(HAND_OVER))
    await stage.agent.start(id=child_ids("parent", 1, "sub#1")[1])
    run = await stage.agent.start(id="parent")
    assert "is another run's, or nobody's" in (await stage.error(run))["message"]


async def test_delegation_goes_four_levels_deep_and_no_deeper(stage: Stage) -> None:
    """An agent that may delegate to itself."""
    await stage.flow.agents.create(
        "crew", model="offline:./answers", tools=["*"], review="never", agents=["crew"], update=True
    )
    run = await stage.start('return await step.delegate("deeper", "crew")')
    error = await stage.error(run)
    assert "at most 4 levels deep" in error["message"]
    assert sorted(one.depth for one in await stage.flow.runs.list()) == [0, 1, 2, 3, 4]


async def test_a_goal_can_be_delegated_and_its_plan_is_the_other_agents_own(stage: Stage) -> None:
    await helper(stage, "return 1")
    model_answers(stage, 'return event.payload["x"] + 1')
    run = await stage.start('return await step.delegate("sub", "helper", "Add one.", {"x": 41})')
    assert await stage.result(run) == 42
    [goal] = await stage.flow.goals.list()
    assert (goal.parent, goal.status) == (run.id, "started")


async def test_a_goal_that_comes_to_nothing_fails_the_step(stage: Stage) -> None:
    await helper(stage, "return 1")
    run = await stage.start('return await step.delegate("sub", "helper", "Add one.")')
    error = await stage.error(run)
    assert error["type"] == "GoalFailed"


async def test_whoever_watches_is_told_when_only_a_person_can_move_the_other_run(stage: Stage) -> None:
    await helper(stage, 'return await step.do("wire", tools.bank.wire(value=5))')
    run = await stage.start(HAND_OVER)
    async for change in run.watch():
        last = change
    assert last.status == "waiting"
    await (await stage.question()).approve()
    assert await stage.result(run) == 5


async def test_a_tree_delegates_so_often_and_no_more(tmp_path: Path) -> None:
    async with staged(tmp_path, limits=Limits(delegations=3)) as stage:
        await helper(stage, "return 1")
        run = await stage.start(
            """
            for n in range(4):
                await step.delegate("sub", "helper")
            """
        )
        error = await stage.error(run)
        assert "delegate at most 3 times (limits.delegations)" in error["message"]


async def test_a_tree_delegates_no_more_at_once_either(tmp_path: Path) -> None:
    async with staged(tmp_path, limits=Limits(delegations=3)) as stage:
        await helper(stage, "return 1")
        run = await stage.start(
            """
            many = [step.delegate("sub", "helper") for n in range(8)]
            found = await step.gather(*many, return_exceptions=True)
            return [one for one in found if one == 1]
            """
        )
        assert await stage.result(run) == [1, 1, 1]
