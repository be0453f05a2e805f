"""Runs in real guest processes."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from agentflow.errors import Diverged, GuestDied, GuestError, GuestLimit
from agentflow.sandbox import End, GuestLimits, Sandbox, guests, process, zygotes
from agentflow.sandbox.guests import PORTION
from agentflow.sandbox.local import ProcessSandbox

from .stages import PATIENT, START, code, kill, lives, opening, prisoner, started, until

TWO = 'a = await step.do("a", tools.a.b(n=event.payload))\nb = await step.do("b", tools.a.b(a=a))\nreturn [a, b]'
FOREVER = "while True:\n    pass"


async def test_a_run_from_start_to_end(sandbox: ProcessSandbox) -> None:
    run = await started(sandbox, code(TWO), 5)
    (command,) = run.turn.commands
    assert (command.kind, command.key, command.line) == ("do", "a#1", 4)
    assert command.spec["call"] == {"tool": "a.b", "args": {"n": 5}, "approval": None}
    await run.ok("a#1", {"x": 1})
    assert run.turn.commands[0].spec["call"] == {"tool": "a.b", "args": {"a": {"x": 1}}, "approval": None}
    await run.ok("b#1", "done")
    assert run.result == [{"x": 1}, "done"]


async def test_the_sandbox_is_what_the_seam_says(sandbox: ProcessSandbox) -> None:
    seam: Sandbox = sandbox
    activation = await seam.open(code("return 1"), opening())
    await activation.close()


async def test_functions_beside_a_run_are_evaluated_in_its_guest(sandbox: ProcessSandbox) -> None:
    options = "rollback=lambda r: tools.a.undo(n=r), retries={'delay': lambda attempt, error: error.data * attempt}"
    run = await started(sandbox, code(f'await step.do("x", tools.a.b(), {options})'))
    end = await run.activation.evaluate("x#1", "rollback", 5.0, {"result": 7})
    assert end == End(result={"tool": "a.undo", "args": {"n": 7}})
    other = await started(sandbox, code(f'await step.do("x", tools.a.b(), {options})'), run="run_2")
    error = {"kind": "Error", "type": "E", "message": "m", "data": 2}
    end = await other.activation.evaluate("x#1", "delay", 5.0, {"attempt": 3, "error": error})
    assert end == End(result=6.0)


async def test_a_run_that_continues_ends_with_its_new_payload(sandbox: ProcessSandbox) -> None:
    run = await started(sandbox, code('await step.continue_as_new({"page": 2})'))
    assert run.turn.end == End(result={"page": 2}, continued=True)


async def test_runs_of_one_version_share_a_guest_and_nothing_else(sandbox: ProcessSandbox) -> None:
    before = "SEEN = []\n"
    body = 'SEEN.append(event.payload)\nawait step.sleep("x", 1)\nSEEN.append(0)\nreturn SEEN'
    first, second = [await started(sandbox, code(body, before=before), n, f"run_{n}") for n in (1, 2)]
    assert first.pid == second.pid
    await second.ok("x#1")
    await first.ok("x#1")
    assert (first.result, second.result) == ([1, 0], [2, 0])


async def test_another_version_has_another_guest(sandbox: ProcessSandbox) -> None:
    first, second = [await started(sandbox, code("return 1", version=n)) for n in (1, 2)]
    assert first.pid != second.pid


async def test_versions_that_start_at_once_start_one_guest(sandbox: ProcessSandbox) -> None:
    runs = await asyncio.gather(*[started(sandbox, code(TWO), n) for n in range(5)])
    assert len({run.pid for run in runs}) == 1


async def test_a_guest_has_nothing_of_the_hosts_environment_and_one_socket(sandbox: ProcessSandbox) -> None:
    body = """
def is_open(n):
    try:
        os["write"](n, b"")
    except OSError:
        return False
    return True
return [dict(os["environ"]), [n for n in range(100) if is_open(n)]]
"""
    inherited = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(inherited, True)
    run = await started(sandbox, prisoner(body))
    os.close(inherited)
    assert run.result == [{"TZ": "UTC"}, [3]]


@pytest.mark.parametrize(
    ("limits", "limit", "most"),
    [
        (GuestLimits(turn_seconds=1.0), "turn_seconds", "1 s"),
        (GuestLimits(cpu_seconds=0.3), "turn_cpu_seconds", "0.3 s of processor time"),
    ],
)
async def test_a_turn_without_end_is_killed_and_named(
    sandbox: ProcessSandbox, limits: GuestLimits, limit: str, most: str
) -> None:
    body = f"if event.payload:\n    {FOREVER}\nawait step.sleep('x', 1)".replace("    pass", "        pass")
    other = await started(sandbox, code(body, limits=limits))
    said = rf"refunds@1 was killed: it spent more than {most} in one turn \({limit}\); "
    with pytest.raises(GuestLimit, match=said) as caught:
        await started(sandbox, other.activation._guest.code, payload=1)
    assert caught.value.limit == limit
    assert not lives(other.pid)
    with pytest.raises(GuestDied, match="it spent more than"):
        await other.ok("x#1")


async def test_a_run_can_be_closed_while_another_one_takes_the_guest_down(sandbox: ProcessSandbox) -> None:
    version = code(f"await step.sleep('x', 1)\n{FOREVER}", limits=replace(PATIENT, cpu_seconds=0.3))
    busy, other = await started(sandbox, version), await started(sandbox, version)
    turn = asyncio.ensure_future(busy.ok("x#1"))
    await asyncio.sleep(0)
    await other.activation.close()
    with pytest.raises(GuestLimit):
        await turn


async def test_a_module_without_end_is_killed_when_it_is_opened(sandbox: ProcessSandbox) -> None:
    version = code("return 1", before=FOREVER + "\n", limits=GuestLimits(turn_seconds=0.3))
    activation = await sandbox.open(version, opening())
    with pytest.raises(GuestLimit):
        await activation.turns([START])


async def test_processor_time_counts_turns_not_messages(sandbox: ProcessSandbox) -> None:
    """A replay of many turns may take what each of them may."""
    busy = "for n in range(8):\n    await step.sleep('x', 1)\n    sum(range(4_000_000))\nreturn 'done'"
    run = await started(sandbox, code(busy, limits=GuestLimits(turn_seconds=20, cpu_seconds=0.4)))
    await run.deliver(*({"at": 1.0, "key": f"x#{n}", "ok": None} for n in range(1, 9)))
    assert run.result == "done"


async def test_the_kernel_ends_a_guest_that_has_used_the_processor_time_of_its_life(
    sandbox: ProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the host does not look."""
    monkeypatch.setattr(zygotes, "LIFE", 1)
    with pytest.raises(GuestDied, match="it used up the processor time of its life") as caught:
        await started(sandbox, code(FOREVER))
    assert caught.value.own


async def test_an_answer_that_is_too_large_is_killed_and_named(sandbox: ProcessSandbox) -> None:
    version = code("return 'x' * event.payload", limits=replace(PATIENT, turn_bytes=1000))
    assert (await started(sandbox, version, 500)).result == "x" * 500
    with pytest.raises(GuestLimit, match="it said 2034 bytes at once, of at most 1000") as caught:
        await started(sandbox, version, 2000)
    assert caught.value.limit == "turn_bytes"


async def test_an_answer_of_too_many_values_is_killed_and_named(sandbox: ProcessSandbox) -> None:
    """Reading it would hold the host up."""
    body = "body = b'[' + b'1,' * 400_000 + b'1]'\nos['write'](3, len(body).to_bytes(4, 'big') + body)"
    with pytest.raises(GuestLimit, match="more than 120000 values") as caught:
        await started(sandbox, prisoner(body))
    assert caught.value.limit == "turn_bytes"


async def test_a_plan_may_start_only_so_many_steps_at_once(sandbox: ProcessSandbox) -> None:
    body = "await step.gather(*(step.sleep(f'{n}', 1) for n in range(event.payload)))"
    version = code(body, limits=replace(PATIENT, turn_commands=10))
    assert len((await started(sandbox, version, 10)).keys) == 10
    with pytest.raises(GuestLimit, match=r"more than 10 steps: use step\.map with concurrency=10") as caught:
        await started(sandbox, version, 11)
    assert caught.value.limit == "turn_commands"


@pytest.mark.parametrize("bomb", ['"x" * 10**10', "[str(n) * 1000 for n in range(10**9)]"])
async def test_memory_is_bounded_and_the_other_runs_go_elsewhere(sandbox: ProcessSandbox, bomb: str) -> None:
    both = code(f"await step.sleep('x', 1)\nreturn {bomb} if event.payload else 'fine'")
    other, hungry = await started(sandbox, both), await started(sandbox, both, 1)
    with pytest.raises(GuestLimit, match="needed more than 256 MB of memory") as caught:
        await hungry.ok("x#1")
    assert caught.value.limit == "guest_memory_mb"
    with pytest.raises(GuestDied, match="is gone: the plan's process ran out of memory; open the run anew"):
        await other.ok("x#1")
    again = await started(sandbox, both)
    await again.ok("x#1")
    assert again.result == "fine"


async def test_who_needs_memory_last_is_not_blamed_for_what_another_run_holds(sandbox: ProcessSandbox) -> None:
    """It has a process to itself then, and what it needs fits into that."""
    version = code("await step.sleep('x', 1)\nheld = 'x' * event.payload\nawait step.sleep('y', 1)\nreturn len(held)")
    greedy = await started(sandbox, version, 150_000_000, "greedy")
    modest = await started(sandbox, version, 100_000_000, "modest")
    await greedy.ok("x#1")
    with pytest.raises(GuestDied, match="more than 256 MB of memory, for all of its runs; open the run anew") as caught:
        await modest.ok("x#1")
    assert caught.value.own
    again = await started(sandbox, version, 100_000_000, "modest")
    assert (await started(sandbox, version, 1, "third")).pid != again.pid
    await again.ok("x#1")
    await again.ok("y#1")
    assert again.result == 100_000_000


async def test_a_run_that_ends_its_process_has_the_next_one_to_itself(sandbox: ProcessSandbox) -> None:
    version = prisoner("await step.sleep('x', 1)\nif event.payload:\n    os['_exit'](7)")
    for _ in range(3):
        guilty = await started(sandbox, version, 1, "guilty")
        innocent = await started(sandbox, version, 0, "innocent")
        with pytest.raises(GuestDied) as caught:
            await guilty.ok("x#1")
        assert caught.value.own
    assert lives(innocent.pid)
    await innocent.ok("x#1")


async def test_runs_that_only_shared_a_process_are_told_so(sandbox: ProcessSandbox) -> None:
    version = prisoner("await step.sleep('x', 1)\nif event.payload:\n    os['_exit'](7)")
    guilty, innocent = [await started(sandbox, version, n, f"run_{n}") for n in (1, 0)]
    ends = await asyncio.gather(guilty.ok("x#1"), innocent.ok("x#1"), return_exceptions=True)
    assert [(type(end), getattr(end, "own", None)) for end in ends] == [(GuestDied, True), (GuestDied, False)]


async def test_a_process_that_works_on_unasked_is_killed(
    sandbox: ProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has been taken over may answer at once, and then use up the processor."""
    monkeypatch.setattr(process, "IDLE", replace(process.IDLE, cpu_seconds=0.2))
    answer = b'{"turns":[[]],"end":null}'
    run = await started(sandbox, prisoner(f"os['write'](3, {len(answer).to_bytes(4, 'big') + answer!r})\n{FOREVER}"))
    await until(lambda: not lives(run.pid))
    with pytest.raises(GuestDied, match=r"more than 0\.2 s of processor time when it had nothing to do"):
        await run.ok("x#1")


async def test_a_host_that_was_stopped_reads_what_came_meanwhile(
    sandbox: ProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each turn in flight would pass its limit where a machine or a container is frozen for a while."""
    monkeypatch.setattr(process, "_LATE", 0.1)
    large = code("await step.sleep('x', 1)\nreturn 'x' * 900_000", limits=GuestLimits(turn_seconds=1.0))
    run = await started(sandbox, large)
    turn = asyncio.ensure_future(run.ok("x#1"))
    await asyncio.sleep(0.01)
    time.sleep(1.2)  # noqa: ASYNC251  # nothing of this process goes on
    await turn
    assert len(run.result) == 900_000


async def test_a_stop_is_no_way_around_the_clock(sandbox: ProcessSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_LATE", -1.0)
    with pytest.raises(GuestLimit, match=r"it spent more than 0\.1 s in one turn"):
        await started(sandbox, code(FOREVER, limits=GuestLimits(turn_seconds=0.1)))


async def test_memory_that_runs_out_in_small_pieces_is_named(sandbox: ProcessSandbox) -> None:
    """What is left has no room for the error's document either: a reserve makes some."""
    small = code("kept = []\nwhile True:\n    kept.append([kept])")
    with pytest.raises(GuestLimit) as caught:
        await started(sandbox, small)
    assert caught.value.limit == "guest_memory_mb"


async def test_a_guest_that_is_killed_fails_what_is_in_flight_and_all_its_runs(sandbox: ProcessSandbox) -> None:
    version = code(f"await step.sleep('x', 1)\n{FOREVER}")
    busy, waiting = await started(sandbox, version), await started(sandbox, version)
    turn = asyncio.ensure_future(busy.ok("x#1"))
    await asyncio.sleep(0.05)
    kill(busy.pid)
    with pytest.raises(GuestDied, match="refunds@1 died: it was killed"):
        await turn
    with pytest.raises(GuestDied, match="is gone: it was killed"):
        await waiting.ok("x#1")
    again = await started(sandbox, version)
    assert again.keys == ["x#1"]
    assert again.pid != busy.pid


async def test_a_guest_that_died_while_idle_is_started_anew(sandbox: ProcessSandbox) -> None:
    run = await started(sandbox, code(TWO))
    kill(run.pid)
    await until(lambda: not run.activation._guest.process.alive)
    assert (await started(sandbox, code(TWO))).pid != run.pid
    with pytest.raises(GuestDied):
        await run.ok("a#1")
    await run.activation.close()


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ('os["_exit"](7)', "it ended with status 7"),
        ('os["abort"]()', "the interpreter crashed"),
        ('os["kill"](os["getpid"](), 15)', "it made a system call that no plan may make"),
    ],
)
async def test_a_death_is_explained(sandbox: ProcessSandbox, end: str, message: str) -> None:
    with pytest.raises(GuestDied, match=message):
        await started(sandbox, prisoner(end))


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (r"b'\xff\xff\xff\xff'", "it said 4294967295 bytes at once"),
        (r"b'\0\0\0\1?'", "not a JSON document"),
        (r"b'\0\0\0\2{}'", "broke the protocol"),
        (r"b'\0\0\0\5Infin'", "not a JSON document"),
    ],
)
async def test_a_guest_that_breaks_the_protocol_is_killed(sandbox: ProcessSandbox, sent: str, message: str) -> None:
    activation = await sandbox.open(prisoner(f'os["write"](3, {sent})'), opening())
    with pytest.raises(GuestError, match=message) as caught:
        await activation.turns([START])
    assert "\n" not in str(caught.value)
    assert not lives(activation._guest.process.pid)
    with pytest.raises(GuestDied):
        await activation.turns([START])


FINALLY = """
def numbers():
    try:
        yield 1
    finally:
        os["_exit"](7)
taken = numbers()
next(taken)
async def branch():
    try:
        await step.sleep("x", 1)
    finally:
        os["_exit"](8)
try:
    await gather(branch())
finally:
    os["_exit"](9)
"""


async def test_closing_runs_no_finally(sandbox: ProcessSandbox) -> None:
    """A `finally` that runs would end the process."""
    version = prisoner(FINALLY)
    first = await started(sandbox, version)
    await first.activation.close()
    second = await started(sandbox, version)
    assert (second.keys, second.pid) == (["x#1"], first.pid)
    with pytest.raises(GuestDied, match="it has been closed"):
        await first.ok("x#1")


async def test_a_coroutine_that_is_never_awaited_changes_nothing(sandbox: ProcessSandbox) -> None:
    run = await started(sandbox, code("async def idle():\n    pass\nidle()\nreturn 1"))
    assert run.result == 1


async def test_a_long_history_goes_in_many_frames(sandbox: ProcessSandbox) -> None:
    count = PORTION * 2 + 50
    version = code(
        "total = 0\nfor n in range(event.payload):\n    total += len(await step.do('x', tools.a.b()))\nreturn total"
    )
    activation = await sandbox.open(version, opening(count))
    history = [START, *[{"at": 1.0, "key": f"x#{n}", "ok": "x" * 20_000} for n in range(1, count + 1)]]
    turns = await activation.turns(history)
    assert len(turns) == count + 1
    assert turns[-1].end is not None
    assert turns[-1].end.result == count * 20_000


async def test_an_asynchronous_generator_that_is_let_go_runs_no_finally(sandbox: ProcessSandbox) -> None:
    body = """
async def pages():
    try:
        yield 1
        await step.sleep("x", 1)
    finally:
        os["_exit"](7)
found = [page async for page in pages()]
"""
    version = prisoner(body)
    first = await started(sandbox, version)
    await first.activation.close()
    assert (await started(sandbox, version)).pid == first.pid


async def test_large_commands_come_in_many_answers(sandbox: ProcessSandbox) -> None:
    version = code("for n in range(12):\n    await step.do('x', tools.a.b(text='x' * 900_000))")
    activation = await sandbox.open(version, opening())
    turns = await activation.turns([START, *[{"at": 1.0, "key": f"x#{n}", "ok": None} for n in range(1, 13)]])
    assert [len(turn.commands) for turn in turns] == [1] * 12 + [0]


async def test_what_no_frame_can_hold_is_refused_before_it_is_sent(sandbox: ProcessSandbox) -> None:
    run = await started(sandbox, code(TWO))
    with pytest.raises(GuestError, match="cannot be handed this: a frame of"):
        await run.ok("a#1", "x" * 5_000_000)
    await run.ok("a#1", "x")
    assert run.keys == ["b#1"]


async def test_a_divergence_says_when_and_what_and_leaves_the_guest_alive(sandbox: ProcessSandbox) -> None:
    other, run = await started(sandbox, code(TWO)), await started(sandbox, code(TWO))
    with pytest.raises(Diverged, match="delivers 'c#1', but this code waits for 'a#1'") as caught:
        await run.ok("c#1")
    assert caught.value.turn == 2
    with pytest.raises(GuestDied, match="belongs to other code"):
        await run.ok("a#1")
    await run.activation.close()
    await other.ok("a#1")
    assert other.keys == ["b#1"]


async def test_a_cancelled_turn_leaves_the_guest_to_the_others(sandbox: ProcessSandbox) -> None:
    version = code("await step.sleep('x', 1)\nif event.payload:\n    return sum(range(20_000_000))\nreturn 1")
    slow, other = await started(sandbox, version, 1), await started(sandbox, version)
    turn = asyncio.ensure_future(slow.ok("x#1"))
    await until(lambda: bool(slow.activation._guest.process._asked))
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await turn
    with pytest.raises(GuestDied, match="given up half-way"):
        await slow.ok("x#1")
    await slow.activation.close()
    await other.ok("x#1")
    assert other.result == 1


async def test_a_steps_function_works_on_a_copy(sandbox: ProcessSandbox) -> None:
    """The plan changes what its function captured, which the validator would refuse; it still replays exactly."""
    body = """
items = []
async def work(ctx):
    items.append(await tools.a.b(n=ctx.attempt))
    return len(items)
return [await step.do("x", work), await step.do("x", work), items]
"""
    version = code(body)
    live = await started(sandbox, version)
    history = [START]
    for key in ("x#1", "x#2"):
        copy = await sandbox.open(version, opening())
        await copy.turns(history)
        working = await copy.call(key, 2, 5.0)
        assert [(call.call, call.tool, call.args) for call in working.calls] == [(1, "a.b", {"n": 2})]
        done = await copy.answer(1, ok="got")
        await copy.close()
        assert done.end is not None
        history.append({"at": 1.0, "key": key, "ok": done.end.result})
        await live.deliver(history[-1])
    assert live.result == [1, 1, []]
    replay = await sandbox.open(version, opening())
    assert (await replay.turns(history))[-1].end == live.turn.end


async def test_a_failed_tool_reaches_the_steps_function(sandbox: ProcessSandbox) -> None:
    run = await started(sandbox, code("async def work():\n    await tools.a.b()\nawait step.do('x', work)"))
    await run.activation.call("x#1", 1, 5.0)
    error = {"kind": "Error", "type": "CardDeclined", "message": "no money"}
    done = await run.activation.answer(1, error=error)
    assert done.end is not None
    assert done.end.error is not None
    assert done.end.error["type"] == "CardDeclined"


async def test_a_function_that_uses_up_the_memory_is_a_failed_attempt(sandbox: ProcessSandbox) -> None:
    run = await started(sandbox, code("await step.do('x', lambda: 'x' * 10**10)"))
    with pytest.raises(GuestLimit, match="needed more than 256 MB"):
        await run.activation.call("x#1", 1, 5.0)
    assert not lives(run.pid)


async def test_a_guest_without_runs_ends_after_a_while() -> None:
    sandbox = ProcessSandbox(idle_seconds=0.05)
    first, second = [await started(sandbox, code(TWO)) for _ in range(2)]
    await first.activation.close()
    await asyncio.sleep(0.1)
    await second.ok("a#1")
    await second.activation.close()
    await second.activation.close()
    await until(lambda: not lives(second.pid))
    assert (await started(sandbox, code(TWO))).pid != second.pid
    await sandbox.close()


async def test_a_guest_is_kept_warm_for_the_next_run(sandbox: ProcessSandbox) -> None:
    first = await started(sandbox, code(TWO))
    await first.activation.close()
    assert (await started(sandbox, code(TWO))).pid == first.pid


async def test_too_much_memory_costs_the_guest_that_was_idle_for_longest() -> None:
    sandbox = ProcessSandbox(all_memory_mb=8)
    first, second = [await started(sandbox, code(TWO, version=n)) for n in (1, 2)]
    await second.activation.close()
    await first.activation.close()
    await started(sandbox, code(TWO, version=3))
    await until(lambda: not lives(second.pid))
    assert lives(first.pid)
    assert (await started(sandbox, code(TWO, version=1))).pid == first.pid
    await sandbox.close()


async def test_guests_that_took_too_much_memory_together_end_as_they_come_to_rest() -> None:
    """None of them was idle when the last one was started."""
    sandbox = ProcessSandbox(all_memory_mb=5)
    runs = [await started(sandbox, code(TWO, version=n)) for n in range(3)]
    for run in runs:
        await run.activation.close()
    await until(lambda: [lives(run.pid) for run in runs] == [False, False, True])
    await sandbox.close()


async def test_no_guest_is_ended_before_its_first_run_comes() -> None:
    """However little memory all may take, and however many start at once."""
    sandbox = ProcessSandbox(all_memory_mb=4)
    runs = await asyncio.gather(*(started(sandbox, code(TWO, version=n)) for n in range(40)))
    assert all(run.keys == ["a#1"] for run in runs)
    await sandbox.close()


async def test_what_busy_guests_take_counts() -> None:
    """It has grown since their first run came."""
    sandbox = ProcessSandbox(all_memory_mb=100)
    large = await started(sandbox, code("held = 'x' * 150_000_000\nawait step.sleep('x', 1)\nreturn len(held)"))
    idle = await started(sandbox, code(TWO, version=2))
    await idle.activation.close()
    await started(sandbox, code(TWO, version=3))
    await until(lambda: not lives(idle.pid))
    assert lives(large.pid)
    await sandbox.close()


async def test_a_guest_that_has_used_half_of_its_memory_takes_no_further_run(sandbox: ProcessSandbox) -> None:
    version = code("held = 'x' * event.payload\nawait step.sleep('x', 1)\nreturn len(held)")
    large = await started(sandbox, version, 150_000_000)
    small = await started(sandbox, version, 1)
    assert small.pid != large.pid
    await large.ok("x#1")
    assert large.result == 150_000_000
    await large.activation.close()
    await until(lambda: not lives(large.pid))
    assert lives(small.pid)


@pytest.mark.parametrize(("limit", "busy"), [("MOST_ACTIVATIONS", True), ("TIRED", False)])
async def test_a_guest_takes_only_so_many_runs(
    sandbox: ProcessSandbox, limit: str, busy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More while there is always one in it."""
    monkeypatch.setattr(guests, limit, 30)
    anchor = await started(sandbox, code(TWO)) if busy else None
    pids = []
    for _ in range(31):
        run = await started(sandbox, code(TWO))
        pids.append(run.pid)
        await run.activation.close()
    assert len(set(pids)) == 2
    assert pids.count(pids[0]) == 30 - busy
    if anchor:
        assert anchor.pid == pids[0]
        await anchor.activation.close()


async def test_closing_the_sandbox_kills_every_guest() -> None:
    sandbox = ProcessSandbox()
    run = await started(sandbox, code(TWO))
    starting = asyncio.ensure_future(sandbox.open(code(TWO, version=2), opening()))
    await asyncio.sleep(0)
    await sandbox.close()
    assert not lives(run.pid)
    with pytest.raises(GuestDied):
        await run.ok("a#1")
    with pytest.raises(GuestDied):
        await (await starting).turns([START])


async def test_what_cannot_be_loaded_is_an_error_and_starts_no_guest(sandbox: ProcessSandbox) -> None:
    broken = replace(code(TWO), blob=b"nonsense")
    for _ in range(2):
        with pytest.raises(GuestError, match="could not do what it was asked"):
            await sandbox.open(broken, opening())
    assert not sandbox._current


HOST = """
import asyncio, sys
sys.path[:0] = [{root!r}]
from agentflow.sandbox.local import ProcessSandbox
from agentflow.sandbox import GuestLimits
from tests.sandbox.stages import START, code, opening

async def main():
    sandbox = ProcessSandbox()
    activation = await sandbox.open(code("while True:\\n    pass", limits=GuestLimits(600, 600)), opening())
    servers = [zygote._process.pid for zygote in sandbox._blanks._zygotes.values()]
    print(activation._guest.process.pid, *servers, flush=True)
    await activation.turns([START])

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
async def test_a_guest_dies_with_its_host() -> None:
    root = str(Path(__file__).parents[2])
    host = await asyncio.create_subprocess_exec(sys.executable, "-c", HOST.format(root=root), stdout=subprocess.PIPE)
    assert host.stdout is not None
    pids = [int(pid) for pid in (await host.stdout.readline()).split()]
    assert [lives(pid) for pid in pids] == [True, True]
    host.kill()
    await host.communicate()
    await until(lambda: not any(map(lives, pids)))


async def test_new_limits_have_a_new_process(sandbox: ProcessSandbox) -> None:
    """What a process may use is fixed when it is made."""
    old = await started(sandbox, code(TWO))
    await old.activation.close()
    new = await started(sandbox, code(TWO, limits=replace(PATIENT, turn_bytes=5000)))
    assert new.pid != old.pid
