"""What a shell can do to a command: streams that are closed or full, bytes that are no text, signals."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ..fakes.commands import Command
from .conftest import Types, plan

AGENTFLOW = f"{sys.executable} -m agentflow"
Has = Callable[[str], None]


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["sh", "-c", line], cwd=folder, capture_output=True, timeout=60)


@pytest.mark.parametrize(
    ("line", "status", "said"),
    [
        ("agent list >&-", 0, b""),
        ("agent list --json >/dev/full", 1, b"the system refused it"),
        ("run show $(printf '\\377')", 2, b"is not UTF-8 text"),
        ("run list --db .", 1, b"it is a folder"),
    ],
)
def test_a_command_says_one_line_at_most(shop: Path, has: Has, line: str, status: int, said: bytes) -> None:
    has(plan("return 1"))
    done = shell(f"{AGENTFLOW} {line}", shop)
    assert (done.returncode, said in done.stderr, done.stderr.count(b"\n") <= 1) == (status, True, True), done.stderr


def test_another_programs_database_is_refused_and_left_alone(shop: Path) -> None:
    shell("python3 -c \"import sqlite3; sqlite3.connect('foreign.db').execute('create table t(a)')\"", shop)
    before = (shop / "foreign.db").read_bytes()
    done = shell(f"{AGENTFLOW} run list --db foreign.db", shop)
    assert (done.returncode, b"another program's database" in done.stderr) == (1, True)
    assert (shop / "foreign.db").read_bytes() == before


@pytest.mark.parametrize(
    "words", [("submit", "nobody", "x"), ("run", "start", "nobody"), ("plan", "register", "a", "p.py")]
)
def test_asking_an_agent_that_cannot_be_there_makes_no_database(
    shop: Path, types: Types, words: tuple[str, ...]
) -> None:
    (shop / "p.py").write_text(plan("return 1"))
    assert types(*words).status == 3
    assert not list(shop.glob("*.db*"))


def test_a_goal_of_megabytes_is_refused(shop: Path, types: Types) -> None:
    types("agent", "create", "ada", "--model", "offline:demo")
    (shop / "goal.txt").write_text("word " * 500_000)
    done = types("submit", "ada", "@goal.txt")
    assert (done.status, "the goal" in done.err) == (2, True)
    assert types("goal", "list", "--json").document == []


def test_sigterm_lets_the_attempt_of_a_waiting_command_finish(shop: Path, types: Types) -> None:
    (shop / "tools.py").write_text(
        "import asyncio, pathlib\nfrom agentflow import tool\n\n\n@tool(namespace='slow')\n"
        "async def work() -> str:\n    pathlib.Path('begun').touch()\n    await asyncio.sleep(1.5)\n    return 'done'\n"
    )
    (shop / "plan.py").write_text(plan('return await step.do("work", tools.slow.work())'))
    types("agent", "create", "ada", "--model", "offline:demo", "--tools", "slow.*")
    assert types("plan", "register", "ada", "plan.py").status == 0
    with Command("run", "start", "ada", "--id", "r1", "--wait") as child:
        while not (shop / "begun").exists():
            assert child.poll() is None
            time.sleep(0.01)
        child.terminate()
        assert child.wait() == 130
    assert types("worker", "--until-idle").status == 0
    run = types("run", "show", "r1", "--json").document
    assert (run["status"], [step["attempts"] for step in run["steps"]]) == ("completed", [1])
