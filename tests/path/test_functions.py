"""Steps that are functions: one unit, on a copy of what they capture."""

from __future__ import annotations

import hashlib
import marshal
from dataclasses import replace

import pytest

from agentflow.guest.policy import build
from agentflow.records import Compiled
from agentflow.registry import Origin
from agentflow.sandbox.local import ProcessSandbox

from ..fakes.waiting import until
from ..fakes.worker import embedded
from .harness import Stage, plan


async def test_a_function_is_a_step(stage: Stage) -> None:
    run = await stage.start('base = 20\nreturn await step.do("add", lambda: base + 1)')
    assert await stage.result(run) == 21
    [step] = await run.steps()
    assert (step.kind, step.tool, step.attempts, step.result) == ("do", None, 1, 21)


async def test_a_function_may_wait_for_tools_and_be_told_of_its_attempt(stage: Stage) -> None:
    body = """
    async def both(ctx):
        first = await tools.work.look(value="a")
        second = await tools.work.look(value=first + "b")
        return [second, ctx.name, ctx.occurrence, ctx.attempt]
    await step.do("both", both)
    return await step.do("both", both)
    """
    assert await stage.result(await stage.start(body)) == ["ab", "both", 2, 1]
    assert stage.crew.values() == ["a", "ab", "a", "ab"]


async def test_the_decorator_makes_a_step_of_each_call(stage: Stage) -> None:
    body = """
    @step.do("double", retries={"limit": 1, "delay": 0})
    async def double(ctx):
        return [await tools.work.look(value=ctx.occurrence), ctx.attempt]
    return [await double(), await double()]
    """
    stage.crew.will("look", ValueError("once"))
    run = await stage.start(body)
    assert await stage.result(run) == [[1, 2], [2, 1]]
    assert [step.key for step in await run.steps()] == ["double#1", "double#2"]


async def test_a_function_may_gather_tool_calls(stage: Stage) -> None:
    body = """
    async def both():
        return await asyncio.gather(*[tools.work.look(value=n) for n in range(3)])
    return await step.do("both", both)
    """
    assert await stage.result(await stage.start(body, before="import asyncio\n")) == [0, 1, 2]


async def test_a_retry_repeats_all_of_the_function(stage: Stage) -> None:
    body = """
    async def both():
        await tools.work.look(value="a")
        await tools.work.keep(value="b")
    await step.do("both", both)
    """
    stage.crew.will("keep", ValueError("no"))
    await stage.result(await stage.start(body))
    assert stage.crew.values() == ["a", "b", "a", "b"]


async def test_a_function_may_catch_what_a_tool_raises(stage: Stage) -> None:
    body = """
    async def careful():
        try:
            return await tools.work.look()
        except StepFailed as e:
            return [e.type, e.message, e.data]
    return await step.do("careful", careful)
    """
    stage.crew.will("look", LookupError("gone"))
    assert await stage.result(await stage.start(body)) == ["LookupError", "gone", None]


@pytest.mark.parametrize(
    ("raised", "attempts", "type", "data"),
    [
        ("ValueError('bad')", 3, "ValueError", None),
        ("NonRetryableError('bad', {'n': 1})", 1, "NonRetryableError", {"n": 1}),
        ("PlanFailed('bad')", 1, "PlanFailed", None),
    ],
)
async def test_an_error_that_leaves_a_function_fails_the_step(
    stage: Stage, raised: str, attempts: int, type: str, data: object
) -> None:
    body = f"""
    def broken():
        raise {raised}
    await step.do("broken", broken, retries={{"limit": 2, "delay": 0}})
    """
    error = await stage.error(await stage.start(body))
    assert (error["kind"], error["attempts"], error["type"]) == ("StepFailed", attempts, type)
    assert (error["message"], error["data"]) == ("bad", data)


@pytest.mark.parametrize("amount", [100, 101])
async def test_a_tool_that_needs_a_person_is_refused_in_a_function(stage: Stage, amount: int) -> None:
    """Whether a predicate asks is known only when the call is made: the check warns, the host refuses."""
    body = """
    async def move():
        return await tools.bank.move(value=event.payload["amount"])
    try:
        return await step.do("move", move)
    except StepFailed as e:
        return [e.type, e.attempts, e.message]
    """
    result = await stage.result(await stage.start(body, {"amount": amount}))
    refused = ["ToolError", 1, "bank.move needs a person's approval: call it with step.do directly"]
    assert result == (100 if amount == 100 else refused)
    assert stage.crew.values() == ([100] if amount == 100 else [])


async def test_a_tool_that_is_not_granted_any_more_is_refused_in_a_function(stage: Stage) -> None:
    body = """
    async def look():
        return await tools.work.look()
    await step.sleep("first", 60)
    return await step.do("look", look)
    """
    run = await stage.start(body)
    await stage.reach(run, "sleeping")
    await stage.flow.agents.create("crew", model="offline:demo", tools=["work.keep"], update=True)
    error = await stage.error(run)
    assert (error["type"], error["attempts"], stage.crew.made) == ("ToolError", 1, [])


async def unchecked(stage: Stage, body: str) -> None:
    """Register a plan that the policy lets through and the validator would not."""
    source = plan(body)
    code, problems = build(source)
    assert code is not None, problems
    compiled = Compiled((), marshal.dumps(code), "Plan", ("work.look",))
    registry, now = stage.flow._open().registry, stage.clock.now()
    await registry.register(stage.agent.id, source, compiled, Origin("test"), now)


@pytest.mark.parametrize("linger", [0.0, 1e9], ids=["hibernating", "awake"])
async def test_a_function_that_changes_what_it_captures_still_replays_exactly(stage: Stage, linger: float) -> None:
    """With the check switched off: the run never sees the change, whether it was in memory all the time or not."""
    embedded(stage.flow).linger = linger
    body = """
    seen = []
    count = 0
    self.total = 0
    async def grow():
        nonlocal count
        count += 1
        self.total += 1
        seen.append(await tools.work.look(value=len(seen)))
        return [len(seen), count, self.total]
    found = []
    for n in range(3):
        found.append(await step.do("grow", grow))
        await step.sleep("nap", "1 day")
        await step.do(f"after {len(seen)}", tools.work.look(value=[seen, count, self.total]))
    return [found, seen, count, self.total]
    """
    assert (await stage.agent.check(plan(body))).blob is None
    await unchecked(stage, body)
    run = await stage.agent.start()
    assert await stage.result(run) == [[[1, 1, 1]] * 3, [], 0, 0]
    assert [step.key for step in await run.steps() if step.name == "after 0"] == ["after 0#1", "after 0#2", "after 0#3"]


async def test_code_that_asks_for_something_else_than_the_history_parks_the_run(stage: Stage) -> None:
    """The stored code is swapped under a sleeping run: it is paused, both commands are named, nothing is lost."""
    run = await stage.start('await step.sleep("nap", 60)\nawait step.sleep("more", 60)')
    await stage.reach(run, "sleeping")
    registry, sandbox = stage.flow._open().registry, stage.flow._open().sandbox
    assert isinstance(sandbox, ProcessSandbox)
    await until(lambda: not any(guest.live for guest in sandbox._guests))  # it sleeps, and nothing holds it
    kept = await registry.pinned(stage.agent.id, 1)
    source = plan('await step.sleep("nap", 61)')
    other = marshal.dumps(build(source)[0])
    swapped = replace(kept, code=other, plan=replace(kept.plan, sha256=hashlib.sha256(other).hexdigest()))
    registry._pinned[stage.agent.id, 1] = swapped
    record = await stage.skip(run, "paused")
    assert record.reason["paused"] == "diverged"
    assert 'sleep nap#1 {"seconds": 60.0}' in record.reason["message"]
    assert 'sleep nap#1 {"seconds": 61.0}' in record.reason["message"]
    registry._pinned[stage.agent.id, 1] = kept
    await run.resume()
    await stage.result(run)
