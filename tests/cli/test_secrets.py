"""What the command line says of secrets: which are missing, and never what they are."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from agentflow.app import AgentFlow
from agentflow.cli import failures, logs
from agentflow.redaction import Redactor

from .conftest import Types, plan

SECRET = "sk-live-0123"
SHOP = '''
from agentflow import ToolContext, tool


@tool(namespace="pay", effect="read", secrets=["PAY_KEY", "PAY_ID"])
def charge(context: ToolContext) -> str:
    """Charge a card."""
    return "with " + context.secrets["PAY_KEY"]


@tool(namespace="pay", effect="read")
def price() -> int:
    """What it costs."""
    return 7
'''


@pytest.fixture
def paying(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The shop with a tool that wants two secrets, of which the environment has one."""
    (shop / "tools.py").write_text(SHOP)
    monkeypatch.setenv("PAY_KEY", SECRET)
    monkeypatch.delenv("PAY_ID", raising=False)
    return shop


def test_tools_name_their_secrets_and_what_is_missing(types: Types, paying: Path) -> None:
    listed = types("tools")
    assert (listed.status, SECRET in listed.out) == (0, False)
    [title, *rows] = [line.split() for line in listed.out.splitlines()]
    assert title[-1] == "SECRETS"
    assert ["PAY_KEY,", "PAY_ID", "(missing)"] in [row[-3:] for row in rows]
    assert "pay.charge cannot be called here: the secret PAY_ID is missing" in listed.err
    document = {spec["name"]: spec["secrets"] for spec in types("tools", "--json").document}
    assert (document["pay.charge"], document["pay.price"]) == ({"PAY_KEY": True, "PAY_ID": False}, {})


def test_where_all_are_there_nothing_is_missing(types: Types, paying: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAY_ID", "shop-17")
    listed = types("tools")
    assert ("missing" in listed.out + listed.err, "PAY_KEY, PAY_ID" in listed.out) == (False, True)


def test_tools_without_secrets_have_no_column_for_them(types: Types) -> None:
    assert "SECRETS" not in types("tools").out


def test_a_run_goes_on_once_its_secret_is_there_and_shows_no_value(
    types: Types, paying: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    types("agent", "create", "ada", "--model", "offline:demo", "--tools", "*")
    (paying / "plan.py").write_text(plan('return await step.do("charge", tools.pay.charge())'))
    types("plan", "register", "ada", "plan.py")
    run = types("run", "start", "ada").word
    left = types("worker", "--until-idle")
    assert (
        "runs that may call pay.charge wait for a worker that has the secret PAY_ID; to run them here, set" in left.err
    )
    assert types("run", "show", run, "--json").document["status"] == "queued"
    wants = "waits for a worker that has the secret PAY_ID of pay.charge: set the environment variable PAY_ID\n"
    assert f"run {run} {wants}" in types("run", "show", run).err
    (paying / "secrets.toml").write_text('PAY_ID = "shop-17"')
    (paying / "secrets.toml").chmod(0o600)
    with (paying / "agentflow.toml").open("a") as settings:
        settings.write('[secrets]\nfile = "secrets.toml"\n')
    done = types("worker", "--until-idle")
    assert (done.status, "pay.charge" in done.err) == (0, False)
    shown = types("run", "show", run, "--json")
    assert shown.document["result"] == "with [secret PAY_KEY]"


def test_waiting_ends_where_no_worker_can_go_on_for_want_of_a_secret(types: Types, paying: Path) -> None:
    (paying / "plan.py").write_text(plan('return await step.do("charge", tools.pay.charge())'))
    types("agent", "create", "ada", "--model", "offline:demo", "--tools", "*")
    types("plan", "register", "ada", "plan.py")
    done = types("run", "start", "ada", "--wait", "--json")
    assert (done.status, done.document["status"]) == (5, "queued")
    assert "waits for a worker that has the secret PAY_ID of pay.charge" in done.err
    assert "stays: once it is there, start a worker that has it with `agentflow worker`" in done.err


def test_a_secret_in_a_payload_is_refused_in_one_line(types: Types, paying: Path) -> None:
    types("agent", "create", "ada", "--model", "offline:demo", "--tools", "*")
    done = types("submit", "ada", "pay", "--payload", json.dumps({"key": SECRET}))
    assert (done.status, SECRET in done.err) == (2, False)
    assert "agentflow: the payload tells the secret PAY_KEY, and would be stored: leave it out" in done.err


def test_an_open_file_of_secrets_is_refused_in_one_line(types: Types, paying: Path) -> None:
    (paying / "secrets.toml").write_text(f'PAY_ID = "{SECRET}"')
    (paying / "secrets.toml").chmod(0o644)
    with (paying / "agentflow.toml").open("a") as settings:
        settings.write('[secrets]\nfile = "secrets.toml"\n')
    done = types("tools")
    assert (done.status, done.out, SECRET in done.err) == (2, "", False)
    assert "secrets.toml can be read by others (mode 644): `chmod 600 " in done.err


@pytest.mark.parametrize("debug", ["", "1"])
def test_no_error_and_no_traceback_tells_a_secret(
    types: Types, paying: Path, monkeypatch: pytest.MonkeyPatch, debug: str
) -> None:
    async def breaks(self: AgentFlow) -> None:
        raise ValueError(f"no {SECRET}") from KeyError(SECRET)

    monkeypatch.setattr(failures, "redact", str)
    monkeypatch.setenv("AGENTFLOW_DEBUG", debug)
    monkeypatch.setattr(AgentFlow, "secrets", breaks)
    done = types("tools")
    assert (done.status, "ValueError: no [secret PAY_KEY]" in done.err, SECRET in done.err) == (1, True, False)
    assert ("Traceback" in done.err) == bool(debug)


def test_no_line_of_the_log_tells_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    redact = Redactor()
    redact.learn("PAY_KEY", SECRET)
    monkeypatch.setattr(failures, "redact", redact.text)
    monkeypatch.setenv("AGENTFLOW_DEBUG", "1")
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        told = (ValueError, error, error.__traceback__)
    record = logging.LogRecord("any", logging.ERROR, "", 1, "%s broke", (SECRET,), told)
    line = logs.OneLine().format(record)
    assert (SECRET in line, line.count("[secret PAY_KEY]")) == (False, 3)
