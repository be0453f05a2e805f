"""docs/checks.md is made from the catalogue, and is not older than it."""

from __future__ import annotations

import subprocess
import sys

from agentflow.checks.page import page

from .pages import ROOT


def test_the_page_is_what_the_catalogue_says() -> None:
    assert (ROOT / "docs" / "checks.md").read_text(encoding="utf-8") == page() + "\n", "it is stale: run `make docs`"


def test_it_is_printed_by_a_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agentflow.checks"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == page() + "\n"
