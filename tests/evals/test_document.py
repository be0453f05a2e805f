"""YAML is read as the JSON it stands for, and nothing in it is guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentflow.errors import UsageError
from agentflow.evals.document import read
from agentflow.records import Json


def document(folder: Path, text: str) -> Json:
    file = folder / "one.yaml"
    file.write_text(text, "utf-8")
    return read(file)


def test_scalars_are_those_of_json(tmp_path: Path) -> None:
    text = "{a: 1, b: -1.5, c: true, d: null, e: ~, f: 1e3, g: text, h: [1, 0]}"
    assert document(tmp_path, text) == {
        "a": 1, "b": -1.5, "c": True, "d": None, "e": None, "f": 1000.0, "g": "text", "h": [1, 0],
    }  # fmt: skip


@pytest.mark.parametrize("word", ["no", "on", "2026-01-31", "017", "0x11", "12:30", "1_000", ".5", "=", "3."])
def test_what_older_yaml_reads_as_something_else_is_a_text(word: str, tmp_path: Path) -> None:
    assert document(tmp_path, f"{{a: {word}}}") == {"a": word}


def test_a_part_may_be_named_and_used_again(tmp_path: Path) -> None:
    assert document(tmp_path, "a: &one {x: 1}\nb: *one\nc: {<<: *one, y: 2}\n") == {
        "a": {"x": 1},
        "b": {"x": 1},
        "c": {"x": 1, "y": 2},
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", "line 2: the key 'a' stands twice"),
        ("a: 1\n2: 3\n", "line 2: the key 2 is no text"),
        ("a: [1\n", "line 2"),
        ("a: !!python/name:os.system x\n", "line 1: could not determine a constructor"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        document(tmp_path, text)


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00")
    for name in ("missing.yaml", "bytes.yaml"):
        with pytest.raises(UsageError, match=f"{name} cannot be read"):
            read(tmp_path / name)
