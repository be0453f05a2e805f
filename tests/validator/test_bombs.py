"""No source takes more than 2 seconds of the processor or 256 MB to check, however it is made."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from .bombing import SECONDS
from .bombs import BOMBS

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group("bombs")  # they go off once, not once in each process of the tests


@cache
def bombed() -> dict[str, dict[str, Any]]:
    """What each bomb did."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.validator.bombing"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    lines = map(json.loads, done.stdout.splitlines())
    return {line["name"]: line for line in lines}


@pytest.mark.parametrize("name", BOMBS)
def test_no_source_holds_the_validator(name: str) -> None:
    found = bombed()[name]
    assert "died" not in found, "it needed more than 256 MB"
    assert found["seconds"] < SECONDS
    assert found["count"] <= 100


def test_a_finally_is_counted_once_for_each_way_into_it() -> None:
    """The compiler needs 228 MB for fifty in each other, which are 3 kB of source."""
    (said,) = bombed()["finally in finally"]["said"]
    assert said.startswith("'finally' with too much in it")
