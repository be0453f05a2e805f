"""Verbs for the run as a whole: delegate, rollback, progress, continue_as_new; and what `do` says of undoing."""

from __future__ import annotations

from typing import Any

import pytest

from .plays import Play, play


def command(body: str) -> dict[str, Any]:
    """What the one step that this body starts sends, without where it stands."""
    (started,) = play(body).turn
    return {field: value for field, value in started.items() if field not in {"occurrence", "line"}}


@pytest.mark.parametrize(
    ("call", "sent"),
    [
        ('"x", "other"', {"goal": None, "payload": None, "timeout": None}),
        ('"x", "other", "reach it", {"n": 1}', {"goal": "reach it", "payload": {"n": 1}, "timeout": None}),
        ('"x", "other", payload=event.timestamp, timeout="1 day"', {"goal": None, "timeout": 86400.0}),
        ('"x", "other", timeout=event.timestamp', {"goal": None, "payload": None, "until": 1000.0}),
    ],
)
def test_delegate_sends_agent_goal_payload_and_its_end(call: str, sent: dict[str, Any]) -> None:
    found = command(f"await step.delegate({call})")
    assert found == {"payload": found["payload"], **sent, "kind": "delegate", "name": "x", "agent": "other"}


def test_the_result_of_the_other_run_comes_decoded() -> None:
    played = play('return (await step.delegate("x", "other"))["n"] + 1')
    played.ok("x#1", {"n": {"$decimal": "1.5"}})
    assert played.result == {"$decimal": "2.5"}


def test_progress_sends_a_message_and_a_fraction() -> None:
    assert command('await step.progress("half", 1 / 2)') == {
        "kind": "progress",
        "name": "",
        "message": "half",
        "fraction": 0.5,
    }
    assert command('await step.progress("so far")')["fraction"] is None


def test_rollback_sends_names_or_none_and_gives_what_was_undone() -> None:
    assert command("await step.rollback()") == {"kind": "rollback", "name": "", "names": None}
    played = play('return await step.rollback("book", "pay")')
    assert played.turn[0]["names"] == ["book", "pay"]
    played.ok("#1", ["pay#1", "book#1"])
    assert played.result == ["pay#1", "book#1"]


def test_a_rollback_that_fails_is_an_error_of_the_step_that_it_undoes() -> None:
    played = play("try:\n    await step.rollback()\nexcept StepFailed as error:\n    return [error.step, str(error)]")
    played.fail("#1", step="book", attempts=3)
    assert played.result == ["book", "step 'book' failed after 3 attempts: StepFailed: it broke"]


def test_verbs_without_a_name_share_one_count() -> None:
    played = play(
        """
        async with step.timeout(5):
            await step.gather(step.progress("a"), step.rollback(), step.progress("b"))
        return repr(step.progress("c"))
        """
    )
    assert played.keys == ["#1", "#2", "#3", "#4"]
    for key in ("#3", "#2", "#4"):
        played.ok(key, [])
    assert [(one["kind"], one["occurrence"]) for one in played.turn] == [("withdraw", 1)]
    assert played.result == "step progress"


def test_do_says_whether_it_can_be_undone_and_whether_it_is_secret() -> None:
    sent = command('await step.do("x", tools.a.b(), rollback=lambda result: tools.a.c(), sensitive=True)')
    assert (sent["rollback"], sent["sensitive"]) == (True, True)


def test_a_function_for_the_delay_is_sent_as_none() -> None:
    sent = command('await step.do("x", tools.a.b(), retries={"limit": 2, "delay": lambda attempt: 5})')
    assert sent["retries"] == {"limit": 2, "delay": None, "backoff": "exponential"}


def continued(body: str) -> Play:
    """A plan that ends with a new payload at its first turn, whatever stands around that."""
    played = play(body)
    assert played.end is not None
    played.activation.close()  # else its coroutines are freed here, which runs their `finally`
    return played


@pytest.mark.parametrize(
    "call",
    [
        "await step.continue_as_new(new)",
        "await step.gather(step.sleep('x', 1), step.continue_as_new(new), step.sleep('never', 1))",
        "await step.race(x=step.sleep('x', 1), new=deeper())",
        "await step.map(lambda n: deeper(), [1, 2])",
        "async with step.timeout(5):\n        await deeper()",
        "await deeper()",
    ],
)
def test_nothing_of_the_plan_runs_after_it_wherever_it_is_awaited(call: str) -> None:
    played = continued(
        f"""
new = {{"page": 2, "at": event.timestamp}}
async def deeper():
    try:
        await step.continue_as_new(new)
    except Exception:
        raise
    finally:
        new["page"] = 3
        await step.sleep("never", 1)
try:
    {call}
finally:
    await step.do("never", tools.a.b())
"""
    )
    assert played.end == {"continue": {"page": 2, "at": {"$datetime": "1970-01-01T00:16:40+00:00"}}}
    assert "never" not in [one["name"] for one in played.turn]


def test_the_new_payload_is_what_it_was_when_the_verb_was_called() -> None:
    played = continued('new = {"n": 1}\nlater = step.continue_as_new(new)\nnew["n"] = 2\nawait later')
    assert played.end == {"continue": {"n": 1}}
    assert play("return repr(step.continue_as_new({}))").result == "step continue_as_new"


def test_a_payload_is_at_most_a_mebibyte() -> None:
    played = play('await step.continue_as_new({"x": "x" * 1100000})')
    assert "the payload of step.continue_as_new is 1100" in played.error["message"]


def test_a_run_that_was_continued_takes_no_further_delivery() -> None:
    played = play('await step.gather(step.sleep("x", 1), step.continue_as_new({}))')
    with pytest.raises(Exception, match="has ended"):
        played.ok("x#1")


def test_continue_as_new_does_not_belong_into_the_function_of_a_step() -> None:
    played = play('async def body():\n    await step.continue_as_new({})\nawait step.do("x", body)')
    answer = played.activation.call("x#1", 1, 5.0)
    assert "step.continue_as_new cannot be awaited" in answer["end"]["error"]["message"]


def test_a_block_does_not_belong_into_the_function_of_a_step() -> None:
    body = "async def body():\n    async with step.timeout(5):\n        pass\n"
    played = play(f"{body}await step.do(repr(step.timeout(5)), body)")
    answer = played.activation.call("step.timeout#1", 1, 5.0)
    assert "step.timeout cannot be awaited" in answer["end"]["error"]["message"]
