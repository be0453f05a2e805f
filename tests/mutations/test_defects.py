"""The suite finds defects: each of them is sown in a copy of the house, and some test there must fail."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from .comments import COMMENTS
from .defects import DEFECTS as ENGINES
from .defects import Defect
from .evals import EVALS
from .garden import ROOT, Garden
from .graph import GRAPH
from .moving import MOVES
from .notebook import NOTEBOOK
from .outbound import OUTBOUND
from .people import PEOPLE
from .planning import PLANNING
from .policy import POLICY
from .proofs import PROOFS
from .recordings import RECORDINGS
from .revising import REVISING
from .trials import TRIALS

NIGHTLY = os.environ.get("AGENTFLOW_HYPOTHESIS") == "nightly"
DEFECTS = (
    *ENGINES,
    *OUTBOUND,
    *POLICY,
    *COMMENTS,
    *GRAPH,
    *PLANNING,
    *PROOFS,
    *REVISING,
    *EVALS,
    *TRIALS,
    *PEOPLE,
    *NOTEBOOK,
    *RECORDINGS,
    *MOVES,
)
SOWN = DEFECTS if NIGHTLY else [defect for defect in DEFECTS if defect.tests == ("tests/store",)]
"""In `make test` one of them shows that a defect is found; `make nightly` tries them all."""


def test_every_defect_still_has_its_place() -> None:
    """Its text stands once in its file, and the file with the defect can still be read."""
    assert len({defect.name for defect in DEFECTS}) == len(DEFECTS) >= 20
    for defect in DEFECTS:
        sown = defect.sown(ROOT)
        if defect.file.endswith(".py"):
            ast.parse(sown)
        assert all((ROOT / tests).exists() for tests in defect.tests), defect.name


def test_a_house_without_a_defect_is_found_sound(tmp_path: Path) -> None:
    """Else everything would be found."""
    healthy = Defect(
        "none", "agentflow/errors.py", "import annotations", "import annotations", ("tests/approvals/test_people.py",)
    )
    garden = Garden(tmp_path / "house")
    garden.sow(healthy)
    assert garden.found_by(healthy) is None


@pytest.mark.parametrize("defect", SOWN, ids=lambda defect: defect.name)
def test_a_defect_is_found(defect: Defect, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By which test is printed."""
    garden = Garden(tmp_path / "house")
    garden.sow(defect)
    found = garden.found_by(defect)
    assert found is not None, f"{defect.name}: none of {', '.join(defect.tests)} has seen it"
    with capsys.disabled():
        print(f"\n{defect.name}: {found}")
