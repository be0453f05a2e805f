"""The README does not lie: its code runs, its commands exist, its tables are complete."""

from __future__ import annotations

import json
import re
import runpy
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from agentflow import AgentFlow, errors, settings
from agentflow.cli import main
from agentflow.cli.commands import tree
from agentflow.tools import Tool

from ..fakes import untraced
from ..fakes.commands import Command
from ..fakes.waiting import until
from .pages import README, ROOT, blocks, rows, section, spans
from .picture import picture

PROGRAM, PLAN = blocks(README, "python")
[TOML] = blocks(README, "toml")
MAKE, SHELL = (block.splitlines() for block in blocks(README, "sh"))
MISSING = section(README, "What is not there yet")


def clean() -> dict[str, str]:
    """An environment with nothing that would change what a command does."""
    return {name: value for name, value in untraced.environment().items() if not name.startswith("AGENTFLOW_")}


def typed(words: list[str], folder: Path) -> tuple[int | None, str]:
    """The exit status of a command in a folder, and what it prints."""
    command = Command(*words, folder=folder, environment=clean())
    out, _ = command.communicate()
    return command.returncode, out


def commands() -> dict[str, set[str]]:
    """Every command of the real command line, with the commands below it."""
    return {name: set(getattr(below, "commands", ())) for name, below in tree().commands.items()}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder with what the README says to save."""
    (tmp_path / "refunds.py").write_text(PROGRAM, encoding="utf-8")
    (tmp_path / "agentflow.toml").write_text(TOML, encoding="utf-8")
    return tmp_path


@pytest.fixture
def tools(shop: Path) -> list[Tool]:
    """The tools of the README's program."""
    return [value for value in runpy.run_path(str(shop / "refunds.py")).values() if isinstance(value, Tool)]


def test_the_two_commands_stand_in_the_first_screen_above_everything_else() -> None:
    first = README.index("\n```")
    assert README[:first].count("\n") < 10
    assert "\n## " not in README[:first]
    assert [line.split("#")[0].strip() for line in MAKE] == ["make demo", "make test"]
    assert README[: README.index("```python")].count("\n") < 30


@pytest.mark.parametrize("target", ["demo", "test"])
def test_what_make_is_asked_for_exists(target: str) -> None:
    assert f"\n{target}: " in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_picture_of_the_plan_is_what_the_code_draws_today() -> None:
    assert (ROOT / "docs" / "plan.svg").read_text(encoding="utf-8") == picture(), "write it anew: `make docs`"


def test_the_program_runs_as_it_stands(shop: Path) -> None:
    words = [sys.executable, "-W", "error", "refunds.py"]
    done = subprocess.run(words, capture_output=True, text=True, cwd=shop, env=clean(), timeout=120)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "did you mean 'orders.get'?" in lines[0]
    assert lines[1] == "answer 2: accepted"
    assert lines[-2].startswith("Refund 49.90 EUR to ada@example.com? (Call(tool='payments.refund'")
    assert lines[-1] == "{'reference': 'refund-17', 'order': '17'}"


async def test_the_plan_has_no_findings_and_does_what_it_says(tmp_path: Path, tools: list[Tool]) -> None:
    async with AgentFlow(tmp_path / "plan.db", tools=tools) as flow:
        agent = await flow.agents.create("refunds", model="offline:demo", tools=["*"])
        assert (await agent.check(PLAN)).findings == ()
        await agent.register(PLAN)
        run = await agent.start({"order_id": "17"})
        async for _ in run.watch():
            pass
        [approval] = await flow.approvals.pending()
        await approval.approve()

        async def asleep() -> bool:
            return (await run.refresh()).status == "sleeping"

        await until(asleep)
        [wait] = run.record.reason["waits"]
        assert (wait["step"], round(wait["until"] - wait["since"])) == ("let it clear#1", 2 * 86_400)


def test_the_commands_of_the_example_work_one_after_the_other(shop: Path) -> None:
    names: dict[str, str] = {}
    statuses, last = [], ""
    for line in SHELL:
        [_, *words] = [names.get(word, word) for word in shlex.split(line, comments=True)]
        nobody_to_ask = ["--yes"] if words[0] == "approve" else []
        status, last = typed([*words, *nobody_to_ask], shop)
        statuses.append(status)
        if words[0] == "submit":
            [waiting] = json.loads(typed(["--json", "approvals"], shop)[1])
            names = {"APPROVAL": waiting["id"], "RUN": waiting["run"]}
    assert statuses == [5, 0, 0, 0, 0]
    assert "completed" in last


def test_the_table_of_commands_is_the_command_line() -> None:
    told: dict[str, set[str]] = {}
    for names, below, _ in rows(section(README, "The commands"), "| Command |"):
        told |= {name: set(spans(below)) for name in spans(names)}
    assert told == commands()


@pytest.mark.parametrize("flag", sorted({span for span in spans(README) if span.startswith("--")}))
def test_every_flag_that_is_mentioned_exists(
    flag: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("demo", "submit"):
        monkeypatch.setattr(sys, "argv", ["agentflow", name, "--help"])
        assert main() == 0
    assert re.search(rf"{flag}\b", capsys.readouterr().out)


def test_commands_that_are_said_to_be_missing_are() -> None:
    there = {f"{name} {below}" for name, group in commands().items() for below in group} | set(commands())
    assert set(spans(MISSING)) & there == set()


def test_the_configuration_is_read_as_it_stands(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AGENTFLOW_CONFIG", raising=False)
    monkeypatch.delenv("AGENTFLOW_DB", raising=False)
    found = settings.load(shop)
    assert found.agents["refunds"].model == "offline:demo"
    assert found.models["openai-chat"].base_url == "http://localhost:11434/v1"
    assert found.database == shop / "agentflow.db"


@pytest.mark.parametrize(
    "name", sorted(span for span in set(spans(README)) if re.fullmatch(r"[A-Z]+_[A-Z_]+(=1)?", span))
)
def test_every_environment_variable_that_is_mentioned_is_read_somewhere(name: str) -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "agentflow").rglob("*.py"))
    assert f'"{name.removesuffix("=1")}"' in sources


def test_the_table_of_rooms_names_exactly_the_rooms_that_exist() -> None:
    told = [spans(room)[0] for _, room, _ in rows(section(README, "The rooms"), "| Floor |")]
    there = {f"{path.parent.name}/" for path in (ROOT / "agentflow").glob("*/__init__.py")}
    there |= {path.name for path in (ROOT / "agentflow").glob("[!_]*.py")}
    assert sorted(told) == sorted(there)


def test_the_floors_are_those_of_the_import_contract() -> None:
    told: dict[int, set[str]] = {}
    for floor, room, _ in rows(section(README, "The rooms"), "| Floor |"):
        told.setdefault(int(floor), set()).add(spans(room)[0].removesuffix("/").removesuffix(".py"))
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    [layers] = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    kept = [{room.strip() for room in layer.split("|") if "(" not in room} for layer in layers]
    assert [told[floor] for floor in sorted(told, reverse=True)] == kept
    assert sorted(told) == list(range(len(kept)))


def test_the_exit_statuses_are_those_of_the_errors() -> None:
    told = dict(re.findall(r"(\d) ([a-z' ]+)", README[README.index("Exit status:") :].split("`--json`")[0]))
    assert {what: int(status) for status, what in told.items()} == {
        "done": 0,
        "failed": errors.RunFailed.exit_status,
        "wrong usage": errors.UsageError.exit_status,
        "not found": errors.NotFound.exit_status,
        "refused": errors.Refused.exit_status,
        "a person's turn": errors.StillWaiting.exit_status,
    }


def test_every_file_that_is_named_exists() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README) + [span for span in spans(README) if span.startswith("notebooks/")]
    assert [name for name in links if not (ROOT / name).exists()] == []
    assert len(links) >= 2


def test_every_notebook_is_named() -> None:
    named = re.findall(r"\]\((notebooks/[^)]+)\)", README)
    assert named == sorted(f"notebooks/{path.name}" for path in (ROOT / "notebooks").glob("*.*"))
