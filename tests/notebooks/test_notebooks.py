"""The notebooks run from top to bottom, and what is stored in them is what comes out.

After a change of a notebook or of what it shows: `.venv/bin/python -m tests.notebooks.store`, and read the difference.
"""

from __future__ import annotations

import ast
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

from .running import NOTEBOOKS, outputs, read, run

RESULTS = {"01_first_goal.ipynb": {"reference": "refund-17", "order": "17"}}


def tagged(notebook: Any, tag: str) -> Any:
    """The one cell with this tag."""
    [cell] = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", ())]
    return cell


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    """Each notebook."""
    found: Path = request.param
    return found


def test_every_notebook_has_a_result_that_is_known_here() -> None:
    assert [path.name for path in NOTEBOOKS] == sorted(RESULTS)


async def test_a_notebook_runs_without_an_error_and_comes_to_its_result(path: Path) -> None:
    stored = outputs(read(path))
    notebook = await run(read(path))
    fresh = outputs(notebook)
    assert not [output for cell in fresh for output in cell if output.output_type == "error"]
    [output] = tagged(notebook, "result").outputs
    assert ast.literal_eval(output.data["text/plain"]) == RESULTS[path.name]
    assert fresh == stored, "run `python -m tests.notebooks.store` and read the difference"


def test_what_is_stored_names_no_machine(path: Path) -> None:
    said = str(outputs(read(path)))
    assert not [sign for sign in ("/home", "/root", "/work", "Users", "site-packages", gettempdir()) if sign in said]


def test_a_notebook_was_stored_with_its_outputs_and_explains_each_part(path: Path) -> None:
    notebook = read(path)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == "markdown"
    assert kinds.count("markdown") >= kinds.count("code") / 2
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
