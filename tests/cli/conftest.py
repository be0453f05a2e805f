"""A folder with tools, and a person who types commands in it."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from agentflow.cli import commands, main

from .terminals import At, Terminal

TOOLS = '''
from agentflow import ToolContext, UnknownOutcome, tool


@tool(namespace="orders", effect="read")
def get(id: str) -> dict:
    """The order with this id."""
    return {"id": id, "total": 250}


@tool(namespace="stock", effect="idempotent")
def reserve(id: str, context: ToolContext) -> str:
    """Busy at first."""
    if context.attempt < 3:
        raise RuntimeError("the stock system is busy")
    return "reserved"


@tool(namespace="mail", effect="once", risk="high", approval="always")
def send(to: str, body: str) -> str:
    """Send a mail."""
    return "sent"


@tool(namespace="bank", effect="once")
def pay(amount: int) -> str:
    """The line is cut after the request."""
    raise UnknownOutcome("the connection was cut")
'''


def plan(*body: str) -> str:
    """A plan whose `run` has these lines."""
    lines = "\n".join(f"        {line}" for line in body)
    head = "from agentflow import Workflow, tools\n\n\nclass Plan(Workflow):\n    async def run(self, event, step):"
    return f"{head}\n{lines}\n"


LOAD = plan(
    'order = await step.do("load", tools.orders.get(id=event.payload["id"]))', 'return {"total": order["total"]}'
)
BUSY = plan('return await step.do("reserve", tools.stock.reserve(id="1"), retries={"delay": 0.01})')
MAIL = plan('return await step.do("tell", tools.mail.send(to="ada@example.com", body="Dear Ada,\\nyours"))')
ASK = plan('return await step.ask("colour", "Which colour?", answer=["red", "blue"])')
PAY = plan('return await step.do("pay", tools.bank.pay(amount=5))')
EVENT = plan('got = await step.wait_for_event("the parcel", "parcel", timeout="2 days")', "return got.payload")
SLEEP = plan('await step.sleep("a while", "2 days")')
FAIL = plan('raise ValueError("no such luck")')
BROKEN = "class Plan(\n"


@dataclass(frozen=True)
class Done:
    """What a command left: its exit status, and what it printed where."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def word(self) -> str:
        """The one line on standard output."""
        [line] = self.out.splitlines()
        return line


Types = Callable[..., Done]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with tools and settings; without a database."""
    (tmp_path / "tools.py").write_text(TOOLS)
    (tmp_path / "agentflow.toml").write_text('tools = ["tools.py"]\n[limits]\nlinger_seconds = 0.1\n')
    monkeypatch.chdir(tmp_path)
    for name in (
        "AGENTFLOW_DB",
        "AGENTFLOW_ENGINE",
        "AGENTFLOW_RESTATE_URL",
        "AGENTFLOW_CONFIG",
        "AGENTFLOW_DEBUG",
        "AGENTFLOW_URL",
        "AGENTFLOW_TENANT",
        "AGENTFLOW_LOG",
        "OPENAI_API_KEY",
    ):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def types(shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Types:
    """A person in the shop's folder types a command."""
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.root.level)

    def typed(*words: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["agentflow", *words])
        capsys.readouterr()
        status = main()
        out, err = capsys.readouterr()
        return Done(status, out, err)

    return typed


@pytest.fixture(scope="session", autouse=True)
def _tree() -> Iterator[None]:
    """The commands that are asked for again and again are built once: a third of what a command takes here."""
    build, built = commands.tree, dict[str, Any]()

    def tree(words: Sequence[str] = ()) -> Any:
        first = words[0] if words else ""
        if first not in built:
            built[first] = build(words)
        return built[first]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(commands, "tree", tree)
        yield


@pytest.fixture(scope="session")
def made() -> dict[str, bytes]:
    """Databases by the plan that they hold, so that each is made once."""
    return {}


@pytest.fixture
def has(types: Types, shop: Path, made: dict[str, bytes]) -> Callable[[str], None]:
    """The agent `ada` with all tools gets a plan."""
    database = shop / "agentflow.db"

    def register(source: str) -> None:
        fresh = not database.exists()
        if fresh and source in made:
            database.write_bytes(made[source])
            (shop / "plan.py").write_text(source)
            return
        assert types("agent", "create", "ada", "--model", "offline:demo", "--tools", "*", "--update").status == 0
        (shop / "plan.py").write_text(source)
        assert types("plan", "register", "ada", "plan.py").status == 0
        if fresh:
            made[source] = database.read_bytes()

    return register


@pytest.fixture
def at_terminal(shop: Path) -> Iterator[At]:
    """Start a command at a terminal."""
    open_: list[Terminal] = []

    def started(*words: str, **environment: str) -> Terminal:
        open_.append(Terminal(*words, **environment))
        return open_[-1]

    yield started
    for terminal in open_:
        terminal.close()
