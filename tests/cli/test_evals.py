"""`agentflow eval` in a terminal: what is asked, what is told, what is kept."""

from __future__ import annotations

import json
import os
import pty
from pathlib import Path

import pytest

from ..evals.examples import BROKEN, HASTY, RIGHT, TASK, fenced
from ..fakes import untraced
from ..fakes.commands import Command
from .conftest import Types

LARGE = TASK.replace("refunds/small", "office/large")


@pytest.fixture
def office(shop: Path) -> Path:
    """Two tasks, and a folder in which somebody has answered the first; the second has a hasty answer."""
    for name, text in (("refunds/small", TASK), ("office/large", LARGE)):
        file = shop / "tasks" / f"{name}.yaml"
        file.parent.mkdir(parents=True)
        file.write_text(text, "utf-8")
    answer(shop, "refunds/small.reply.md", RIGHT)
    answer(shop, "office/large.reply.md", HASTY)
    return shop


def answer(folder: Path, name: str, source: str) -> None:
    file = folder / "ada" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(fenced(source), "utf-8")


def test_what_was_measured_is_told_kept_and_measured_again(types: Types, office: Path) -> None:
    done = types("eval", "tasks", "--model", "replies:ada", "--store", "kept", "--out", "out.json")
    assert done.status == 0
    lines = [line.split() for line in done.out.splitlines() if line]
    assert lines[0] == ["MODEL", "PROMPT", "RUNS", "FIRST", "%", "VALID", "%", "SOLVED", "%"]
    assert lines[1][:1] + lines[1][3:] == ["replies:ada", "2", "100", "(34-100)", "100", "(34-100)", "50", "(9-91)"]
    assert lines[3] == ["replies:ada", "50", "100", "50", "50", "1.0", "-", "-", "-"]
    assert [line[0] for line in lines[5:7]] == ["office", "refunds"]
    assert "office/large is not solved by replies:ada" in done.out
    assert "  large, and we say no: it is completed, not failed" in done.out
    assert "1/2" in done.err
    assert "refunds/small replies:ada: solved" in done.err

    again = types("eval", "tasks", "--replies", "kept")
    assert (again.status, again.out) == (0, done.out)
    as_json = types("eval", "tasks", "--replies", "kept", "--model", "replies:ada", "--json")
    assert as_json.document == json.loads((office / "out.json").read_text("utf-8"))
    assert [run["solved"] for run in as_json.document["runs"]] == [False, True]


def test_open_questions_are_written_down_until_all_have_a_plan(types: Types, office: Path) -> None:
    first = types("eval", "tasks", "--only", "office/*", "--prompts", "new/folder")
    assert first.status == 5
    assert "0 of 1 tasks have a plan, 1 questions wait for an answer in new/folder" in first.out
    assert (office / "new/folder/office/large.md").read_text("utf-8").startswith("=== system ===")
    (office / "ada" / "office" / "large.reply.md").write_text(fenced(BROKEN), "utf-8")
    second = types("eval", "tasks", "--prompts", "ada", "--json")
    assert (second.status, second.document) == (5, {"folder": "ada", "accepted": 1, "waiting": ["office/large"]})
    assert "=== assistant ===" in (office / "ada" / "office" / "large.2.md").read_text("utf-8")
    answer(office, "office/large.2.reply.md", RIGHT)
    assert types("eval", "tasks", "--prompts", "ada").status == 0


def test_a_model_that_does_not_answer_is_told_of_and_the_status_says_so(types: Types, office: Path) -> None:
    done = types("eval", "tasks/refunds", "--model", "exec:false")
    assert done.status == 1
    assert "1 of 1 runs had no answer, the first refunds/small: exec (false): it ended with status 1" in done.err


def test_answers_to_another_prompt_are_told_of(types: Types, office: Path) -> None:
    (office / "ada" / "refunds" / "small.md").write_text("another question", "utf-8")
    done = types("eval", "tasks/refunds", "--model", "replies:ada")
    assert done.status == 0
    assert "1 answers were written for another prompt than that of now" in done.err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ([], 2, "nobody is asked: name a model with --model, or a folder with --replies or --prompts"),
        (["--prompts", "x", "--store", "y"], 2, "leave --model, --replies and --store out"),
        (["--prompts", "x", "--model", "offline:demo"], 2, "leave --model, --replies and --store out"),
        (["--replies", "x", "--store", "y"], 2, "leave --store out"),
        (["--replies", "x"], 3, "there is no folder x"),
        (["--model", "offline:demo", "--out", "x/y.json"], 2, "there is no folder x for --out"),
        (["--model", "offline:demo", "--out", "."], 2, "--out . is a folder: name a file"),
        (
            ["--model", "offline:demo", "--store", "tasks/office/large.yaml"],
            2,
            "large.yaml cannot be made: File exists",
        ),
        (["--prompts", "tasks/office/large.yaml"], 2, "large.yaml cannot be made: File exists"),
        (["--model", "replies:"], 2, "there is no such folder"),
        (["--model", "nobody:m"], 2, "there is no model provider 'nobody'"),
        (["--model", "openai:m"], 1, "set the environment variable OPENAI_API_KEY"),
        (["--model", "offline:demo", "--repeats", "0"], 2, "--repeats cannot be 0"),
        (["--model", "offline:demo", "--only", "x/*"], 3, "none of 2 tasks has an id like 'x/*'"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    words: list[str], status: int, said: str, types: Types, office: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    done = types("eval", "tasks", *words)
    assert (done.status, done.out) == (status, "")
    assert said in done.err
    assert done.err.count("\n") == 1


def test_a_file_that_cannot_be_written_takes_no_measurement_away(types: Types, office: Path) -> None:
    (office / "out.json").symlink_to("gone/out.json")
    done = types("eval", "tasks", "--model", "replies:ada", "--out", "out.json")
    assert (done.status, done.out.split()[0]) == (2, "MODEL")
    assert "out.json cannot be written: No such file or directory; name another file with --out" in done.err


def test_the_folder_one_stands_in_is_one_too(types: Types, office: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(office / "ada")
    assert "replies:ada: solved" in types("eval", "../tasks/refunds", "--model", "replies:.").err
    assert types("eval", "../tasks/refunds", "--prompts", ".").status == 0


def test_a_folder_without_tasks_is_named(types: Types, office: Path) -> None:
    (office / "empty").mkdir()
    done = types("eval", "empty", "--model", "replies:ada")
    assert (done.status, "no YAML file is in empty: name a folder with tasks" in done.err) == (3, True)


def test_in_a_terminal_no_line_is_broken(office: Path) -> None:
    """Of 80 columns; names of models are cut before anything else."""
    folder = office / "a-model-with-quite-a-long-name"
    (office / "ada").rename(folder)
    ours, theirs = pty.openpty()
    environment = {**untraced.environment(), "COLUMNS": "80", "TERM": "dumb"}
    words = ("eval", "tasks", "--model", f"replies:{folder}")
    Command(*words, stdout=theirs, folder=office, environment=environment).communicate()
    os.close(theirs)
    lines = os.read(ours, 65536).decode().splitlines()
    os.close(ours)
    assert lines[1].startswith("replies:")
    assert {len(line) <= 80 for line in lines} == {True}, lines
