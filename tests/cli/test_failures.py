"""No traceback reaches a person who has not asked for it, and the exit status is always said."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentflow.app import AgentFlow
from agentflow.cli.logs import OneLine

from ..fakes.commands import Command
from .conftest import EVENT, LOAD, SLEEP, Types

Has = Callable[[str], None]


def heard(running: Command, words: str) -> list[str]:
    """The lines on standard error up to the one with these words."""
    lines: list[str] = []
    while words not in (lines[-1] if lines else ""):
        lines.append(running.stderr.readline())
        assert lines[-1], lines
    return lines


async def _broken(self: AgentFlow) -> AgentFlow:
    raise ValueError("two\nlines")


def test_a_bug_is_one_line_that_says_how_to_see_more(types: Types, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AgentFlow, "__aenter__", _broken)
    done = types("tools")
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        "agentflow: this is a bug in agentflow, please report it (ValueError: two lines);"
        " AGENTFLOW_DEBUG=1 shows the traceback\n"
    )


@pytest.mark.parametrize(("debug", "shown"), [("1", True), ("0", False)])
def test_with_debugging_every_error_has_its_traceback(
    types: Types, shop: Path, monkeypatch: pytest.MonkeyPatch, debug: str, shown: bool
) -> None:
    monkeypatch.setenv("AGENTFLOW_DEBUG", debug)
    done = types("run", "show", "run_x")
    assert done.status == 3
    assert ("Traceback" in done.err) is shown
    assert done.err.splitlines()[-1].startswith("agentflow: there is no database")


@pytest.mark.parametrize(("debug", "lines"), [("", 1), ("1", 4)])
def test_what_is_logged_is_one_line_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, debug: str, lines: int
) -> None:
    monkeypatch.setenv("AGENTFLOW_DEBUG", debug)
    try:
        raise ValueError("two\nlines")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "%s stumbled", ("run_x",), sys.exc_info())
    text = OneLine().format(record)
    assert text.splitlines()[0].endswith("  run_x stumbled: ValueError: two lines")
    assert (len(text.splitlines()) > 1) is (lines > 1)


@pytest.mark.parametrize(
    "words", [("run", "start", "ada"), ("plan", "show", "ada"), ("agent", "show", "ada", "--json")]
)
def test_a_reader_who_leaves_early_is_no_error(types: Types, has: Has, words: tuple[str, ...]) -> None:
    has(LOAD)
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "agentflow", *words]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    try:
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, env=env, timeout=60)
    finally:
        os.close(writer)
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert done.returncode == 1


def test_ctrl_c_is_status_130_and_a_line(types: Types, has: Has) -> None:
    has(EVENT)
    run = types("run", "start", "ada").word
    with Command("run", "watch", run) as running:
        heard(running, "no worker is running")
        running.send_signal(signal.SIGINT)
        _, err = running.communicate()
    assert (running.returncode, err) == (130, "agentflow: interrupted\n")


def test_ctrl_c_while_a_run_is_waited_for_leaves_it_to_the_next_worker(types: Types, has: Has) -> None:
    has(SLEEP)
    with Command("run", "start", "ada", "--id", "mine", "--wait") as running:
        heard(running, "sleeps until")
        running.send_signal(signal.SIGINT)
        _, err = running.communicate()
    assert running.returncode == 130
    assert err.splitlines()[-2:] == [
        "run mine stays: the next worker goes on with it; agentflow run watch mine",
        "agentflow: interrupted",
    ]
    assert types("run", "show", "mine", "--json").document["status"] == "sleeping"


def test_a_watched_run_is_a_document_for_each_change(types: Types, has: Has) -> None:
    has(EVENT)
    run = types("run", "start", "ada").word
    with Command("run", "watch", run, "--json") as running:
        heard(running, "no worker is running")
        first = running.stdout.readline()
        types("run", "send", run, "parcel", "--data", "7")
        types("worker", "--until-idle")
        out, _ = running.communicate()
    documents = [json.loads(line) for line in [first, *out.splitlines()]]
    assert (running.returncode, documents[0]["status"], documents[-1]["result"]) == (0, "queued", 7)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_ends_cleanly_on_a_signal(types: Types, has: Has, number: signal.Signals) -> None:
    has(LOAD)
    with Command("worker") as running:
        heard(running, "begins with")
        run = types("run", "start", "ada", "--payload", '{"id": "1"}')
        assert "no worker" not in run.err
        heard(running, f"{run.word} of ada@1: completed")
        running.send_signal(number)
        _, err = running.communicate()
    assert (running.returncode, "has ended" in err) == (0, True), err
    assert types("run", "watch", run.word).status == 0


def test_a_worker_says_what_it_does_line_by_line(types: Types, has: Has) -> None:
    has(EVENT)
    types("run", "start", "ada")
    types("submit", "ada", "a goal that the shipped plans do not fit")
    err = types("worker", "--until-idle").err.splitlines()
    assert all(line[:8].count(":") == 2 for line in err), err
    assert any("of ada@1: waiting (the parcel: event)" in line for line in err)
    assert any("of ada: refused (" in line for line in err)


def test_the_help_is_quick_and_imports_nothing_heavy() -> None:
    heavy = ["openai", "anthropic", "fastapi", "RestrictedPython", "aiosqlite", "pydantic", "agentflow.app"]
    code = (
        "import sys; sys.argv = ['agentflow', '--help']; from agentflow.cli import main; assert main() == 0;"
        f"assert not set({heavy}) & set(sys.modules), set({heavy}) & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "submit" in done.stdout


def test_the_shell_completes_commands() -> None:
    env = {**os.environ, "_AGENTFLOW_COMPLETE": "complete_bash", "COMP_WORDS": "agentflow run re", "COMP_CWORD": "2"}
    done = subprocess.run([sys.executable, "-m", "agentflow"], capture_output=True, text=True, env=env)
    assert sorted(done.stdout.split()) == ["replay", "restart", "resume", "revise"]
