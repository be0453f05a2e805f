"""Follows a page as a reader would: saves its files, types its commands, runs its Python, compares what comes of it.

Everything happens in one folder and one process for each page. What a block is, is said by its fence:

    python title="tools.py"   a file, saved under that name; so with every other language
    python                    a plan, where it has a class of Workflow: it has no findings, with the tools saved so
                              far; a part of one, where it uses `step`; else a program, run like a notebook's cell
    sh                        commands. GOAL, RUN and APPROVAL stand for the newest of their kind. A status other than
                              0 and 5 (a person's turn) is said by a comment: `# exit status 4`
    py                        a signature, which is no program
    text                      directly below one of those: what it prints, where `...` stands for anything
    toml, json                settings, and a document, that can be read
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import doctest
import inspect
import io
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
import textwrap
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agentflow.cli import main
from agentflow.guest.verbs import API
from agentflow.settings import Settings
from agentflow.tools import Tool
from agentflow.tools.shipped import shipped
from agentflow.validator import check

from ..fakes.commands import Command
from ..fakes.restate import free_ports
from ..fakes.untraced import environment, untraced

ELSEWHERE = re.compile(r"make \w+|agentflow demo|(\.venv/bin/)?pip install .*|export \w+=\S*")
"""Commands that tests of their own run, or that need what a test does not have."""

_FENCE = re.compile(
    r"^(?P<fence>`{3,})(?P<language>\w*)(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=fence)$", re.DOTALL | re.MULTILINE
)
_ID = re.compile(r"\b(goal|run|approval|agent|worker|event|key)_[a-z0-9]{12,}\b")
_VARIES = (
    (re.compile(r"^  .* (starts|sleeps until) .*\n", re.MULTILINE), ""),  # seen, or over before anybody looks
    (_ID, r"\1_ID"),
    (re.compile(r"\((now|in [^)]+|[^)]+ ago)\)"), "(WHEN)"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "DATE"),
    (re.compile(r"\d\d:\d\d:\d\d"), "TIME"),
    (re.compile(r"\b\d+(\.\d+)? (s|ms|seconds?)\b"), "N s"),
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "HEX"),
)


@dataclass(frozen=True)
class Block:
    """A block of code of a page, and whether it stands directly below the one before."""

    language: str
    title: str | None
    text: str
    line: int
    follows: bool


def blocks(page: str) -> Iterator[Block]:
    """All blocks of a page, in order."""
    end = 0
    for found in _FENCE.finditer(page):
        title = re.search(r'title="([^"]+)"', found["info"])
        between = page[end : found.start()]
        line = page.count("\n", 0, found.start()) + 1
        yield Block(found["language"], title and title[1], found["text"], line, end > 0 and not between.strip())
        end = found.end()


class Reader:
    """Somebody with a folder who does what a page says. Every surprise is an AssertionError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.names: dict[str, str] = {}
        self.printed = ""
        self._cell: dict[str, Any] = {"__name__": "page"}
        self._loop = asyncio.Runner()
        [port] = free_ports(1)
        self._port = str(port)
        self._last = contextlib.ExitStack()

    def follow(self, page: str) -> int:
        """Do all that a page says, and give how many blocks that were."""
        done = 0
        with contextlib.chdir(self.folder), _importable(self.folder), untraced(), self._last, self._loop:
            for block in blocks(page):
                try:
                    self._take(block)
                except Exception as error:
                    raise AssertionError(f"line {block.line}: {error}") from error
                done += 1
        return done

    def _take(self, block: Block) -> None:
        if block.title:
            path = self.folder / block.title
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
        match block.language:
            case "toml":
                Settings.model_validate({**tomllib.loads(block.text), "folder": self.folder})
            case "json":
                json.loads(block.text)
            case "sh":
                self.printed = "".join(self._type(line) for line in block.text.replace("\\\n", " ").splitlines())
            case "python" if not block.title or _is_plan(block.text):
                self._read(block.text)
            case "text" if block.follows:
                self._compare(block.text)
            case "text" | "python" | "py" | "markdown":
                pass
            case other:
                raise AssertionError(f"nobody knows what to do with a block of {other!r}")

    # commands

    def _type(self, line: str) -> str:
        if kept := re.fullmatch(r"export (\w+)=\$\((.*)\)", line):
            self._type(f"{kept[2]} > {kept[1]}")
            os.environ[kept[1]] = Path(kept[1]).read_text(encoding="utf-8").strip()
            return ""
        line = line.replace("8000", self._port)
        words = [self.names.get(word, word) for word in shlex.split(line, comments=True)]
        if not words or ELSEWHERE.fullmatch(" ".join(words)):
            return ""
        if words[-1] == "&":
            return self._serve(words[:-1])
        said = re.search(r"# exit status (\d+)", line)
        expected = {int(said[1])} if said else {0, 5}
        status, printed = _agentflow(words[1:]) if words[0] == "agentflow" else _shell(line)
        assert status in expected, f"`{line}` ended with {status}:\n{printed}"
        for kind, id in ((found[1], found[0]) for found in _ID.finditer(printed)):
            self.names[kind.upper()] = id
        return printed

    def _serve(self, words: list[str]) -> str:
        """A service that answers until the page has been read."""
        process = Command(*words[1:])
        log = process.stderr
        begun = next((line for line in log if "answers on" in line), None)
        assert begun, f"`{shlex.join(words)}` has ended"
        rest = threading.Thread(target=log.read)
        rest.start()
        for last in (log.close, process.stdout.close, rest.join, process.wait, process.terminate):  # the last one first
            self._last.callback(last)
        return begun

    def _compare(self, wanted: str) -> None:
        checker = doctest.OutputChecker()
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert checker.check_output(_settled(wanted), _settled(self.printed), flags), f"it printed:\n{self.printed}"

    # Python

    def _read(self, source: str) -> None:
        if _is_plan(source):
            self._plan(source)
        elif re.search(r"\bstep\.\w+\(", source) and "import" not in source:
            self._plan(_around(source))
        else:
            self._run(source)

    def _plan(self, source: str) -> None:
        tools = self._tools()
        findings = check(source, [asdict(one.spec) for one in tools] if tools else None)["findings"]
        assert not findings, "\n".join(f"line {one['line']}: {one['message']}" for one in findings)

    def _tools(self) -> list[Tool]:
        """The tools of all files that were saved so far, and those that ship; none where no file has any."""
        saved = [path for path in self.folder.glob("*.py") if "@tool" in path.read_text(encoding="utf-8")]
        found = [value for path in saved for value in runpy.run_path(str(path)).values() if isinstance(value, Tool)]
        return [*found, *shipped(_nobody)] if found else []

    def _run(self, source: str) -> None:
        code = compile(source.replace("8000", self._port), "<page>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            result = eval(code, self._cell)  # noqa: S307  # the pages are ours
            if inspect.isawaitable(result):
                self._loop.run(_awaited(result))
        self.printed = out.getvalue()


@contextlib.contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """What lies in a folder can be imported meanwhile, and nothing of it is left afterwards."""
    before, known = list(sys.path), set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path[:] = before
        for name in set(sys.modules) - known:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(folder)):
                del sys.modules[name]


def _agentflow(words: list[str]) -> tuple[int, str]:
    """The command line in this process: a process for each would take most of the time. `> FILE` is known here, too."""
    target = Path(words[-1]) if words[-2:-1] == [">"] else None
    told, asked = _Paper(), _Paper()
    before, sys.argv = sys.argv, ["agentflow", *(words[:-2] if target else words)]
    try:
        with contextlib.redirect_stdout(told), contextlib.redirect_stderr(asked if target else told):
            status = main()
    finally:
        sys.argv = before
    if target:
        target.write_text(told.text(), encoding="utf-8")
    return status, asked.text() if target else told.text()


class _Paper(io.TextIOWrapper):
    """What a command writes on: text as UTF-8, of which nothing is kept back."""

    def __init__(self) -> None:
        self._bytes = io.BytesIO()
        super().__init__(self._bytes, encoding="utf-8", write_through=True)

    def text(self) -> str:
        return self._bytes.getvalue().decode()


async def _nobody(*words: object) -> str:
    raise AssertionError("no page asks a model")


async def _awaited(result: Any) -> None:
    await result


def _shell(line: str) -> tuple[int, str]:
    clean = {**environment(), "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, env=clean, timeout=60)
    return done.returncode, done.stdout + done.stderr


def _is_plan(source: str) -> bool:
    """Whether it has a class of Workflow that is not in a text."""
    try:
        body = ast.parse(source).body
    except SyntaxError:
        return False
    return any(isinstance(one, ast.ClassDef) and "Workflow" in map(ast.unparse, one.bases) for one in body)


def _around(source: str) -> str:
    """A plan around some of its lines."""
    names = ", ".join(sorted(API))
    head = (
        f"from datetime import UTC, datetime, timedelta\nfrom decimal import Decimal\nfrom agentflow import {names}\n"
    )
    body = textwrap.indent(source, " " * 8)
    return f"{head}\n\nclass Part(Workflow):\n    async def run(self, event, step):\n{body}\n"


def _settled(text: str) -> str:
    """A text without what is another each time."""
    for pattern, instead in _VARIES:
        text = pattern.sub(instead, text)
    return text
