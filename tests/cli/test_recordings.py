"""`agentflow run export` and `run test`, and the commands that take a file with a run in the place of one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agentflow.cli import recorded

from .conftest import ASK, BROKEN, LOAD, Types
from .test_commands import start

Has = Callable[[str], None]
GIVEN = ("--payload", '{"id": "17"}')
FILE = "order.run.json"


@pytest.fixture
def run(types: Types, has: Has, shop: Path) -> str:
    """The id of a run, of which nothing is left but a file."""
    has(LOAD)
    id = start(types, *GIVEN)
    done = types("run", "export", id, "--out", FILE)
    assert (done.status, done.word) == (0, FILE)
    assert done.err == f"{FILE} has the run {id}, its payload and what its tools gave: read it before you hand it on\n"
    for left in shop.glob("agentflow.db*"):
        left.rename(shop / f"gone-{left.name}")
    return id


def test_a_run_in_a_file_is_shown_replayed_and_tested_without_its_database(types: Types, run: str, shop: Path) -> None:
    shown = types("run", "show", FILE)
    assert shown.err == ""
    assert [line.split() for line in shown.out.splitlines()[:3]] == [
        ["run", run],
        ["plan", "ada@1"],
        ["status", "completed"],
    ]
    assert shown.out.splitlines()[-1].split()[:3] == ["load", "done", "1"]
    told = types("run", "show", FILE, "--json").document
    assert (told["id"], told["agent"], [step["key"] for step in told["steps"]]) == (run, "ada", ["load#1"])
    assert [one["kind"] for one in types("run", "history", FILE, "--json").document] == ["start", "outcome"]
    moment = types("run", "replay", FILE, "--to", "load", "--json").document["moment"]
    assert (moment["step"], moment["line"]) == ("load#1", 6)
    done = types("run", "test", FILE, FILE)
    assert done.out == f"{FILE}: on its own code: all 2 turns are as they were\n" * 2
    assert (done.status, done.err) == (0, "2 of 2 are as before\n")


def test_a_plan_that_does_something_else_is_told_where_with_status_1(types: Types, run: str, shop: Path) -> None:
    (shop / "other.py").write_text(LOAD.replace('"load"', '"fetch"'))
    done = types("run", "test", FILE, "--plan", "other.py")
    assert done.out.splitlines()[:5] == [
        f"{FILE}: on other.py: 0 of 2 turns are as they were",
        "turn  1",
        "step  fetch",
        'was   do load#1 ["orders.get", {"id": "17"}]',
        'now   asks for do fetch#1 ["orders.get", {"id": "17"}]',
    ]
    assert (done.status, done.err) == (1, "0 of 1 are as before\n")
    (shop / "broken.py").write_text(BROKEN)
    refused = types("run", "test", FILE, "--plan", "broken.py", "--json")
    [told] = refused.document
    assert (refused.status, told["same"], told["refused"].startswith("broken.py:1:")) == (1, False, True)


def test_what_is_to_be_known_of_a_file_is_said(types: Types, run: str, shop: Path) -> None:
    document = json.loads((shop / FILE).read_text())
    document["plan"]["source"] = "import os\n" + document["plan"]["source"]
    (shop / FILE).write_text(json.dumps(document))
    done = types("run", "test", FILE)
    assert done.err.splitlines()[0] == f"{FILE}: it was edited since it was exported: what it tells may never have been"
    assert (done.status, done.out.startswith(f"{FILE}: not replayed: {FILE}:1:")) == (1, True)
    replayed = types("run", "replay", FILE)
    assert (replayed.status, f"{FILE}:1:1" in replayed.err) == (4, True)


def test_a_run_is_printed_where_no_file_is_named(types: Types, has: Has) -> None:
    has(ASK)
    document = types("run", "export", start(types)).document
    assert (document["format"], document["run"]["status"]) == ("agentflow.run", "waiting")
    assert document["approvals"][0]["question"] == "Which colour?"


def test_what_cannot_be_read_is_said(types: Types, run: str, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (shop / "cut.json").write_text((shop / FILE).read_text()[:300])
    (shop / "other.json").write_text("{}")
    for words, status, said in (
        (("show", "nowhere.json"), 3, "there is no file nowhere.json"),
        (("test", "cut.json"), 2, "cut.json is not JSON: line"),
        (("history", "other.json"), 2, "other.json is no run: `agentflow run export RUN` writes one"),
        (("show", FILE, "--graph"), 2, "--graph is for a run of a database"),
        (("test", "-", "-"), 2, "standard input can be read once: name files"),
        (("test", "-", "--plan", "-"), 2, "standard input can be read once: name files"),
    ):
        done = types("run", *words)
        assert (done.status, said in done.err) == (status, True), done.err
    monkeypatch.setattr(recorded, "LARGEST", 10)
    assert "bytes, and the file of a run at most 10: name another one" in types("run", "show", FILE).err
