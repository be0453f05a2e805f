"""Functions of steps: their bodies run on a copy of the run, await tools, and leave a result or an error."""

from __future__ import annotations

from types import CodeType

import pytest

from agentflow.guest.activation import Misuse

from .plays import Play, activation, compiled, plan, play, taken

WAIT = 'await step.do("x", tools.a.b())'


def body_of(source: str, before: str = "") -> Play:
    """A run whose step `x` has the function `work` of this source."""
    return play(f'{source}\nreturn await step.do("x", work)', before=before)


@pytest.mark.parametrize(
    "source",
    [
        "def work():\n    return [1, 'x', 1]",
        "async def work():\n    return [1, 'x', 1]",
        "def work(ctx):\n    return [ctx.attempt, ctx.name, ctx.occurrence]",
        "async def work(it):\n    return [it.attempt, it.name, it.occurrence]",
        "name = 'x'\ndef work(name=name, ctx=None):\n    return [ctx.attempt, name, ctx.occurrence]",
        "name = 'x'\nwork = lambda name=name: [1, name, 1]",
    ],
)
def test_a_steps_function_is_plain_or_async_and_may_take_ctx(source: str) -> None:
    assert body_of(source).activation.call("x#1", 1, 5.0) == {"calls": [], "end": {"result": [1, "x", 1]}}


def test_a_steps_function_awaits_tool_calls() -> None:
    source = """
    async def work():
        first = await tools.a.b(n=1)
        second, third = await gather(tools.a.b(n=first), tools.a.c())
        return [first, second, third]
    """
    copy = body_of(source.replace("\n    ", "\n").strip()).activation
    assert copy.call("x#1", 1, 5.0) == {"calls": [{"call": 1, "tool": "a.b", "args": {"n": 1}}], "end": None}
    calls = [{"call": 2, "tool": "a.b", "args": {"n": 7}}, {"call": 3, "tool": "a.c", "args": {}}]
    assert copy.answer(1, 7, None) == {"calls": calls, "end": None}
    assert copy.answer(3, {"$decimal": "3"}, None) == {"calls": [], "end": None}
    assert copy.answer(2, 2, None)["end"] == {"result": [7, 2, {"$decimal": "3"}]}


def test_a_tool_call_that_a_function_returns_is_awaited() -> None:
    copy = body_of("work = lambda: tools.a.b()").activation
    assert len(copy.call("x#1", 1, 5.0)["calls"]) == 1
    assert copy.answer(1, "done", None)["end"] == {"result": "done"}


def test_the_same_tool_call_awaited_twice_is_made_twice() -> None:
    copy = body_of("call = tools.a.b()\nasync def work():\n    return [await call, await call]").activation
    copy.call("x#1", 1, 5.0)
    assert copy.answer(1, 1, None)["calls"] == [{"call": 2, "tool": "a.b", "args": {}}]


@pytest.mark.parametrize(
    ("source", "kind", "type_", "message"),
    [
        ("def work():\n    return 1 / 0", "Error", "ZeroDivisionError", "division by zero"),
        ("def work():\n    raise NonRetryableError('no', [1])", "NonRetryableError", "NonRetryableError", "no"),
        (
            "def work():\n    return {1}",
            "Error",
            "UsageError",
            "the result of step 'x': $: a set is not JSON; use a sorted list",
        ),
        (
            "async def work():\n    await step.sleep('y', 1)",
            "Error",
            "UsageError",
            "step 'y' cannot be awaited in another step's function: only tool calls can",
        ),
        (
            "async def work():\n    await gather(step.sleep('y', 1))",
            "Error",
            "UsageError",
            "step 'y' cannot be awaited in another step's function: only tool calls can",
        ),
    ],
)
def test_what_leaves_a_steps_function_is_the_attempts_error(source: str, kind: str, type_: str, message: str) -> None:
    error = body_of(source).activation.call("x#1", 1, 5.0)["end"]["error"]
    assert (error["kind"], error["type"], error["message"]) == (kind, type_, message)


def test_a_failed_tool_can_be_caught_and_otherwise_is_the_attempts_error() -> None:
    failure = {"kind": "Error", "type": "CardDeclined", "message": "no money", "data": {"code": 5}}
    copy = body_of("async def work():\n    return await tools.a.b()").activation
    copy.call("x#1", 1, 5.0)
    error = copy.answer(1, None, failure)["end"]["error"]
    assert {**error, "line": None} == {
        **failure,
        "step": None,
        "attempts": None,
        "by": None,
        "reason": None,
        "line": None,
    }
    caught = (
        "async def work():\n    try:\n        await tools.a.b()\n    except StepFailed as e:\n        return e.type"
    )
    copy = body_of(caught).activation
    copy.call("x#1", 1, 5.0)
    assert copy.answer(1, None, failure)["end"] == {"result": "CardDeclined"}


def test_a_body_has_the_attempts_clock_and_randomness_of_its_own() -> None:
    source = "def work():\n    return [step.now(), step.random()]"
    first, again, second = (body_of(source).activation.call("x#1", n, 5.0)["end"]["result"] for n in (1, 1, 2))
    assert first[0] == {"$datetime": "1970-01-01T00:00:05+00:00"}
    assert first == again != second


def test_calls_and_answers_that_are_not_open_are_refused() -> None:
    copy = body_of("async def work():\n    return await tools.a.b()").activation
    with pytest.raises(Misuse, match="'y#1' is not a function step"):
        copy.call("y#1", 1, 5.0)
    with pytest.raises(Misuse, match="no step's function waits for call 1"):
        copy.answer(1, None, None)
    copy.call("x#1", 1, 5.0)
    with pytest.raises(Misuse, match="no step's function waits for call 2"):
        copy.answer(2, None, None)
    with pytest.raises(Misuse, match="'x#1' is not a function step"):
        copy.call("x#1", 2, 5.0)
    with pytest.raises(Misuse, match="takes no further turn"):
        copy.turns([{"at": 9, "key": "x#1", "ok": 1}])


def test_a_tool_step_has_no_function() -> None:
    with pytest.raises(Misuse, match="not a function step"):
        play(WAIT).activation.call("x#1", 1, 5.0)


CAPTURES = """
items = []
def work():
    items.append(1)
    return len(items)

first = await step.do("x", work)
second = await step.do("x", work)
return [first, second, items]
"""


def test_a_function_that_changes_what_it_captured_still_replays_exactly() -> None:
    """The bodies run on copies of the run, so the list stays empty, when the run is new and when it is replayed."""
    code: CodeType = compiled(plan(CAPTURES))
    live = Play(code)
    for attempt, key in ((1, "x#1"), (1, "x#2")):
        copy = activation(code)
        copy.turns(live.history)
        outcome = copy.call(key, attempt, live.at)["end"]
        copy.close()
        live.ok(key, outcome["result"])
    assert live.result == [1, 1, []]
    assert taken(activation(code), live.history)["end"] == {"result": [1, 1, []]}
