"""Runs a notebook with nbmake, from top to bottom, in a kernel of this interpreter and an empty folder."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import Any
from unittest.mock import patch

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbmake import nb_run  # type: ignore[import-untyped]
from traitlets.config import Config

from agentflow.notebook.buttons import VIEW

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SECONDS = 120
"""For one cell, on a busy machine."""

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_FOLDER = re.compile(rf"{re.escape(gettempdir())}/\w+/")
"""What a notebook's temporary folder is called on this machine."""
_CHANCE = [
    (re.compile(r"\b(agent|approval|event|goal|key|run|schedule|worker)_[0-9a-z]{12,16}\b"), r"\1_ID"),
    (re.compile(r"\b1\d{9}\.\d+\b"), "MOMENT"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DAY"),
    (re.compile(r"\b\d\d:\d\d(:\d\d(\.\d+)?)?\b"), "TIME"),
    (re.compile(r"\b\d[\d.,]* ?(µs|ms|s|seconds?|sec|min|minutes?)\b"), "A WHILE"),
]
"""What is different whenever a notebook is run: random names, the hour, how long things took."""
_TIMES = {"times", "legend"}
"""Of a timeline: which marks it has, and what stands below it, is another each time."""


class ThisInterpreter(AsyncKernelManager):
    """Starts kernels with the running interpreter, whatever kernels this machine knows by name."""

    @property
    def kernel_spec(self) -> KernelSpec:
        argv = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        env = {"IPYTHONDIR": str(Path(self.connection_file).parent)}
        return KernelSpec(argv=argv, env=env, display_name="Python 3", language="python")


def read(path: Path) -> Any:
    """A notebook, which must follow Jupyter's schema."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # typed in part only
    nbformat.validate(notebook)
    return notebook


def run(path: Path) -> Any:
    """The notebook with new outputs, in which nothing names this machine. Raises where a cell does."""
    with TemporaryDirectory() as folder:
        # By sockets of this folder: of ports, another test may take one before the kernel has it.
        kernel = Config(KernelManager={"transport": "ipc", "connection_file": f"{folder}/kernel.json"})
        client = partial(NotebookClient, kernel_manager_class=ThisInterpreter, config=kernel, coalesce_streams=True)
        with patch.object(nb_run, "NotebookClient", client):
            result = nb_run.NotebookRun(Path(shutil.copy(path, folder)), SECONDS).execute()
    if error := result.error:
        raise AssertionError(
            f"{path.name}, cell {error.failing_cell_index + 1}: {_COLOUR.sub('', error.trace)[-2000:]}"
        )
    return nbformat.from_dict(_lasting(result.nb))  # type: ignore[no-untyped-call]


def _lasting(found: Any) -> Any:
    """What holds without this machine and its kernel: the rest of a path in a temporary folder, and no form, whose
    buttons nobody would hear."""
    if isinstance(found, str):
        return _FOLDER.sub("", found)
    if isinstance(found, dict):
        return {key: _lasting(value) for key, value in found.items() if key != VIEW}
    return [_lasting(value) for value in found] if isinstance(found, list) else found


def code(notebook: Any) -> list[Any]:
    """Its cells that run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def told(notebook: Any) -> list[list[tuple[str, str]]]:
    """What each code cell tells a reader, by kind, without what is different each time."""
    return [[said for output in cell.outputs for said in _said(output)] for cell in code(notebook)]


def _said(output: Any) -> Iterator[tuple[str, str]]:
    if output.output_type == "stream":
        yield output.name, _same(output.text)
    data = output.get("data", {})
    for kind in sorted({*data} - {"text/plain"}) or data:  # text is there for those who cannot show the other kinds
        yield kind, _same(_words(data[kind]) if kind == "text/html" else data[kind])


def _same(text: str) -> str:
    for pattern, name in _CHANCE:
        text = pattern.sub(name, text)
    return text


def _words(html: str) -> str:
    words = _Words()
    words.feed(html)
    return " ".join(" ".join(words.found).split())


class _Words(HTMLParser):
    """Collects what a page says, and leaves out how it looks, and when things were."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._within = 0
        """How deep it is in a part that is left out."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._within or tag == "style" or not _TIMES.isdisjoint((dict(attrs).get("class") or "").split()):
            self._within += 1

    def handle_endtag(self, tag: str) -> None:
        self._within -= bool(self._within)

    def handle_data(self, data: str) -> None:
        if not self._within:
            self.found.append(data)
