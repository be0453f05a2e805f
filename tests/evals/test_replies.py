"""Stored replies: written as they came, read as they were written, and named where they cannot be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentflow.errors import NotFound, UsageError
from agentflow.evals.replies import Replies, Reply, digest, stored, write
from agentflow.llm import Answer, Message, Request
from agentflow.records import Usage

ANSWER = Answer("```python\nü\n```", Usage(10, 20, 5, 1), "length", None, "openai:gpt-5-2026")
KEPT = Replies(
    "openai:gpt-5",
    "refunds/small",
    2,
    "plan@5 sha256:0",
    (Reply("ab", ANSWER, 0.25, 1.5), Reply("cd", Answer("x", Usage(), "end", None, "openai:gpt-5"), None, 0.0)),
)


def test_what_is_stored_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, KEPT)
    assert stored(tmp_path) == [KEPT]
    assert stored(tmp_path, ["openai:gpt-5"]) == [KEPT]


def test_models_whose_names_look_alike_as_files_stay_apart(tmp_path: Path) -> None:
    models = ["exec:a b", "exec:a-b", "exec:a/../b", "exec:" + "x" * 300, "..", "exec:" + "x" * 301]
    for model in models:
        write(tmp_path, Replies(model, "refunds/small", 1, None, ()))
    assert sorted(kept.model for kept in stored(tmp_path)) == sorted(models)
    assert {path.parents[2] for path in tmp_path.rglob("*.json")} == {tmp_path}


def test_replies_that_are_not_there_are_missed_by_name(tmp_path: Path) -> None:
    write(tmp_path, KEPT)
    with pytest.raises(NotFound, match="has no replies of openai:gpt-4; it has those of openai:gpt-5"):
        stored(tmp_path, ["openai:gpt-5", "openai:gpt-4"])
    with pytest.raises(NotFound, match=r"there is no folder .*nowhere"):
        stored(tmp_path / "nowhere")


@pytest.mark.parametrize("text", ["{", "[]", "5", "{}", '{"replies": [{}]}', '{"replies": [], "other": 1}'])
def test_a_file_that_holds_something_else_is_named(text: str, tmp_path: Path) -> None:
    file = tmp_path / "model" / "refunds" / "small.1.json"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=r"small.1.json holds no stored replies"):
        stored(tmp_path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("task", ["a"]),
        ("prompt", 5),
        ("repeat", 0),
        ("replies.0.text", 5),
        ("replies.0.text", "half \ud800"),
        ("replies.0.usage", {"input": "x", "output": 0, "cached": 0, "written": 0}),
        ("replies.0.seconds", None),
        ("replies.0.cost", "x"),
        ("replies.0.cost", float("nan")),
        ("replies.0.stop", "tired"),
    ],
)
def test_what_has_another_type_is_refused_by_its_file_and_key(key: str, value: object, tmp_path: Path) -> None:
    write(tmp_path, KEPT)
    (file,) = tmp_path.rglob("*.json")
    document = json.loads(file.read_text("utf-8"))
    table = document["replies"][0] if key.startswith("replies") else document
    table[key.rpartition(".")[2]] = value
    file.write_text(json.dumps(document), "utf-8")
    with pytest.raises(
        UsageError, match=rf"small.2.json holds no stored replies \({key}[^\n]*: take it away"
    ) as refused:
        stored(tmp_path)
    assert "\n" not in str(refused.value)


def test_replies_that_are_nested_too_deeply_are_refused(tmp_path: Path) -> None:
    write(tmp_path, KEPT)
    (file,) = tmp_path.rglob("*.json")
    file.write_text("[" * 200_000, "utf-8")
    with pytest.raises(UsageError, match="it is nested too deeply"):
        stored(tmp_path)


def test_a_conversation_is_known_by_all_that_is_said_and_not_by_whom_it_is_said_to() -> None:
    request = Request("a", "system", (Message("user", "goal"),))
    assert digest(request) == digest(Request("b", "system", (Message("user", "goal"),), max_tokens=1))
    others = [
        Request("a", "system.", (Message("user", "goal"),)),
        Request("a", "system", (Message("user", "goal."),)),
        Request("a", "system", (Message("assistant", "goal"),)),
        Request("a", "system", (Message("user", "goal"), Message("assistant", "plan"))),
    ]
    assert len({digest(request), *map(digest, others)}) == 5
