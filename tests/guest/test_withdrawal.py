"""Races and blocks with a timeout: what is withdrawn, in which order, and what the plan's code sees of it."""

from __future__ import annotations

from typing import Any

import pytest

from agentflow.guest.running import LARGEST_WITHDRAWAL, Overdrawn
from agentflow.guest.values import compact

from .plays import Play, plain, play

BEFORE = """
log = []

async def stay(step, name):
    try:
        await step.sleep(name, 5)
    except Exception:
        log.append(f"{name} caught")
    finally:
        log.append(name)

async def inside(step, name, seconds):
    try:
        async with step.timeout(seconds):
            await step.sleep(name, 5)
    except StepTimeout:
        return f"{name} late"
    return name
"""


def staged(body: str, payload: Any = None) -> Play:
    """A plan with the functions above, started."""
    return play(body, payload, before=BEFORE)


def withdrawn(turn: list[dict[str, Any]]) -> list[str]:
    """The keys of the steps that a turn withdraws."""
    return [f"{one['name']}#{one['occurrence']}" for one in turn if one["kind"] == "withdraw"]


def test_the_first_of_a_race_wins_and_the_open_steps_of_the_others_are_withdrawn() -> None:
    played = staged(
        """
        name, value = await step.race(a=step.sleep("a", 5), b=step.do("b", tools.a.b()), c=step.sleep("c", 5))
        return [name, value]
        """
    )
    assert played.keys == ["a#1", "b#1", "c#1"]
    line = played.turn[0]["line"]
    assert played.ok("b#1", 7) == [
        {"kind": "withdraw", "name": "a", "occurrence": 1, "line": line},
        {"kind": "withdraw", "name": "c", "occurrence": 1, "line": line},
    ]
    assert played.result == ["b", 7]


def test_the_first_error_wins_too() -> None:
    played = staged(
        """
        try:
            await step.race(a=step.sleep("a", 5), b=step.do("b", tools.a.b()))
        except StepFailed as error:
            await step.sleep("after", 1)
            return error.message
        """
    )
    assert withdrawn(played.fail("b#1")) == ["a#1"]
    played.ok("after#1")
    assert played.result == "it broke"


def test_a_member_that_is_done_wins_and_those_after_it_are_not_started() -> None:
    played = staged(
        """
        done = step.sleep("a", 5)
        await done
        return [await step.race(x=step.sleep("x", 1), a=done, b=step.do("b", tools.a.b())), repr(step.race(a=done))]
        """
    )
    turn = played.ok("a#1")
    assert [one["kind"] for one in turn] == ["sleep", "withdraw"]
    assert played.result == [["a", None], "race of 1"]


def test_members_that_wait_for_the_same_step_are_decided_by_the_order_of_arguments() -> None:
    played = staged(
        """
        same = step.sleep("same", 5)
        async def wait(name):
            await same
            log.append(name)
        return [await step.race(a=wait("a"), b=wait("b")), log]
        """
    )
    played.ok("same#1")
    assert played.result == [["a", None], ["a"]]


def test_a_step_that_was_started_before_stays_open_when_the_race_is_over() -> None:
    played = staged(
        """
        mail = step.wait_for_event("mail", "mail")
        async def hurry():
            await step.sleep("first", 1)
            won = await step.race(mail=mail, timer=step.sleep("timer", 1))
            return [won[0], (await mail).payload]
        found = await step.gather(mail, hurry())
        return found[1]
        """
    )
    played.ok("first#1")
    assert withdrawn(played.ok("timer#1")) == []
    assert played.end is None
    played.ok("mail#1", {"id": "e", "type": "mail", "payload": 5, "timestamp": 1})
    assert played.result == ["timer", 5]


def test_a_step_that_the_race_started_cannot_be_awaited_after_it() -> None:
    played = staged(
        """
        mail = step.do("mail", tools.a.b())
        await step.race(mail=mail, timer=step.sleep("timer", 1))
        return await mail
        """
    )
    played.ok("timer#1")
    message = "step 'mail' was withdrawn, since the race or the timeout in which it was started is over"
    assert (played.error["type"], played.error["message"]) == ("UsageError", message)


def test_whoever_waits_from_outside_for_what_a_race_withdraws_is_told() -> None:
    played = staged(
        """
        mail, group = step.do("mail", tools.a.b()), step.gather(step.do("x", tools.a.b()), stay(step, "y"))
        race = step.race(mail=mail, group=group, timer=step.sleep("timer", 1))
        found = await step.gather(race, mail, group, return_exceptions=True)
        return [str(one) for one in found] + log
        """
    )
    assert withdrawn(played.ok("timer#1")) == ["mail#1", "x#1", "y#1"]
    race, mail, group, log = played.result
    assert race == "('timer', None)"
    assert mail.startswith("step 'mail' was withdrawn")
    assert group.startswith("step 'x' was withdrawn")
    assert log == "y"


def test_a_call_that_a_race_withdraws_is_named_to_those_outside() -> None:
    played = staged(
        """
        group = step.gather(stay(step, "y"))
        found = await step.gather(step.race(group=group, timer=step.sleep("t", 1)), group, return_exceptions=True)
        return str(found[1])
        """
    )
    played.ok("t#1")
    assert played.result.startswith("the call of stay was withdrawn")


def test_finally_runs_from_the_inside_out_and_no_except_sees_the_signal() -> None:
    played = staged(
        """
        async def outer():
            try:
                await step.gather(stay(step, "b"), stay(step, "c"))
            finally:
                log.append("outer")
        won = await step.race(a=stay(step, "a"), outer=outer(), timer=step.sleep("timer", 1))
        return [won[0], log]
        """
    )
    assert withdrawn(played.ok("timer#1")) == ["a#1", "b#1", "c#1"]
    assert played.result == ["timer", ["c", "b", "outer", "a"]]


def test_what_a_finally_starts_while_it_is_withdrawn_is_refused() -> None:
    played = staged(
        """
        async def stubborn():
            try:
                await step.sleep("a", 5)
            finally:
                log.append("finally")
                try:
                    await step.do("never", tools.a.b())
                finally:
                    log.append("refused")
                    await step.gather(step.sleep("never", 1))
        await step.race(a=stubborn(), timer=step.sleep("timer", 1))
        await step.sleep("after", 1)
        return log
        """
    )
    assert [one["name"] for one in played.ok("timer#1")] == ["a", "after"]
    played.ok("after#1")
    assert played.result == ["finally", "refused"]


@pytest.mark.parametrize(
    "more",
    [
        "await step.gather(other)",
        "await step.race(a=step.sleep('never', 1))",
        "await step.map(lambda n: step.sleep('never', n), [1, 2], return_exceptions=True)",
        "await step.continue_as_new({})",
        "await other",
        """async with step.timeout(5):
                    log.append("never")""",
    ],
)
def test_no_verb_helps_a_branch_that_is_withdrawn(more: str) -> None:
    played = staged(
        f"""
        other = step.sleep("other", 5)
        async def stubborn():
            try:
                await step.sleep("a", 5)
            finally:
                {more}
                log.append("never")
        async def both():
            return await step.race(a=stubborn(), timer=step.sleep("timer", 1))
        won, _ = await step.gather(both(), other)
        return [won[0], log]
        """
    )
    assert [one["name"] for one in played.ok("timer#1")] == ["a"]
    played.ok("other#1")
    assert played.result == ["timer", []]


def test_a_branch_that_turns_the_signal_into_an_error_of_its_own_just_ends() -> None:
    played = staged(
        """
        async def swallow():
            try:
                try:
                    await step.sleep("a", 5)
                finally:
                    raise ValueError("instead")
            except ValueError:
                log.append("swallowed")
            return "unheard"
        won = await step.race(a=swallow(), timer=step.sleep("timer", 1))
        return [won[0], log]
        """
    )
    assert withdrawn(played.ok("timer#1")) == ["a#1"]
    assert played.result == ["timer", ["swallowed"]]


def test_a_race_in_a_race_goes_with_it() -> None:
    played = staged(
        """
        inner = step.race(a=stay(step, "a"), b=stay(step, "b"))
        won = await step.race(inner=inner, timer=step.sleep("timer", 1))
        return [won[0], log]
        """
    )
    assert withdrawn(played.ok("timer#1")) == ["a#1", "b#1"]
    assert played.result == ["timer", ["b", "a"]]


def test_a_race_that_decides_another_one_withdraws_both() -> None:
    played = staged(
        """
        inner = step.race(a=stay(step, "a"), b=step.sleep("b", 5))
        won = await step.race(inner=inner, other=stay(step, "other"))
        return [won, log]
        """
    )
    assert withdrawn(played.ok("b#1")) == ["a#1", "other#1"]
    assert played.result == [["inner", ["b", None]], ["a", "other"]]


def test_a_race_can_be_awaited_again() -> None:
    played = staged('race = step.race(a=step.sleep("a", 1))\nreturn [await race, await race]')
    played.ok("a#1")
    assert played.result == [["a", None], ["a", None]]


@pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
def test_a_coroutine_that_never_began_is_not_run_for_its_withdrawal() -> None:
    played = staged(
        """
        async def last():
            log.append("never")
        done = step.sleep("a", 1)
        await done
        won = await step.race(a=done, last=last())
        return [won[0], log]
        """
    )
    played.ok("a#1")
    assert played.result == ["a", []]


# step.timeout


def test_a_block_that_is_done_in_time_withdraws_its_timer() -> None:
    played = staged(
        """
        async with step.timeout("1 minute"):
            await step.sleep("a", 5)
        await step.sleep("after", 5)
        return "done"
        """
    )
    timer, _ = played.turn
    assert timer == {"kind": "timeout", "name": "", "occurrence": 1, "line": timer["line"], "timeout": 60.0}
    assert [(one["kind"], one["name"]) for one in played.ok("a#1")] == [("withdraw", ""), ("sleep", "after")]
    played.ok("after#1")
    assert played.result == "done"


def test_a_block_may_end_at_a_moment() -> None:
    played = staged('async with step.timeout(event.timestamp.replace(hour=1)):\n    await step.sleep("a", 5)')
    assert played.turn[0]["until"] == 4600.0


def test_a_block_whose_time_is_over_withdraws_its_steps_and_raises_around_itself() -> None:
    played = staged(
        """
        try:
            async with step.timeout(60):
                try:
                    await step.gather(stay(step, "a"), stay(step, "b"))
                except StepTimeout:
                    log.append("never")
                finally:
                    log.append("block")
        except StepTimeout as error:
            await step.sleep("after", 1)
            return [log, error.message, error.step]
        """
    )
    line = played.turn[0]["line"]
    assert [(one["kind"], one["name"]) for one in played.ok("#1")] == [
        ("withdraw", "a"),
        ("withdraw", "b"),
        ("sleep", "after"),
    ]
    played.ok("after#1")
    log, message, step = played.result
    assert log == ["b", "a", "block"]
    assert message == f"step.timeout on line {line}: its block ran out of time"
    assert step is None


@pytest.mark.parametrize("waiting", ["step.sleep('a', 5)", "step.race(a=step.sleep('a', 5))", "stay(step, 'a')"])
def test_it_does_not_matter_what_the_block_waits_for(waiting: str) -> None:
    played = staged(f"async with step.timeout(60):\n    await {waiting}")
    line = played.turn[0]["line"]
    assert withdrawn(played.ok("#1")) == ["a#1"]
    assert (played.error["kind"], played.error["line"]) == ("StepTimeout", line)


def test_an_error_in_the_block_withdraws_its_timer_and_passes() -> None:
    played = staged('async with step.timeout(60):\n    await step.sleep("a", 5)\n    raise ValueError("mine")')
    assert withdrawn(played.ok("a#1")) == ["#1"]
    assert played.error["message"] == "mine"


def test_an_error_of_the_cleaning_up_is_not_hidden_by_the_timeout() -> None:
    played = staged(
        """
        async with step.timeout(60):
            try:
                await step.sleep("a", 5)
            finally:
                raise ValueError("mine")
        """
    )
    played.ok("#1")
    assert played.error["message"] == "mine"


def test_a_block_that_swallows_the_signal_has_run_out_of_time_all_the_same() -> None:
    played = staged(
        """
        async with step.timeout(60):
            try:
                try:
                    await step.sleep("a", 5)
                finally:
                    raise ValueError("mine")
            except ValueError:
                log.append("swallowed")
        """
    )
    played.ok("#1")
    assert played.error["kind"] == "StepTimeout"


def test_the_result_may_be_returned_out_of_a_block() -> None:
    played = staged('async with step.timeout(60):\n    return await step.do("a", tools.a.b())')
    assert withdrawn(played.ok("a#1", 5)) == ["#1"]
    assert played.result == 5


def test_a_block_in_a_member_ends_that_member_only() -> None:
    played = staged('return await step.gather(inside(step, "a", 5), inside(step, "b", 6))')
    assert played.keys == ["#1", "a#1", "#2", "b#1"]
    assert withdrawn(played.ok("#2")) == ["b#1"]
    assert withdrawn(played.ok("a#1")) == ["#1"]
    assert played.result == ["a", "b late"]


def test_the_outer_block_takes_the_inner_one_along() -> None:
    played = staged(
        """
        try:
            async with step.timeout(60):
                return await inside(step, "a", 50)
        except StepTimeout:
            return "outer"
        """
    )
    assert withdrawn(played.ok("#1")) == ["#2", "a#1"]
    assert played.result == "outer"


def test_the_inner_block_leaves_the_outer_one_alone() -> None:
    played = staged(
        """
        async with step.timeout(60):
            first = await inside(step, "a", 50)
            second = await inside(step, "b", 50)
        return [first, second]
        """
    )
    assert withdrawn(played.ok("#2")) == ["a#1"]
    assert withdrawn(played.ok("b#1")) == ["#3", "#1"]
    assert played.result == ["a late", "b"]


def test_a_race_withdraws_the_block_of_a_loser() -> None:
    played = staged('return await step.race(a=inside(step, "a", 5), b=step.sleep("b", 5))')
    assert withdrawn(played.ok("b#1")) == ["#1", "a#1"]
    assert played.result == ["b", None]


def test_a_step_from_outside_survives_the_block() -> None:
    played = staged(
        """
        mail = step.do("mail", tools.a.b())
        async def hurry():
            try:
                async with step.timeout(5):
                    await mail
            except StepTimeout:
                log.append("late")
        await step.gather(mail, hurry())
        return [await mail, log]
        """
    )
    assert withdrawn(played.ok("#1")) == []
    played.ok("mail#1", 5)
    assert played.result == [5, ["late"]]


def test_a_block_cannot_be_entered_twice() -> None:
    played = plain("block = step.timeout(5)\nasync with block:\n    pass\nasync with block:\n    pass")
    assert "step.timeout was entered twice" in played.error["message"]


def test_default_timeouts_never_end_before_the_block() -> None:
    played = staged(
        """
        async with step.timeout("2 days"):
            async with step.timeout("3 days"):
                await step.gather(
                    step.do("a", tools.a.b()),
                    step.do("b", tools.a.b(), timeout="10 minutes"),
                    step.wait_for_event("c", "c"),
                    step.wait_for_approval("d", "d?"),
                    step.ask("e", "e?"),
                )
        """
    )
    timeouts = {one["name"]: one["timeout"] for one in played.turn[2:]}
    assert timeouts == {"a": 172800.0, "b": 600.0, "c": 172800.0, "d": 604800.0, "e": 604800.0}


def test_what_is_left_of_a_block_counts_for_steps_that_start_later() -> None:
    played = staged('async with step.timeout(3600):\n    await step.sleep("s", 5)\n    await step.do("a", tools.a.b())')
    (do,) = played.ok("s#1")
    assert do["timeout"] == 3599.0


def test_what_one_turn_may_have_to_withdraw_fits_into_a_frame() -> None:
    """Names of a kilobyte: in a block, or a race, no more steps are open than one turn could withdraw."""
    body = """
    async def each(number):
        await step.sleep(chr(0x1F600) * 250, 5)
    if not event.payload["block"]:
        await step.map(each, range(event.payload["steps"]))
    async with step.timeout("1 hour"):
        await step.map(each, range(event.payload["steps"]))
    """
    gone = play(body, {"block": True, "steps": 450}).ok("#1")
    assert len(gone) == 450
    assert LARGEST_WITHDRAWAL * 0.8 < sum(len(compact(one).encode()) for one in gone) <= LARGEST_WITHDRAWAL
    with pytest.raises(Overdrawn, match="too many steps in races and timeouts"):
        play(body, {"block": True, "steps": 600})
    assert len(play(body, {"block": False, "steps": 900}).turn) == 900


def test_what_is_withdrawn_at_once_counts_for_its_turn() -> None:
    """Races that are decided as they start: their steps and their withdrawals together stay below the limit."""
    body = """
    done = step.sleep("done", 1)
    await done
    for number in range(event.payload):
        many = step.map(lambda n: step.do(chr(0x1F600) * 250, tools.a.b()), range(100))
        await step.race(many=many, late=step.gather(done))
    """
    played = play(body, 5)
    played.ok("done#1")
    assert len([one for one in played.turn if one["kind"] == "do"]) == 500
    assert len(compact(played.turn).encode()) < 2 * 1024 * 1024 + LARGEST_WITHDRAWAL
    with pytest.raises(Overdrawn, match="more than 2 MiB"):
        play(body, 10).ok("done#1")
