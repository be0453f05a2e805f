"""Tools from the files and modules that agentflow.toml names, and one line for each way that this can fail."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentflow.errors import UsageError
from agentflow.tools.loading import load

GOOD = "from agentflow.tools import tool\n@tool\ndef {name}(id: str) -> str:\n    return id\n"


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    """What a test imports is forgotten after it."""
    path, modules = sys.path[:], set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def put(folder: Path, name: str, text: str) -> None:
    target = folder / name
    target.parent.mkdir(exist_ok=True)
    target.write_text(text)


def names(entries: list[str], folder: Path) -> list[str]:
    return [one.spec.name for one in load(entries, folder)]


def test_files_and_modules_are_loaded_in_their_order(tmp_path: Path) -> None:
    put(tmp_path, "tools.py", GOOD.format(name="one"))
    put(tmp_path, "several_tools/__init__.py", "")
    put(tmp_path, "several_tools/mail.py", GOOD.format(name="two"))
    assert names(["several_tools.mail", "tools.py"], tmp_path) == ["local.two", "local.one"]


def test_a_tool_that_two_files_know_is_one_tool(tmp_path: Path) -> None:
    put(tmp_path, "first_tools.py", GOOD.format(name="one"))
    put(tmp_path, "second.py", "from first_tools import one\n" + GOOD.format(name="two"))
    assert names(["first_tools", "second.py"], tmp_path) == ["local.one", "local.two"]


def test_a_file_may_define_types_and_be_loaded_twice(tmp_path: Path) -> None:
    text = "from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass A:\n    a: int\n"
    put(tmp_path, "tools.py", text + GOOD.format(name="one").replace("str", "A").removeprefix("from __future__"))
    assert names(["tools.py"], tmp_path) == names(["tools.py"], tmp_path) == ["local.one"]


def test_a_relative_folder_is_the_same_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "tools.py", "\n1 / 0\n")
    monkeypatch.chdir(tmp_path)
    assert failure(["tools.py"], Path()) == f"{tmp_path}/tools.py, line 2: ZeroDivisionError: division by zero"


def failure(entries: list[str], folder: Path) -> str:
    with pytest.raises(UsageError) as caught:
        load(entries, folder)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("x = 1\ndef (:\n", ", line 2: SyntaxError: invalid syntax"),
        ("\n\nimport nowhere_at_all\n", ", line 3: ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("def f():\n    raise ValueError('a\\nb')\nf()\n", ", line 2: ValueError: a"),
        ("raise SystemExit\n", ", line 1: SystemExit: "),
        (
            "from agentflow.tools import tool\n@tool\ndef f(id): ...\n",
            ", line 2: tool local.f: parameter 'id' has no type",
        ),
        ("\0", ": "),
    ],
)
def test_a_file_that_fails_is_named_with_its_line(tmp_path: Path, text: str, cause: str) -> None:
    put(tmp_path, "tools.py", text)
    before = set(sys.modules)
    assert failure(["tools.py"], tmp_path).startswith(f"{tmp_path}/tools.py{cause}")
    assert not [name for name in set(sys.modules) - before if name.startswith("tools_")]


def test_a_file_beside_the_folder_is_named_with_its_line_too(tmp_path: Path) -> None:
    put(tmp_path, "tools.py", "\n1 / 0\n")
    (tmp_path / "sub").mkdir()
    assert failure(["../tools.py"], tmp_path / "sub").startswith(f"{tmp_path}/tools.py, line 2: ")


def test_a_module_that_fails_is_named_with_its_line(tmp_path: Path) -> None:
    put(tmp_path, "failing_tools.py", "\nimport nowhere_at_all\n")
    assert failure(["failing_tools"], tmp_path).startswith(f"{tmp_path}/failing_tools.py, line 2: ModuleNotFoundError")


@pytest.mark.parametrize("name", ["nowhere", "nowhere.tools"])
def test_a_module_that_is_not_there(tmp_path: Path, name: str) -> None:
    assert failure([name], tmp_path).startswith(f"there is no module '{name}', which `tools` in agentflow.toml names")


def test_a_module_without_a_line_is_named_itself(tmp_path: Path) -> None:
    assert failure([".relative"], tmp_path).startswith(".relative: TypeError: ")


@pytest.mark.parametrize("entry", ["missing.py", "folder/"])
def test_a_file_that_is_not_there(tmp_path: Path, entry: str) -> None:
    (tmp_path / "folder").mkdir()
    assert failure([entry], tmp_path).startswith(
        f"there is no file {tmp_path / entry}, which `tools` in agentflow.toml"
    )


def test_a_file_that_is_no_python(tmp_path: Path) -> None:
    put(tmp_path, "sub/tools.txt", "")
    assert "is no Python file" in failure(["sub/tools.txt"], tmp_path)


def test_a_file_without_tools(tmp_path: Path) -> None:
    put(tmp_path, "tools.py", "def f(): ...\n")
    assert failure(["tools.py"], tmp_path).startswith("tools.py has no tools; put @tool above a function in it")
