"""The notebooks run from top to bottom, and what is stored in them is what comes out.

After a change of a notebook or of what it shows: `make notebooks`, and read the difference.
"""

from __future__ import annotations

import ast
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

from .running import NOTEBOOKS, code, read, run, told

RESULTS = {
    "01_first_goal.ipynb": {"reference": "refund-17", "order": "17"},
    "02_reading_a_plan.ipynb": [(1, ("invoices.overdue", "mail.send")), (2, ("invoices.overdue", "mail.send"))],
    "03_approvals.ipynb": [
        {"refunded": "49.90", "said": "the goods are back", "by": ["local"]},
        {"refunded": "40.00", "said": "one of two was kept", "by": ["local"]},
        {"refunded": None, "said": "dealers return goods by contract", "by": ["local"]},
    ],
    "04_crash_sleep_resume.ipynb": "S-77",
    "05_a_plan_that_went_wrong.ipynb": [(1, 3, 0), (2, 300, 2)],
    "06_your_own_tools.ipynb": {"degrees": 22, "message": "message 1 of 31 letters, sent as [secret PHONE_TOKEN]"},
    "07_evals.ipynb": {"replies:short": (2, 1.0, 0.0), "replies:long": (2, 1.0, 1.0)},
}


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


def test_a_notebook_runs_without_an_error_and_tells_what_is_stored(path: Path) -> None:
    stored, fresh = read(path), run(path)
    [output] = tagged(fresh, "result").outputs
    assert ast.literal_eval(output.data["text/plain"]) == RESULTS[path.name]
    assert told(fresh) == told(stored), "run `make notebooks` and read the difference"


def test_what_is_stored_names_no_machine(path: Path) -> None:
    said = str([cell.outputs for cell in code(read(path))])
    assert not [sign for sign in ("/home", "/root", "/work", "Users", "site-packages", gettempdir()) if sign in said]


def test_a_notebook_was_stored_with_its_outputs_and_explains_each_part(path: Path) -> None:
    notebook = read(path)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert kinds[0] == "markdown"
    assert kinds.count("markdown") >= kinds.count("code") / 2
    assert [cell.execution_count for cell in code(notebook)] == [*range(1, kinds.count("code") + 1)]
