"""Turns, ends, errors and function bodies of one activation, in this process."""

from __future__ import annotations

import gc
from typing import Any

import pytest

from agentflow.guest.activation import Diverged, Misuse
from agentflow.guest.exceptions import LONGEST_MESSAGE
from agentflow.guest.running import Overdrawn

from .plays import Play, activation, compiled, plain, plan, play, taken

WAIT = 'await step.do("x", tools.a.b())'


def caught(kind: str, body: str, **details: Any) -> Any:
    """What a plan makes of the error of its step `x`."""
    played = play(f"try:\n    {WAIT}\nexcept {kind} as e:\n    return {body}")
    played.fail("x#1", kind, **details)
    return played.result


def test_a_turn_ends_when_all_of_the_run_is_blocked() -> None:
    played = play('a = await step.do("a", tools.a.b())\nb = await step.do("b", tools.a.b(a=a))\nreturn a + b')
    assert played.keys == ["a#1"]
    assert played.end is None
    (second,) = played.ok("a#1", 1)
    assert (second["call"]["args"], second["line"]) == ({"a": 1}, 5)
    assert played.ok("b#1", 2) == []
    assert played.result == 3


def test_the_start_of_a_name_is_its_next_occurrence_over_all_kinds() -> None:
    played = play('await gather(step.sleep("x", 1), step.do("x", tools.a.b()), step.sleep("y", 1), step.sleep("x", 1))')
    assert played.keys == ["x#1", "x#2", "y#1", "x#3"]


def test_a_step_that_nobody_awaits_never_starts() -> None:
    played = play('step.do("idle", tools.a.b())\nreturn 1')
    assert (played.turn, played.result) == ([], 1)


def test_awaiting_a_step_twice_gives_the_same_result() -> None:
    played = play('x = step.do("x", tools.a.b())\nfirst = await x\nsecond = await x\nreturn [first, second]')
    played.ok("x#1", {"n": 1})
    assert played.result == [{"n": 1}, {"n": 1}]


def test_gather_runs_the_plans_own_coroutines_side_by_side() -> None:
    played = play(
        """
        async def both(n):
            first = await step.do(f"first {n}", tools.a.b())
            return first + await step.do(f"second {n}", tools.a.b())

        return await gather(both(1), step.sleep("s", 5), both(2))
        """
    )
    assert played.keys == ["first 1#1", "s#1", "first 2#1"]
    assert played.ok("first 2#1", 20)[0]["name"] == "second 2"
    played.ok("s#1")
    played.ok("second 2#1", 2)
    played.ok("first 1#1", 10)
    played.ok("second 1#1", 1)
    assert played.result == [11, None, 22]


def test_asyncio_gather_is_the_same() -> None:
    played = play('return await asyncio.gather(step.sleep("a", 1), step.sleep("b", 1))', before="import asyncio\n")
    assert played.keys == ["a#1", "b#1"]


def test_the_same_name_in_parallel_branches_counts_in_the_order_of_starts() -> None:
    """Which of two branches takes the second occurrence depends on what was delivered first, and on nothing else."""
    body = """
    async def branch(n):
        await step.do(f"load {n}", tools.a.b())
        await step.do("store", tools.a.b(n=n))

    await gather(branch(1), branch(2))
    """
    for first, second in ((1, 2), (2, 1)):
        played = play(body)
        assert played.ok(f"load {first}#1")[0]["call"]["args"] == {"n": first}
        assert played.keys == ["store#1"]
        assert played.ok(f"load {second}#1")[0]["call"]["args"] == {"n": second}
        assert played.keys == ["store#2"]


def test_what_is_open_when_run_returns_moves_no_more() -> None:
    """`slow` waits, `ready` could go on in the same turn: neither does, and no `finally` runs."""
    played = plain(
        """
        seen, shared = event.payload["seen"], step.sleep("x", 1)
        async def slow():
            try:
                await step.sleep("slow", 1)
            finally:
                seen.append("slow")

        async def ready():
            await shared
            seen.append("ready")

        waiting = gather(slow(), ready())
        waiting._start()
        await shared
        return "done"
        """,
        {"seen": []},
    )
    noted = played.activation._event.payload["seen"]
    assert played.keys == ["x#1", "slow#1"]
    played.ok("x#1")
    assert played.result == "done"
    with pytest.raises(Diverged, match="has ended"):
        played.ok("slow#1")
    played.activation.close()
    del played
    gc.collect()
    assert noted == []


def seen(played: Play) -> Any:
    """The list `SEEN` of the plan's module."""
    return played.activation._namespace["SEEN"]


SUSPENDED = """
def numbers():
    try:
        yield 1
        yield 2
    finally:
        SEEN.append("generator")

async def branch():
    try:
        await step.do("branch", tools.a.b())
    finally:
        SEEN.append("branch")

taken = numbers()
next(taken)
try:
    await gather(branch(), step.sleep("x", 1))
finally:
    SEEN.append("run")
"""


def test_closing_runs_no_finally_of_coroutines_or_generators() -> None:
    played = play(SUSPENDED, before="SEEN = []\n")
    noted = seen(played)
    played.activation.close()
    del played
    gc.collect()
    assert noted == []


def test_a_coroutine_that_was_not_closed_would_run_its_finally() -> None:
    """Why there is a graveyard: without it, freeing the activation runs the plan's code."""
    played = play(SUSPENDED, before="SEEN = []\n")
    noted = seen(played)
    del played
    gc.collect()
    assert sorted(noted) == ["branch", "generator", "run"]


@pytest.mark.parametrize(
    ("kind", "body", "details", "expected"),
    [
        (
            "StepFailed",
            "[e.step, e.attempts, e.type, e.message, e.data, str(e)]",
            {"type": "ValueError", "attempts": 3, "data": {"$decimal": "1.5"}, "step": "x"},
            [
                "x",
                3,
                "ValueError",
                "it broke",
                {"$decimal": "1.5"},
                "step 'x' failed after 3 attempts: ValueError: it broke",
            ],
        ),
        ("StepFailed", "str(e)", {"attempts": 1}, "step 'x' failed after 1 attempt: StepFailed: it broke"),
        ("StepTimeout", "[e.step, e.message, str(e)]", {}, ["x", "it broke", "it broke"]),
        ("WaitTimeout", "[e.step, e.message]", {}, ["x", "it broke"]),
        ("ApprovalRejected", "[e.by, e.reason]", {"by": ["ann"], "reason": "too much"}, [["ann"], "too much"]),
        ("ApprovalRejected", "[e.by, e.reason]", {}, [[], None]),
        ("ApprovalExpired", "[e.step]", {}, ["x"]),
        ("PlanFailed", "[str(e), isinstance(e, WorkflowError)]", {}, ["it broke", False]),
        ("NonRetryableError", "[str(e), e.data]", {"data": [1]}, ["it broke", [1]]),
    ],
)
def test_errors_reach_the_plan_with_what_they_say(kind: str, body: str, details: dict[str, Any], expected: Any) -> None:
    assert caught(kind, body, **details) == expected


def test_an_unknown_error_is_a_failed_step() -> None:
    played = play(f"try:\n    {WAIT}\nexcept StepFailed as e:\n    return e.type")
    played.fail("x#1", "Error", type="OSError")
    assert played.result == "OSError"


def test_all_errors_of_steps_are_workflow_errors() -> None:
    assert caught("WorkflowError", "e.step") == "x"


def test_an_error_that_nobody_catches_ends_the_run_at_the_line_it_left() -> None:
    played = play(f"await step.sleep('s', 1)\n{WAIT}\nreturn 1")
    played.ok("s#1")
    played.fail("x#1", type="OSError", attempts=2, data=[1])
    assert played.error == {
        "kind": "StepFailed",
        "type": "OSError",
        "message": "it broke",
        "data": [1],
        "step": "x",
        "attempts": 2,
        "by": None,
        "reason": None,
        "line": 5,
    }


@pytest.mark.parametrize(
    ("body", "kind", "type_", "message"),
    [
        ('raise PlanFailed("no stock")', "PlanFailed", "PlanFailed", "no stock"),
        ('raise NonRetryableError("no", {1})', "NonRetryableError", "NonRetryableError", "no"),
        ("raise ApprovalExpired", "ApprovalExpired", "ApprovalExpired", ""),
        ('raise ApprovalRejected("no", by=["ann"])', "ApprovalRejected", "ApprovalRejected", "no"),
        ('raise StepFailed("no")', "StepFailed", "StepFailed", "no"),
        ("return 1 / 0", "Error", "ZeroDivisionError", "division by zero"),
        ('return {}["total"]', "Error", "KeyError", "'total'"),
        ('raise ValueError("\\ud800 half")', "Error", "ValueError", "? half"),
        ("return missing", "Error", "NameError", "name 'missing' is not defined"),
        ("await event", "Error", "TypeError", "object Event can't be used in 'await' expression"),
        (
            "def deep(n):\n    return deep(n + 1)\ndeep(0)",
            "Error",
            "RecursionError",
            "maximum recursion depth exceeded",
        ),
    ],
)
def test_whatever_leaves_run_is_its_end(body: str, kind: str, type_: str, message: str) -> None:
    error = play(body).error
    assert (error["kind"], error["type"], error["message"]) == (kind, type_, message)
    assert error["line"] >= 4


@pytest.mark.parametrize("error", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_no_error_is_strong_enough_to_leave_the_activation(error: str) -> None:
    found = "next(c for c in Exception.__base__.__subclasses__() if c.__name__ == {!r})"
    assert plain(f"raise {found.format(error)}").error["type"] == error


def test_an_error_of_a_class_of_the_plans_own_keeps_its_kind_and_its_name() -> None:
    played = play('raise NoStock("none left")', before="class NoStock(PlanFailed):\n    pass\n")
    assert (played.error["kind"], played.error["type"]) == ("PlanFailed", "NoStock")


def test_an_error_may_carry_nonsense() -> None:
    before = """
    class Odd(StepFailed):
        def __init__(self):
            self.by = self.step = self.attempts = self.type = self.data = {1}
            self.reason = 5
            self.message = "x" * 100000

    class Mute(Exception):
        pass
    """
    error = play("raise Odd", before=before).error
    assert error["message"] == "x" * LONGEST_MESSAGE
    assert [error[part] for part in ("type", "step", "attempts", "data")] == ["Odd", None, None, None]


def test_an_error_whose_message_cannot_be_read_is_an_end_too() -> None:
    played = plain("class Mute(Exception):\n    def __str__(self):\n        return 1 / 0\nraise Mute")
    assert played.error["message"] == "its message cannot be read: ZeroDivisionError"


def test_an_error_that_two_wait_for_leaves_at_the_line_of_each() -> None:
    played = play("x = step.sleep('x', 1)\ntry:\n    await x\nexcept StepFailed:\n    pass\nawait x")
    played.fail("x#1")
    assert played.error["line"] == 9


def test_steps_work_in_asynchronous_generators_if_the_policy_should_allow_them() -> None:
    played = plain(
        """
        async def pages():
            for n in range(2):
                yield await step.do("page", tools.a.b(n=n))

        found = []
        async for page in pages():
            found.append(page)
        return found
        """
    )
    played.ok("page#1", "a")
    played.ok("page#2", "b")
    assert played.result == ["a", "b"]


def test_errors_can_be_chained_and_raised_again() -> None:
    played = play(f"try:\n    {WAIT}\nexcept StepFailed as e:\n    raise PlanFailed(f'gave up: {{e.message}}') from e")
    played.fail("x#1")
    assert (played.error["kind"], played.error["message"], played.error["line"]) == (
        "PlanFailed",
        "gave up: it broke",
        7,
    )


def test_an_error_in_the_modules_body_ends_the_run_at_its_first_turn() -> None:
    error = play("return 1", before="LIMIT = 1 / 0\n").error
    assert (error["type"], error["line"]) == ("ZeroDivisionError", 2)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return {1}", "the result of the run: $: a set is not JSON"),
        (
            'return "x" * 2_000_000',
            "the result of the run is 2000002 bytes of JSON (a str), and what leaves a plan may have 1 MiB",
        ),
        ('await step.do("x", tools.a.b(text="x" * 2_000_000))', "of JSON: at most 1 MiB, pass a reference instead"),
    ],
)
def test_what_is_too_large_or_no_json_ends_the_run(body: str, message: str) -> None:
    played = play(body)
    while played.end is None:
        played.ok(next(iter(played.activation._run.open)))
    assert message in played.error["message"]
    assert played.error["type"] == "UsageError"


@pytest.mark.parametrize(
    ("body", "limit", "message"),
    [
        ("await gather(*[step.sleep('x', 1) for _ in range(1001)])", "turn_commands", "at once more than 1000 steps"),
        ("await step.gather(*[step.do('x', tools.a.b(text='x' * 700_000)) for _ in range(3)])", "turn_bytes", "2 MiB"),
        (
            "try:\n    await gather(*[step.sleep('x', 1) for _ in range(1001)])\nexcept Exception:\n    return 1",
            "turn_commands",
            "use step.map with concurrency=100",
        ),
    ],
)
def test_what_starts_too_much_at_once_starts_none_of_it(body: str, limit: str, message: str) -> None:
    """Whatever the plan makes of the error: the first thousand of two thousand mails are worse than none."""
    with pytest.raises(Overdrawn, match=message) as caught:
        play(body)
    assert caught.value.limit == limit


def test_a_run_that_waits_for_itself_fails_instead_of_hanging() -> None:
    played = play(
        """
        groups = []
        async def member():
            await groups[0]

        groups.append(gather(member()))
        await groups[0]
        """
    )
    assert played.error["message"] == "the run waits for something that never comes: a gather that contains itself?"


def test_a_gather_of_the_run_that_its_body_awaits_never_comes() -> None:
    played = play('group = gather(step.sleep("y", 1))\nawait step.do("x", lambda: group)')
    error = played.activation.call("x#1", 1, 5.0)["end"]["error"]
    assert error["message"] == "the step's function waits for something that is no tool call"


def test_the_clock_is_the_time_of_the_delivery_and_never_goes_back() -> None:
    played = play('a = step.now()\nawait step.sleep("x", 1)\nreturn [a, step.now(), event.timestamp]')
    played.at = 10.0
    played.ok("x#1")
    late = {"$datetime": "1970-01-01T00:16:41+00:00"}
    assert played.result == [late, late, {"$datetime": "1970-01-01T00:16:40+00:00"}]


def test_the_event_is_a_fresh_copy_for_each_activation() -> None:
    code = compiled(plan('event.payload["n"] += 1\nreturn [event.payload, event.run, event.agent, event.schedule]'))
    payload = {"n": 1}
    assert Play(code, payload).result == [{"n": 2}, "run_1", "refunds", None]
    assert Play(code, payload).result == [{"n": 2}, "run_1", "refunds", None]


def test_randomness_depends_on_the_run_and_nothing_else() -> None:
    body = "return [random.random(), step.random(), str(uuid.uuid4())]"
    code = compiled(plan(body, before="import random, uuid\n"))
    assert Play(code).result == Play(code).result
    assert Play(code).result != Play(code, run="run_2").result


def test_activations_share_no_module_and_no_decimal_context() -> None:
    body = """
    SEEN.append(1)
    await step.sleep("x", 1)
    decimal.getcontext().prec += 1
    await step.sleep("y", 1)
    return [len(SEEN), decimal.getcontext().prec]
    """
    first, second = (play(body, before="import decimal\nSEEN = []\n") for _ in range(2))
    for played in (first, second):
        played.ok("x#1")
    for played in (first, second):
        played.ok("y#1")
        assert played.result == [1, 29]


@pytest.mark.parametrize("key", ["y#1", "x#2", "x#1"])
def test_a_delivery_that_the_code_does_not_wait_for_is_a_divergence(key: str) -> None:
    played = play('await step.sleep("x", 1)\nawait step.sleep("z", 1)')
    played.ok("x#1")
    with pytest.raises(Diverged, match=f"delivers '{key}', but this code waits for 'z#1'") as caught:
        played.ok(key)
    assert caught.value.turn == 3


@pytest.mark.parametrize("deliveries", [[{"at": 1, "key": "x#1", "ok": 1}], [{"at": 1, "start": True}] * 2])
def test_a_run_starts_once_and_first(deliveries: list[dict[str, Any]]) -> None:
    with pytest.raises(Misuse, match="start"):
        activation(compiled(plan("await step.sleep('x', 1)"))).turns(deliveries)


def test_a_large_answer_takes_the_rest_later() -> None:
    played = play("for n in range(4):\n    await step.do('x', tools.a.b(text='x' * 200_000))")
    deliveries = [{"at": 1, "key": f"x#{n}", "ok": n} for n in (1, 2, 3, 4)]
    answer = taken(played.activation, deliveries)
    assert (len(answer["turns"]), answer["end"]) == (2, None)
    answer = taken(played.activation, deliveries[2:])
    assert (len(answer["turns"]), answer["end"]) == (2, {"result": None})
