"""Items 5 to 23: steps and replay."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from agentflow.errors import PlanRefused
from agentflow.settings import Limits
from agentflow.testing import TestFlow
from agentflow.tools import Tool, tool

from ..path.harness import HANG, plan
from .stage import Stage


async def test_05_a_name_used_k_times_is_k_steps_with_k_results(stage: Stage) -> None:
    run = await stage.start('return [await step.do("look", tools.work.look(value=n)) for n in range(3)]')
    assert await run.result() == [0, 1, 2]
    assert [(step.name, step.occurrence, step.result) for step in await run.steps()] == [
        ("look", 1, 0),
        ("look", 2, 1),
        ("look", 3, 2),
    ]


async def test_06_a_steps_function_is_told_its_name_occurrence_and_attempt(stage: Stage) -> None:
    body = """
    async def say(ctx):
        return await tools.work.look(value=[ctx.name, ctx.occurrence, ctx.attempt])
    return [await step.do("say", say, retries={"delay": 0}) for _ in range(2)]
    """
    stage.crew.will("look", ConnectionError("down"))
    assert await stage.result(body) == [["say", 1, 2], ["say", 2, 1]]


class Meeting:
    """Tools that end only once so many of them are called at a time."""

    def __init__(self, size: int) -> None:
        self._barrier = asyncio.Barrier(size)

    def tools(self) -> list[Tool]:
        @tool(namespace="meeting", effect="read")
        async def meet(value: int) -> int:
            """Wait for the others."""
            async with self._barrier:
                return value

        return [meet]


async def test_07_parallel_steps_overlap_and_each_result_goes_to_its_caller() -> None:
    """Each of the four ends only while all four run."""
    async with TestFlow(tools=Meeting(4).tools()) as flow:
        body = 'return await step.gather(*[step.do("meet", tools.meeting.meet(value=n)) for n in range(4)])'
        run = await flow.run(plan(body))
        assert await run.result() == [0, 1, 2, 3]


async def test_08_a_branch_that_fails_leaves_the_results_of_the_others(stage: Stage) -> None:
    body = """
    calls = [step.do(f"look {n}", tools.work.look(value=n), retries={"limit": 0}) for n in range(3)]
    found = await step.gather(*calls, return_exceptions=True)
    await step.sleep("nap", 60)
    return [str(one) for one in found]
    """
    stage.crew.will("look", 0, ValueError("no"), 2)
    assert await stage.result(body) == ["0", "step 'look 1' failed after 1 attempt: ValueError: no", "2"]
    assert len(stage.crew.made) == 3


async def test_09_a_race_has_the_same_winner_on_every_replay(stage: Stage) -> None:
    """The one that finished first, though it was started last; the other is withdrawn. Cloudflare's winner can be
    another one after a replay."""
    body = """
    a, b = step.do("a", tools.work.look(value="a")), step.do("b", tools.work.keep(value="b"))
    name, value = await step.race(a=a, b=b)
    for n in range(2):
        await step.sleep("nap", 60)
    return [name, value]
    """
    stage.crew.will("look", HANG)
    run = await stage.start(body)
    assert await stage.flow.finish(run) == ["b", "b"]
    assert stage.crew.cancelled == ["look"]
    assert [(step.key, step.state) for step in await run.steps()][:2] == [("a#1", "withdrawn"), ("b#1", "done")]


async def test_10_code_outside_of_steps_runs_again_on_replay_and_code_inside_does_not(stage: Stage) -> None:
    """What is outside starts from nothing each time: had it not run again, or run on, the list would be another."""
    body = """
    seen = []
    async def inside():
        return await tools.work.look(value="inside")
    for n in range(3):
        seen.append(n)
        await step.sleep("nap", 60)
    seen.append(await step.do("inside", inside))
    await step.sleep("nap", 60)
    return seen
    """
    assert await stage.result(body) == [0, 1, 2, "inside"]
    assert stage.crew.values() == ["inside"]


async def test_11_a_random_value_is_the_same_on_every_replay(stage: Stage) -> None:
    body = """
    drawn = [step.random(), step.uuid(), random.randrange(10**9)]
    for n in range(2):
        await step.do("look", tools.work.look(value=drawn))
        await step.sleep("nap", 60)
    return drawn
    """
    drawn = await stage.result(body, before="import random\n")
    assert stage.crew.values() == [drawn, drawn]
    assert await stage.result(body, before="import random\n") != drawn


async def test_12_what_a_plan_does_to_its_payload_it_does_once(stage: Stage) -> None:
    """Cloudflare shows the change for as long as the process lives, and loses it on replay. Here each replay begins
    with the stored payload, and comes to the same."""
    body = """
    for n in range(3):
        event.payload["count"] += 1
        await step.sleep("nap", 60)
    return event.payload["count"]
    """
    run = await stage.start(body, {"count": 0})
    assert await stage.flow.finish(run) == 3
    assert run.record.payload == {"count": 0}


async def test_13_a_step_that_returns_nothing_has_a_result_all_the_same(stage: Stage) -> None:
    body = 'found = await step.do("look", tools.work.look())\nawait step.sleep("nap", 60)\nreturn [found]'
    run = await stage.start(body)
    assert await stage.flow.finish(run) == [None]
    assert (len(stage.crew.made), (await run.steps())[0].state) == (1, "done")


async def test_14_rich_values_come_back_as_what_they_were_after_replay_too(stage: Stage) -> None:
    rich = {"at": datetime(2030, 1, 2, tzinfo=UTC), "sum": Decimal("1.10"), "bytes": b"\x00\xff", "big": 2**70}
    stage.crew.will("look", rich)
    body = """
    found = await step.do("look", tools.work.look())
    await step.sleep("nap", 60)
    kinds = [isinstance(found["at"], datetime), isinstance(found["sum"], Decimal), isinstance(found["bytes"], bytes)]
    return [found, kinds]
    """
    before = "from datetime import datetime\nfrom decimal import Decimal\n"
    assert await stage.result(body, before=before) == [rich, [True, True, True]]


async def test_15_a_result_that_cannot_be_stored_fails_its_step_without_retries(stage: Stage) -> None:
    stage.crew.will("look", object())
    error = await stage.error('await step.do("strange", tools.work.look())')
    assert (error["step"], error["attempts"], len(stage.crew.made)) == ("strange", 1, 1)
    assert "object" in error["message"]


async def test_16_a_result_that_is_too_large_fails_its_step_and_the_run_can_go_on(stage: Stage) -> None:
    stage.crew.will("look", "x" * 1_048_577)
    body = """
    try:
        await step.do("large", tools.work.look())
    except StepFailed as e:
        return [e.attempts, e.message]
    """
    attempts, message = await stage.result(body)
    assert attempts == 1
    said = "the result of 'large' has 1048579 bytes, the limit is 1048576: return a reference to it, or raise limits."
    assert message == f"{said}result_bytes (for one agent: --limit result_bytes=N)"


async def test_17_a_step_name_that_is_too_long_or_has_control_characters_is_refused(stage: Stage) -> None:
    payloads = [{"name": name} for name in ("x" * 257, "a\nb", "\x00", "")]
    errors = await stage.errors('await step.do(event.payload["name"], tools.work.look())', payloads)
    assert ([error["type"] for error in errors], stage.crew.made) == (["UsageError"] * 4, [])
    assert await stage.result('return await step.do("x" * 256, tools.work.look(value=1))') == 1


async def test_18_an_option_that_cannot_be_is_refused_before_the_step_runs(stage: Stage) -> None:
    """At registration where it is written out, else when it is evaluated."""
    body = 'await step.do("s", tools.work.look(), retries=event.payload["retries"], timeout=event.payload["timeout"])'
    retries = [{"limit": -1}, {"limit": 1, "tries": 1}, {"limit": 1.5}, {"delay": "soon"}, {"backoff": "random"}]
    payloads = [{"retries": one, "timeout": 1} for one in retries]
    payloads += [{"retries": {}, "timeout": one} for one in (0, -1, "ten", None)]
    errors = await stage.errors(body, payloads)
    assert ([error["type"] for error in errors], stage.crew.made) == (["UsageError"] * len(payloads), [])
    with pytest.raises(PlanRefused):
        await stage.start('await step.do("s", tools.work.look(), retries={"limit": -1})')


async def test_19_a_run_may_start_n_steps_and_fails_with_the_next_one(stage: Stage) -> None:
    """Sleeps do not count."""
    body = """
    for n in range(event.payload["n"]):
        await step.do("look", tools.work.look(value=n))
    await step.sleep("nap", 60)
    """
    async with stage.closed(), stage.reopened(limits=Limits(steps=4)) as flow:
        assert await flow.finish(await flow.run(plan(body), {"n": 4})) is None
        run = await flow.run(plan(body), {"n": 5})
        error = await run.error()
    assert (error["type"], error["message"]) == (
        "LimitExceeded",
        "the run has started more than 4 steps: continue as new before that, or raise limits.steps"
        " (for one agent: --limit steps=N)",
    )
    assert stage.crew.values() == [0, 1, 2, 3] * 2


async def test_20_a_plan_without_a_step_completes(stage: Stage) -> None:
    assert await stage.result("return event.payload", {"n": 1}) == {"n": 1}


async def test_21_a_step_within_a_steps_function_is_refused_at_registration(stage: Stage) -> None:
    body = """
    async def outer():
        return await step.do("inner", tools.work.look())
    return await step.do("outer", outer)
    """
    with pytest.raises(PlanRefused) as refused:
        await stage.start(body)
    assert any("step" in finding.message for finding in refused.value.findings)


async def test_22_the_options_of_a_step_are_those_of_its_first_execution(stage: Stage) -> None:
    """They are drawn anew on each of the replays that come with the delays between attempts."""
    body = """
    limit = 2 + int(step.random() * 5)
    try:
        await step.do("look", tools.work.look(), retries={"limit": limit})
    except StepFailed as e:
        return [limit, e.attempts]
    """
    stage.crew.will("look", *[ValueError("no")] * 9)
    limit, attempts = await stage.result(body)
    assert attempts == limit + 1 == len(stage.crew.made)


async def test_23_what_is_sensitive_reaches_the_plan_and_the_tool_and_is_redacted_elsewhere(stage: Stage) -> None:
    body = """
    found = await step.do("secret", tools.work.look(value="s3cret"), sensitive=True)
    await step.sleep("nap", 60)
    await step.do("told", tools.work.keep(value=len(found)))
    """
    run = await stage.start(body)
    await stage.flow.finish(run)
    assert stage.crew.values() == ["s3cret", 6]
    seen = [*await run.steps(), *await run.history(), *await run.history(after=0)]
    assert "s3cret" not in str(seen)
    assert "redacted" in str(seen)
