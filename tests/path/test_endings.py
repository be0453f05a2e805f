"""How a run ends: with a result, with an error that says where, or by its size."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agentflow.errors import RunFailed
from agentflow.settings import Limits

from .harness import HANG, Stage, staged


@pytest.fixture
async def hasty(tmp_path: Path) -> AsyncIterator[Stage]:
    """Where a turn may not take long."""
    async with staged(tmp_path, limits=Limits(turn_seconds=1.5)) as stage:
        yield stage


async def test_a_run_completes_with_what_run_returns(stage: Stage) -> None:
    run = await stage.start("return {'n': 1}")
    assert await stage.result(run) == {"n": 1}
    assert (run.record.status, run.record.ended_at, run.record.reason) == ("completed", stage.clock.now(), None)


@pytest.mark.parametrize(
    ("body", "type", "message", "line"),
    [
        ("\nraise ValueError('no such order')", "ValueError", "no such order", 6),
        ("raise PlanFailed('the shop is closed')", "PlanFailed", "the shop is closed", 5),
        ("return event.payload['missing']", "KeyError", "'missing'", 5),
        ("n = 1\nreturn n / 0", "ZeroDivisionError", "division by zero", 6),
        ("return max([{1}])", "UsageError", "the result of the run: $: a set is not JSON; use a sorted list", 5),
    ],
)
async def test_an_error_that_leaves_run_fails_it_with_type_message_and_line(
    stage: Stage, body: str, type: str, message: str, line: int
) -> None:
    run = await stage.start(body.strip("\n") if type != "ValueError" else "pass" + body)
    error = await stage.error(run)
    assert (error["type"], error["message"]) == (type, message)
    assert error["line"] == (line if type != "UsageError" else None)
    with pytest.raises(RunFailed, match=rf"^run {run.id} failed: {type}: ") as failed:
        await run.result()
    assert failed.value.error == error


async def test_the_error_of_a_step_that_nobody_catches_names_the_step_and_the_line_that_waited(stage: Stage) -> None:
    stage.crew.will("look", ValueError("no"))
    body = """
    await step.do("first", tools.work.keep())

    await step.do("look", tools.work.look(), retries={"limit": 0})
    """
    error = await stage.error(await stage.start(body))
    assert (error["kind"], error["type"], error["message"]) == ("StepFailed", "ValueError", "no")
    assert (error["step"], error["attempts"], error["line"]) == ("look", 1, 7)


async def test_finally_and_except_of_a_plan_run_when_an_error_leaves_it(stage: Stage) -> None:
    body = """
    try:
        await step.do("look", tools.work.look(), retries={"limit": 0})
    finally:
        await step.do("note", tools.work.keep(value="finally"))
    """
    stage.crew.will("look", ValueError("no"))
    error = await stage.error(await stage.start(body))
    assert (error["type"], stage.crew.values("keep")) == ("ValueError", ["finally"])


async def test_a_plan_whose_module_body_fails_is_a_failed_run(stage: Stage) -> None:
    error = await stage.error(await stage.start("return 1", before="LIMIT = int('many')\n"))
    assert (error["type"], error["line"]) == ("ValueError", 2)


async def test_a_module_that_is_too_slow_fails_the_run_by_its_limit(hasty: Stage) -> None:
    error = await hasty.error(await hasty.start("n = 0\nfor i in range(10 ** 9):\n    n += i\nreturn n"))
    assert (error["type"], error["data"]) == ("LimitExceeded", {"limit": "turn_seconds"})
    assert error["message"].startswith("the process of crew@1 was killed: "), "by its agent's name, not its id"


async def test_steps_that_are_open_when_the_run_ends_are_withdrawn(hasty: Stage) -> None:
    """The running attempt is cancelled, the question withdrawn, and what they still say is refused."""
    body = """
    async def endless():
        await step.wait_for_event("ev", "go")
        return sum(n for n in range(10 ** 9))
    await step.gather(step.do("look", tools.work.look()), step.wait_for_approval("go", "Go?"), endless())
    """
    hasty.crew.will("look", HANG)
    run = await hasty.start(body)
    await hasty.calls(1)
    question = await hasty.question()
    await run.send("go")
    assert (await hasty.error(run))["type"] == "LimitExceeded"
    assert [step.state for step in await run.steps()] == ["withdrawn", "withdrawn", "done"]
    assert (await hasty.flow.approvals.get(question.id)).record.status == "withdrawn"
    assert hasty.crew.cancelled == ["look"]


async def test_a_result_of_a_tool_that_is_too_large_fails_its_step_without_retries(stage: Stage) -> None:
    stage.crew.will("look", "x" * 1_100_000)
    error = await stage.error(await stage.start('await step.do("look", tools.work.look())'))
    assert (error["type"], error["attempts"]) == ("ToolError", 1)
    assert "1100002 bytes, the limit is 1048576: return a reference" in error["message"]


async def test_a_result_of_a_run_that_is_too_large_fails_it(stage: Stage) -> None:
    error = await stage.error(await stage.start("return 'x' * 1_100_000"))
    assert (error["type"], "may have 1 MiB, whatever result_bytes says" in error["message"]) == ("UsageError", True)


@pytest.mark.parametrize("value", [{1, 2}, object(), float("nan")])
async def test_a_tool_that_returns_what_is_not_json_fails_its_step(stage: Stage, value: object) -> None:
    stage.crew.will("look", value)
    error = await stage.error(await stage.start('await step.do("look", tools.work.look())'))
    assert (error["type"], error["attempts"]) == ("ToolError", 1)
    assert error["message"].startswith("tool work.look returned what cannot be stored: $")


async def test_arguments_that_do_not_fit_refuse_the_step(stage: Stage) -> None:
    error = await stage.error(
        await stage.start('await step.do("move", tools.bank.move(value=event.payload["n"]))', {"n": "many"})
    )
    assert (error["type"], error["attempts"]) == ("ToolRefused", 0)
    assert "bank.move was called with arguments that do not fit: " in error["message"]
