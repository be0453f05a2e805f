"""Functions that are called beside a run: for a step's rollback, and for the delay of its retries."""

from __future__ import annotations

from typing import Any

import pytest

from agentflow.guest.activation import Misuse

from .plays import activation, plan, play, taken
from .plays import compiled as code_of

ERROR = {"kind": "Error", "type": "Busy", "message": "later", "data": {"wait": {"$decimal": "7"}}}


def undone(rollback: str, result: Any = None, before: str = "") -> dict[str, Any]:
    """The end of an evaluation of a step's rollback."""
    played = play(f"{before}\nawait step.do('x', tools.a.b(), rollback={rollback})")
    answer = played.activation.evaluate("x#1", "rollback", 50.0, {"result": result})
    assert answer["calls"] == []
    end: dict[str, Any] = answer["end"]
    return end


def delayed(delay: str, attempt: int = 2, error: dict[str, Any] = ERROR) -> dict[str, Any]:
    """The end of an evaluation of a delay."""
    played = play(f"await step.do('x', tools.a.b(), retries={{'delay': {delay}}})")
    end: dict[str, Any] = played.activation.evaluate("x#1", "delay", 50.0, {"attempt": attempt, "error": error})["end"]
    return end


def test_a_rollback_makes_a_call_of_the_result() -> None:
    found = undone("lambda result: tools.a.undo(id=result['id'], n=result['n'] + 1)", {"id": 1, "n": {"$decimal": "2"}})
    assert found == {"result": {"tool": "a.undo", "args": {"id": 1, "n": {"$decimal": "3"}}}}


def test_a_rollback_may_find_nothing_to_undo() -> None:
    assert undone("lambda result: tools.a.undo() if result else None") == {"result": None}


def test_a_rollback_sees_what_the_run_had_when_the_step_started_and_its_own_clock() -> None:
    before = "seen = [1]\nasync def later():\n    await step.sleep('s', 1)\n    seen.append(2)\n"
    found = undone("lambda result: tools.a.undo(seen=seen, now=step.now(), n=step.random())", before=before)
    args = found["result"]["args"]
    assert (args["seen"], args["now"]) == ([1], {"$datetime": "1970-01-01T00:00:50+00:00"})
    assert undone("lambda result: tools.a.undo(n=step.random())")["result"]["args"]["n"] == args["n"]


@pytest.mark.parametrize(
    ("rollback", "message"),
    [
        ("lambda result: 5", "step 'x': rollback= gave an int: return a tool call, or None"),
        ("lambda result: tools.a.undo", "rollback= gave a Tools: return a tool call"),
        ("lambda result: step.sleep('s', 1)", "rollback= gave a StepCall: return a tool call, or None; it cannot wait"),
        ("undo", "rollback= gave a coroutine: return a tool call, or None; it cannot wait, so leave out 'async'"),
        ("lambda result: result['id']", "'NoneType' object is not subscriptable"),
    ],
)
@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_everything_else_is_the_error_of_its_evaluation(rollback: str, message: str) -> None:
    end = undone(rollback, before="async def undo(result):\n    return tools.a.undo()\n")
    assert message in end["error"]["message"]
    assert end["error"]["kind"] == "Error"


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [
        ("lambda attempt, error: 60 * attempt", 120.0),
        ("lambda attempt: '3 minutes'", 180.0),
        ("lambda *given: len(given)", 2.0),
        ("lambda attempt, error: float(error.data['wait'])", 7.0),
        ("lambda attempt, error: {'Busy': 5, 'later': 6}[error.type]", 5.0),
        ("lambda attempt, error: {'Busy': 5, 'later': 6}[error.message]", 6.0),
        ("lambda attempt, error: error.attempts if isinstance(error, StepFailed) else 9", 2.0),
        ("lambda attempt, error=None: 1 if error else 0", 1.0),
    ],
)
def test_a_delay_is_made_of_attempt_and_error(delay: str, seconds: float) -> None:
    assert delayed(delay) == {"result": seconds}


@pytest.mark.parametrize(
    ("delay", "message"),
    [
        ("lambda attempt: 'soon'", "what the function of step 'x' gave is 'soon'"),
        ("lambda attempt: -1", "what the function of step 'x' gave is -1: it must be 0 seconds to 365 days"),
        ("lambda attempt: None", "what the function of step 'x' gave is None"),
        ("lambda attempt: step.sleep('s', 1)", "the function of step 'x' gave a StepCall; it cannot wait"),
        ("lambda attempt, error: error.other", "'StepFailed' object has no attribute 'other'"),
    ],
)
def test_what_is_no_duration_is_the_error_of_its_evaluation(delay: str, message: str) -> None:
    assert message in delayed(delay)["error"]["message"]


def test_each_attempt_has_random_numbers_of_its_own() -> None:
    draws = [delayed("lambda attempt: step.random()", attempt)["result"] for attempt in (1, 2, 2)]
    assert draws[0] != draws[1] == draws[2]


def test_a_function_with_a_decorator_can_be_undone_too() -> None:
    played = play(
        """
        @step.do("x", rollback=lambda result: tools.a.undo(n=result))
        async def work():
            return 1
        await work()
        """
    )
    assert played.turn[0]["rollback"] is True
    end = played.activation.evaluate("x#1", "rollback", 5.0, {"result": 3})["end"]
    assert end == {"result": {"tool": "a.undo", "args": {"n": 3}}}


@pytest.mark.parametrize(
    ("key", "what"), [("x#2", "rollback"), ("x#1", "delay"), ("x#1", "other"), ("y#1", "rollback")]
)
def test_only_what_an_open_step_was_given_can_be_evaluated(key: str, what: str) -> None:
    played = play('await step.gather(step.do("x", tools.a.b(), rollback=lambda r: None), step.sleep("y", 1))')
    with pytest.raises(Misuse, match="is not a step that is open here and has a function for"):
        played.activation.evaluate(key, what, 5.0, {"result": None, "attempt": 1, "error": ERROR})


def test_an_activation_that_was_used_for_it_takes_no_further_turn() -> None:
    played = play('await step.do("x", tools.a.b(), rollback=lambda r: None)')
    played.activation.evaluate("x#1", "rollback", 5.0, {"result": None})
    with pytest.raises(Misuse, match="takes no further turn"):
        played.ok("x#1")
    with pytest.raises(Misuse, match="is not a step that is open here"):
        played.activation.evaluate("x#1", "rollback", 5.0, {"result": None})


def test_an_evaluation_changes_nothing_of_the_run() -> None:
    """The same history in another activation goes on as if nothing had been evaluated."""
    code = code_of(
        plan(
            """
            seen = []
            async def work():
                return 1
            await step.do("x", tools.a.b(), rollback=lambda r: seen.append(r))
            return [seen, step.random()]
            """
        )
    )
    history: list[dict[str, Any]] = [{"at": 1001.0, "start": True}, {"at": 1002.0, "key": "x#1", "ok": 1}]
    first = taken(activation(code), history)
    beside = activation(code)
    beside.turns(history[:1])
    assert beside.evaluate("x#1", "rollback", 5.0, {"result": 1})["end"] == {"result": None}
    assert taken(activation(code), history) == first
