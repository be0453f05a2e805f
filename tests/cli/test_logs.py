"""The log of a worker: a line for people, or a document for programs, without secrets."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentflow.cli.logs import Document, OneLine, log_as
from agentflow.redaction import Hiding, Redactor

from .conftest import LOAD, Types

Has = Callable[[str], None]


def record(**fields: object) -> logging.LogRecord:
    made = logging.LogRecord("agentflow.x", logging.WARNING, "x.py", 1, "%s stumbled", ("run_x",), None)
    if fields:
        made.fields = fields
    return made


def test_a_document_has_when_how_grave_who_says_it_and_the_fields() -> None:
    told = json.loads(Document().format(record(run="run_x", step="a\nb")))
    assert told.pop("at").endswith("+00:00")
    assert told == {
        "level": "warning",
        "logger": "agentflow.x",
        "message": "run_x stumbled",
        "run": "run_x",
        "step": "a\nb",
    }
    assert "\n" not in Document().format(record(step="a\nb"))


@pytest.mark.parametrize("debugging", ["", "1"])
def test_an_exception_is_told_in_a_word_and_whole_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, debugging: str
) -> None:
    monkeypatch.setenv("AGENTFLOW_DEBUG", debugging)
    made = record()
    try:
        raise ValueError("two\nlines")
    except ValueError:
        made.exc_info = sys.exc_info()
    told = json.loads(Document().format(made))
    assert told["error"] == "ValueError: two lines"
    assert ("traceback" in told) is bool(debugging)


def test_no_secret_is_in_the_fields() -> None:
    redact = Redactor()
    redact.learn("PAY_KEY", "very-secret-value")
    made = record(step="call very-secret-value", version=1)
    assert Hiding(redact).filter(made)
    assert made.__dict__["fields"] == {"step": "call [secret PAY_KEY]", "version": 1}


@pytest.mark.parametrize("by", ["environment", "settings"])
def test_a_workers_log_is_documents_where_that_is_said(
    types: Types, has: Has, shop: Path, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    has(LOAD)
    types("run", "start", "ada", "--id", "one", "--payload", '{"id": "1"}')
    if by == "environment":
        monkeypatch.setenv("AGENTFLOW_LOG", "json")
    else:
        (shop / "agentflow.toml").write_text('tools = ["tools.py"]\n[log]\nformat = "json"\n')
    lines = [json.loads(line) for line in types("worker", "--until-idle").err.splitlines()]
    [ended] = [line for line in lines if line.get("event") == "run.completed"]
    assert (ended["run"], ended["agent"], ended["version"], ended["tenant"]) == ("one", "ada", 1, "default")
    assert [line["step"] for line in lines if line.get("event") == "step.done"] == ["load#1"]


def test_another_format_is_refused_in_one_line(types: Types, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTFLOW_LOG", "xml")
    done = types("worker", "--until-idle")
    assert (done.status, done.err) == (2, "agentflow: AGENTFLOW_LOG cannot be 'xml': it is one of plain, json\n")


def test_handlers_of_others_keep_their_format(monkeypatch: pytest.MonkeyPatch) -> None:
    mine, others = logging.NullHandler(), logging.NullHandler()
    mine.setFormatter(OneLine())
    others.setFormatter(logging.Formatter())
    monkeypatch.setattr(logging.root, "handlers", [mine, others])
    log_as("json")
    assert (type(mine.formatter), type(others.formatter)) == (Document, logging.Formatter)


def test_commands_that_end_at_once_log_nothing(types: Types, has: Has) -> None:
    has(LOAD)
    revoked = types("plan", "revoke", "ada@1", "--running", "leave")
    assert [line[:16] for line in revoked.err.splitlines()] == ["ada@1 is revoked", "to move them: ag"]
