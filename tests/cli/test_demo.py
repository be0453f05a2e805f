"""The demo does what it promises, says so where it does not, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from agentflow.cli.demo import crew as crews
from agentflow.cli.demo import demo, news, play, running, screen, shop
from agentflow.cli.demo.crew import Crew
from agentflow.cli.demo.judge import APPROVAL, FLAKY, INTERRUPTED, PAYMENT, RESULT, SLEEP, Evidence, judge
from agentflow.cli.demo.ledger import VARIABLE, Entry, Ledger, What
from agentflow.cli.demo.news import Line
from agentflow.cli.demo.screen import Screen
from agentflow.errors import AgentFlowError
from agentflow.records import Attempt, Finding, Json, Run, StepView, Usage
from agentflow.tools import ToolContext

from ..fakes import untraced
from ..fakes.commands import Command

SECONDS = 90.0
"""A slow machine may need longer than a person would wait."""


# the judge


def answer(number: int, errors: int) -> Attempt:
    findings = tuple(Finding("AF", "error", 1, 1, "", "") for _ in range(errors))
    return Attempt(number, "offline:demo", "plan@1", "", "", findings, Usage(), None, 0.0, 1.0)


def step(name: str, attempts: int = 1, state: str = "done", **more: Json) -> StepView:
    times = {"started_at": 10.0, "ended_at": 12.0, **more}
    return StepView(f"{name}#1", "do", name, 1, state, attempts, **times)


def wrote(what: What, step: str, attempt: int = 1, pid: int = 1) -> Entry:
    return Entry(what, step, attempt, pid, f"key of {step}", 13.0)


def both(step: str, attempt: int = 1, pid: int = 1) -> list[Entry]:
    return [wrote("begun", step, attempt, pid), wrote("done", step, attempt, pid)]


def failing(attempt: int) -> list[Entry]:
    return [wrote("begun", FLAKY, attempt), wrote("failed", FLAKY, attempt)]


GOOD = Evidence(
    answers=[answer(1, 2), answer(2, 0)],
    run=Run("run_1", "default", "a", 1, 1, "completed", None, {}, "goal_1", "local", 0.0, 1.0, 1.0, RESULT),
    steps=[
        step("load order"),
        step(FLAKY, 3),
        step(APPROVAL, 0),
        step(PAYMENT),
        step(SLEEP, 0),
        step(INTERRUPTED, 2),
        step("tell the customer"),
    ],
    ledger=[
        *both("load order"),
        *failing(1),
        *failing(2),
        *both(FLAKY, 3),
        *both(PAYMENT),
        wrote("begun", INTERRUPTED),
        *both(INTERRUPTED, 2, pid=2),
        *both("tell the customer", pid=2),
    ],
    killed=1,
)


def without(name: str) -> list[StepView]:
    return [step for step in GOOD.steps if step.name != name]


def instead(name: str, **changes: Json) -> list[StepView]:
    return [replace(step, **changes) if step.name == name else step for step in GOOD.steps]


REPAIRED, RETRIED, APPROVED, SLEPT, CARRIED_ON, ONCE, RIGHT = range(7)

SPOILED: list[tuple[Evidence, set[int]]] = [
    (replace(GOOD, answers=[answer(1, 0)]), {REPAIRED}),
    (replace(GOOD, answers=[answer(1, 1), answer(2, 0)]), {REPAIRED}),
    (replace(GOOD, steps=instead(FLAKY, attempts=1)), {RETRIED}),
    (replace(GOOD, ledger=GOOD.ledger[4:]), {RETRIED, ONCE}),
    (replace(GOOD, steps=without(APPROVAL)), {APPROVED}),
    (replace(GOOD, steps=instead(APPROVAL, ended_at=14.0)), {APPROVED}),
    (replace(GOOD, steps=instead(APPROVAL, state="failed")), {APPROVED}),
    (replace(GOOD, ledger=[*GOOD.ledger, *both(PAYMENT)]), {APPROVED, ONCE}),
    (replace(GOOD, steps=instead(SLEEP, ended_at=11.0)), {SLEPT}),
    (replace(GOOD, steps=without(SLEEP)), {SLEPT}),
    (replace(GOOD, killed=None), {CARRIED_ON}),
    (replace(GOOD, steps=instead(INTERRUPTED, attempts=1)), {CARRIED_ON}),
    (replace(GOOD, steps=without(INTERRUPTED)), {CARRIED_ON}),
    (replace(GOOD, ledger=[*GOOD.ledger, wrote("done", INTERRUPTED)]), {CARRIED_ON, ONCE}),
    (replace(GOOD, ledger=[replace(entry, pid=1) for entry in GOOD.ledger]), {CARRIED_ON, ONCE}),
    (replace(GOOD, ledger=[*GOOD.ledger, *both("load order", pid=2)]), {ONCE}),
    (replace(GOOD, ledger=GOOD.ledger[:-1]), {ONCE}),
    (replace(GOOD, run=replace(GOOD.run, status="failed", result=None)), {RIGHT}),
    (replace(GOOD, run=replace(GOOD.run, result={"reference": "refund-18"})), {RIGHT}),
]


def test_the_judge_is_content_with_what_should_happen() -> None:
    assert [check.promise for check in judge(GOOD) if not check.kept] == []


@pytest.mark.parametrize(("evidence", "broken"), SPOILED)
def test_the_judge_finds_every_promise_that_was_not_kept(evidence: Evidence, broken: set[int]) -> None:
    assert {number for number, check in enumerate(judge(evidence)) if not check.kept} == broken


def test_without_the_kill_the_demo_fails() -> None:
    ledger = [entry for entry in GOOD.ledger if entry != wrote("begun", INTERRUPTED)]
    checks = judge(replace(GOOD, killed=None, steps=instead(INTERRUPTED, attempts=1), ledger=ledger))
    assert not checks[CARRIED_ON].kept
    assert "None was killed" in checks[CARRIED_ON].found


# the ledger


def test_the_ledger_says_how_an_attempt_ended_and_keeps_the_error(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    assert ledger.entries() == []
    with ledger.recording(ToolContext(step="a", attempt=1)):
        pass
    with pytest.raises(OSError, match="busy"), ledger.recording(ToolContext(step="b", attempt=2)):
        raise OSError("busy")
    seen = [(entry.what, entry.step, entry.attempt) for entry in ledger.entries()]
    assert seen == [("begun", "a", 1), ("done", "a", 1), ("begun", "b", 2), ("failed", "b", 2)]
    assert [entry.pid for entry in ledger.entries_of("b")] == [os.getpid()] * 2


async def test_what_a_tool_does_is_in_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "ledger"))
    paid = await shop.refund.call({"order_id": "17", "amount": "49.90"}, ToolContext(step=PAYMENT))
    assert paid == {"reference": RESULT["reference"]}
    assert [(entry.what, entry.step) for entry in shop.ledger().entries()] == [("begun", PAYMENT), ("done", PAYMENT)]


# the news

STEPS = {"pay#1": step("pay", tool="payments.refund"), "nap#1": step("nap")}
APPROVED_BY_ADA = {"action": "approve", "status": "approved", "by": "ada"}
REJECTED_BY_ADA = {"action": "reject", "status": "rejected", "by": "ada"}


@pytest.mark.parametrize(
    ("kind", "key", "body", "line"),
    [
        ("start", "", None, None),
        ("timer", "pay#1:retry", None, None),
        ("timer", "nap#1:due", None, Line("done", "nap", "woke up")),
        ("outcome", "pay#1:1", {"ok": 1}, Line("done", "pay", "payments.refund")),
        ("outcome", "pay#1:3", {"ok": 1}, Line("done", "pay", "payments.refund, attempt 3")),
        ("outcome", "pay#1:1", {"interrupted": True}, Line("failed", "pay", "attempt 1 was interrupted")),
        ("outcome", "pay#1:2", {"error": {"message": "no\nway"}}, Line("failed", "pay", "attempt 2: no way")),
        ("decision", "pay#1", APPROVED_BY_ADA, Line("done", "pay", "approved by ada")),
        ("decision", "pay#1", REJECTED_BY_ADA, Line("failed", "pay", "rejected by ada")),
    ],
)
def test_each_delivery_is_one_line_or_none(kind: str, key: str, body: Json, line: Line | None) -> None:
    assert news.delivered({"kind": kind, "key": key, "body": body}, STEPS) == line


def test_only_a_sleep_is_announced() -> None:
    asleep = step("nap", state="sleeping", due=12.0)
    assert news.begun(asleep) == Line("open", "nap", "asleep for 2 s, as a row in the database")
    assert news.begun(step("pay", state="running")) is None


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("running", "pay: attempt 1"),
        ("retrying", "pay: attempt 2 follows"),
        ("sleeping", "pay: asleep"),
        ("done", None),
    ],
)
def test_what_is_under_way_is_said_in_a_few_words(state: str, said: str | None) -> None:
    assert news.under_way([step("load"), step("pay", state=state)]) == said


def test_a_broken_promise_is_shown_with_what_was_found(capsys: pytest.CaptureFixture[str]) -> None:
    Screen().check(kept=False, promise="it works", found="it does not")
    assert capsys.readouterr().out.split("\n")[:2] == ["   ✗ it works", "     found: it does not"]


# the whole, in processes of its own

QUICKLY = {f"{screen.__name__}.MOMENT": 0.0, f"{running.__name__}.SUSPENSE": 0.0}
"""Nobody looks on."""


def environment(folder: Path) -> dict[str, str]:
    return {**untraced.environment(), "TMPDIR": str(folder), "TERM": "xterm-256color"}


def nothing_is_left(folder: Path) -> bool:
    """No file in the folder for temporary ones, and no process that was told of it."""
    return not list(folder.iterdir()) and not told_of(folder)


def told_of(folder: Path) -> list[str]:
    mark = f"{VARIABLE}={folder}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if mark in (process / "environ").read_bytes():
                found.append(process.name)
    return found


class Terminal:
    """A person at a terminal: reads what is printed, types."""

    def __init__(self, process: Command, descriptor: int) -> None:
        self.process = process
        self._descriptor = descriptor
        self.text = ""

    def type(self, text: str) -> None:
        os.write(self._descriptor, text.encode())

    def read_until(self, words: str) -> str:
        """Everything up to these words, or to the end where they do not come."""
        until = time.monotonic() + SECONDS
        with suppress(OSError):
            while words not in self.text and time.monotonic() < until and (piece := os.read(self._descriptor, 4096)):
                self.text += piece.decode(errors="replace")
        return self.text

    def ended(self) -> int:
        """Read to the end; the exit status."""
        self.read_until("\0")
        return self.process.wait()


@contextmanager
def at_a_terminal(folder: Path, *words: str, instead: dict[str, float] | None = None) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    env = environment(folder)
    process = Command("demo", *words, stdin=theirs, stdout=theirs, stderr=theirs, environment=env, instead=instead)
    os.close(theirs)
    try:
        yield Terminal(process, ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_without_a_terminal_it_answers_itself_and_all_promises_are_kept(tmp_path: Path) -> None:
    command, env = [sys.executable, "-m", "agentflow", "demo"], environment(tmp_path)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    assert all(line == line.rstrip() and len(line) <= 80 for line in done.stdout.splitlines())
    for words in ["no model was asked", "orders.fetch", "argument 'body'", "there is no terminal to ask at", "kill -9"]:
        assert words in done.stdout
    for check in judge(GOOD):
        assert f"✓ {check.promise}" in done.stdout
    assert nothing_is_left(tmp_path)


def test_at_a_terminal_it_asks_and_goes_on_after_yes(tmp_path: Path) -> None:
    with at_a_terminal(tmp_path, instead=QUICKLY) as terminal:
        asked = terminal.read_until("[y/n]")
        assert 'payments.refund(order_id="17", amount=49.90)' in asked
        terminal.type("\n")
        terminal.read_until("[y/n]\x1b")
        terminal.type("yes\n")
        assert terminal.ended() == 0, terminal.text
    assert "All of it happened" in terminal.text
    assert nothing_is_left(tmp_path)


def test_a_no_fails_the_run_and_says_so(tmp_path: Path) -> None:
    with at_a_terminal(tmp_path, instead=QUICKLY) as terminal:
        terminal.read_until("[y/n]")
        terminal.type("n\n")
        assert terminal.ended() == 1, terminal.text
    assert "ApprovalRejected" in terminal.text
    assert "kill -9" not in terminal.text
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize(
    ("moment", "end"), [("A goal is given", signal.SIGTERM), ("[y/n]", signal.SIGINT), ("kill -9", signal.SIGHUP)]
)
def test_ended_at_any_moment_it_leaves_nothing_behind(tmp_path: Path, moment: str, end: signal.Signals) -> None:
    words = ["--yes"] if moment == "kill -9" else []
    with at_a_terminal(tmp_path, *words) as terminal:
        terminal.read_until(moment)
        terminal.process.send_signal(end)
        assert terminal.ended() == 130, terminal.text
    assert "Interrupted" in terminal.text
    assert nothing_is_left(tmp_path)


@pytest.mark.parametrize(("typed", "agrees"), [("y\n", True), ("\nwell\nYES\n", True), ("n\n", False), ("No\n", False)])
async def test_only_a_yes_is_a_yes(typed: str, agrees: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as terminal, os.fdopen(ours, "wb", 0) as keys:
        monkeypatch.setattr(sys, "stdin", terminal)
        keys.write(typed.encode())
        assert await running.agreed(Screen()) is agrees


async def test_ctrl_d_is_neither_yes_nor_no_and_ends_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as terminal, os.fdopen(ours, "wb", 0) as keys:
        monkeypatch.setattr(sys, "stdin", terminal)
        keys.write(b"\x04")
        with pytest.raises(asyncio.CancelledError):
            await running.agreed(Screen())


# what goes wrong


@pytest.mark.parametrize(
    ("where", "said"), [(play, "no plan has come in 0.01 s"), (running, "the run has not ended in 0.01 s")]
)
def test_where_nothing_comes_of_it_patience_ends(
    where: object, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(where, "PATIENCE", 0.01)
    assert demo(yes=True) == 1
    assert f"The demo failed: {said}; worker 1 (process " in " ".join(capsys.readouterr().out.split())


def test_a_worker_that_ends_by_itself_is_noticed(tmp_path: Path) -> None:
    with Crew(tmp_path) as crew:
        (tmp_path / "agentflow.toml").write_text("no = 'such key'")
        worker = crew.hire()
        eventually(lambda: not worker.alive)
        with pytest.raises(
            AgentFlowError, match=r"worker 1 \(process \d+\) has ended by itself and said last: .* no such key"
        ):
            crew.check()


async def test_a_worker_that_will_not_end_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crews, "GRACE", 0.0)
    with Crew(tmp_path) as crew:
        worker = crew.hire()
        os.kill(worker.pid, signal.SIGSTOP)
        await crew.dismiss()
        assert worker.alive
    assert not worker.alive


def eventually(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)
