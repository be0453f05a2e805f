"""Whoever follows a page of the documentation gets what it says."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from .following import Reader, blocks
from .pages import ROOT

DOCS = ROOT / "docs"
APART = {"checks.md", "evals.md", "architecture.md"}
"""Pages whose blocks have tests of their own: the catalogue of checks, a measurement, drawings."""
PAGES = sorted(path.name for path in DOCS.glob("*.md") if path.name not in APART)


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the environment that would change what a command says; a terminal of 80 columns."""
    for name in ("CONFIG", "DB", "DEBUG", "KEY", "LOG", "TENANT", "URL"):
        monkeypatch.setenv(f"AGENTFLOW_{name}", "")  # so that it is taken back, too
        monkeypatch.delenv(f"AGENTFLOW_{name}")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.root.level)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_followed(name: str, tmp_path: Path) -> None:
    page = (DOCS / name).read_text(encoding="utf-8")
    assert Reader(tmp_path).follow(page) == len(list(blocks(page)))
