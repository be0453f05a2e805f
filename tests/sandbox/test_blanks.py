"""Processes that hold no plan yet: what holds them, where they come from, and what becomes of them."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace

import pytest

from agentflow.errors import GuestDied, SandboxError, Unconfined
from agentflow.guest.lockdown import LAYERS
from agentflow.guest.zygote import KILL, ORDER
from agentflow.sandbox import blanks, launch, zygotes
from agentflow.sandbox.blanks import FLOOR, Blanks
from agentflow.sandbox.local import ProcessSandbox
from agentflow.sandbox.zygotes import Zygote

from .stages import START, code, lives, opening, read, started, until

TWO = 'await step.sleep("a", 1)\nreturn 5'


async def test_every_layer_holds_on_this_machine(sandbox: ProcessSandbox) -> None:
    """A machine that runs these tests and lacks one would prove nothing of it."""
    layers = await sandbox.layers()
    assert set(layers) == {"namespaces", *(name for name, _ in LAYERS)}
    assert [(name, why) for name, why in layers.items() if why is not None] == []
    assert await sandbox.layers() is layers


async def test_without_seccomp_no_plan_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "GUEST", "tests.sandbox.unlocked")
    sandbox = ProcessSandbox()
    with pytest.raises(Unconfined, match=r"cannot confine plans \(seccomp: .*none\): .*AGENTFLOW_UNSAFE_SANDBOX=1"):
        await sandbox.open(code(TWO), opening())
    with pytest.raises(Unconfined):
        await sandbox.layers()
    await sandbox.close()


async def test_who_says_so_runs_plans_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "GUEST", "tests.sandbox.unlocked")
    sandbox = ProcessSandbox(unsafe=True)
    run = await started(sandbox, code(TWO))
    await run.ok("a#1")
    assert run.result == 5
    lacking = {name for name, why in (await sandbox.layers()).items() if why is not None}
    assert lacking == {"seccomp", "landlock"}
    assert "rlimits" in FLOOR
    await sandbox.close()


async def test_processes_are_kept_ready(sandbox: ProcessSandbox) -> None:
    await started(sandbox, code(TWO))
    ready = sandbox._blanks._spare
    await until(lambda: len(ready) == blanks.SPARE)
    first = ready[0].pid
    assert (await started(sandbox, code(TWO, version=2))).pid == first
    await until(lambda: len(ready) == blanks.SPARE)


async def test_one_that_died_while_it_waited_is_not_handed_out(sandbox: ProcessSandbox) -> None:
    await started(sandbox, code(TWO))
    ready = sandbox._blanks._spare
    await until(lambda: len(ready) == blanks.SPARE)
    first = ready[0]
    dead = first.pid
    os.kill(dead, signal.SIGKILL)
    await until(lambda: not first.alive)
    assert (await started(sandbox, code(TWO, version=2))).pid != dead


async def test_guests_die_with_their_fork_server_and_the_next_has_another_one(sandbox: ProcessSandbox) -> None:
    run = await started(sandbox, code(TWO))
    zygote = sandbox._blanks._zygotes[launch.GUEST]
    os.kill(zygote._process.pid, signal.SIGKILL)
    await until(lambda: not lives(run.pid))
    with pytest.raises(GuestDied):
        await run.ok("a#1")
    again = await started(sandbox, code(TWO))
    await again.ok("a#1")
    assert again.result == 5
    with pytest.raises(SandboxError, match="no process for a plan can be started"):
        zygote.fork(256)


async def test_an_interpreter_that_cannot_be_started_is_named(
    sandbox: ProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As are the limits where a file or a process is missing: what waits for one is tried again."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(SandboxError, match=r"No such file or directory \(/nowhere/python\)"):
        await sandbox.open(code(TWO), opening())
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(SandboxError, match=r"Too many open files \(`ulimit -a` tells the limits\)"):
            await sandbox.open(code(TWO), opening())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_fork_server_that_may_kill_nobody_leaves_it_to_the_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guest ends with its socket, and its neighbours live."""
    monkeypatch.setattr(launch, "GUEST", "tests.sandbox.powerless")
    sandbox = ProcessSandbox()
    one, two = [await started(sandbox, code(TWO, version=n)) for n in (1, 2)]
    await one.activation._guest.process.end()
    assert not lives(one.pid)
    await two.ok("a#1")
    assert two.result == 5
    await sandbox.close()
    await until(lambda: not lives(two.pid))


async def test_a_fork_server_that_cannot_start_says_how_to_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "GUEST", "tests.sandbox.nowhere")
    sandbox = ProcessSandbox()
    with pytest.raises(SandboxError, match=r"its fork server ended; `.* -m tests.sandbox.nowhere` may say why"):
        await sandbox.open(code(TWO), opening())
    await sandbox.close()


def test_the_command_that_it_names_says_whether_a_fork_server_could_start() -> None:
    for module in (launch.GUEST, launch.VALIDATOR):
        done = subprocess.run(launch.command(module), capture_output=True, text=True, timeout=60, check=True)
        assert done.stdout.startswith("it can start here")


async def test_a_fork_that_fails_is_an_error_of_whoever_asked() -> None:
    """The descriptor of the order is closed, and the server goes on."""
    zygote = Zygote("tests.sandbox.barren")
    child = zygote.fork(256)
    with pytest.raises(SandboxError, match="Cannot allocate memory; free memory or processes"):
        await child.born
    assert await child.ended == -signal.SIGKILL
    child.connection.close()
    assert zygote.alive
    await zygote.close()
    await zygote.close()


async def test_a_fork_server_that_does_not_obey_is_ended(
    sandbox: ProcessSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a guest that passed a limit would live for as long as somebody has stopped its server."""
    monkeypatch.setattr(zygotes, "INSISTS", 0.05)
    run = await started(sandbox, code(TWO))
    os.kill(sandbox._blanks._zygotes[launch.GUEST]._process.pid, signal.SIGSTOP)
    await run.activation._guest.process.end()
    await until(lambda: not lives(run.pid))
    assert (await started(sandbox, code(TWO))).pid != run.pid


async def test_too_many_open_files_are_an_error_of_whoever_asked(sandbox: ProcessSandbox) -> None:
    await started(sandbox, code(TWO))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    zygote = sandbox._blanks._zygotes[launch.GUEST]
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        with pytest.raises(SandboxError, match="Too many open files; raise the limit"):
            zygote.fork(256)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_fork_server_may_have_a_descriptor_of_any_number(sandbox: ProcessSandbox) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    held = [os.dup(0) for _ in range(1100)]
    try:
        await started(sandbox, code(TWO))
    finally:
        for descriptor in held:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_any_number_of_processes_can_be_started_and_ended_at_once(sandbox: ProcessSandbox) -> None:
    """More than the socket to the fork server has room for."""
    runs = await asyncio.gather(*(started(sandbox, code(TWO, version=n)) for n in range(300)))
    await asyncio.gather(*(run.activation._guest.process.end() for run in runs))
    assert not any(lives(run.pid) for run in runs)
    assert sandbox._blanks._zygotes[launch.GUEST].alive


async def test_orders_that_find_no_room_are_given_later(sandbox: ProcessSandbox) -> None:
    run = await started(sandbox, code(TWO))
    zygote = sandbox._blanks._zygotes[launch.GUEST]
    os.kill(zygote._process.pid, signal.SIGSTOP)
    with suppress(BlockingIOError):
        while True:
            zygote._socket.send(ORDER.pack(0, KILL, 0, 0))
    ending = asyncio.ensure_future(run.activation._guest.process.end())
    await asyncio.sleep(0.05)
    os.kill(zygote._process.pid, signal.SIGCONT)
    await ending
    assert not lives(run.pid)
    assert zygote.alive


async def test_a_start_that_is_given_up_leaves_nothing(sandbox: ProcessSandbox) -> None:
    """Whenever that is: nobody may be left who waits for its end."""
    await sandbox.compile("", None)
    zygote = sandbox._blanks._zygotes[launch.VALIDATOR]
    for turns in range(12):
        compiling = asyncio.ensure_future(sandbox.compile(f"x = {turns}", None))
        for _ in range(turns):
            await asyncio.sleep(0)
        compiling.cancel()
        async with asyncio.timeout(60):
            await asyncio.wait([compiling])
    await until(lambda: not zygote._children)


async def test_only_the_host_says_when_plans_end(sandbox: ProcessSandbox) -> None:
    """Who stops a service signals all of its processes, while the host still lets its runs come to an end."""
    run = await started(sandbox, code(TWO))
    for signum in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        for pid in (sandbox._blanks._zygotes[launch.GUEST]._process.pid, run.pid):
            os.kill(pid, signum)
    await run.ok("a#1")
    assert run.result == 5


async def test_when_the_machine_has_no_memory_left_a_plan_goes_first(sandbox: ProcessSandbox) -> None:
    run = await started(sandbox, code(TWO))
    assert read(f"/proc/{run.pid}/oom_score_adj") == "1000\n"


async def test_killing_one_guest_leaves_the_others(sandbox: ProcessSandbox) -> None:
    one, two = [await started(sandbox, code(TWO, version=n)) for n in (1, 2)]
    await one.activation._guest.process.end()
    assert not lives(one.pid)
    await two.ok("a#1")
    assert two.result == 5


async def test_a_sandbox_that_is_closed_leaves_nothing() -> None:
    ours = Blanks(256)
    process = await ours.take(256)
    await until(lambda: len(ours._spare) == blanks.SPARE)
    pids = [process.pid, *(spare.pid for spare in ours._spare), ours._zygotes[launch.GUEST]._process.pid]
    await process.end()
    await ours.close()
    await asyncio.sleep(0)
    assert not [pid for pid in pids if lives(pid)]


async def test_a_plan_of_another_memory_has_a_process_of_its_own(sandbox: ProcessSandbox) -> None:
    small = replace(code(TWO), limits=replace(code(TWO).limits, memory_mb=128))
    activation = await sandbox.open(small, opening())
    [turn] = await activation.turns([START])
    assert turn.commands
    assert not sandbox._blanks._spare
