"""Builds the site in a folder of its own, so that what is made from the code never lies among what people wrote."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import commands, http, notebooks, plan, python, settings

ROOT = Path(__file__).parents[1]
PAGES: dict[str, Callable[[], str]] = {
    "commands": commands.page,
    "http": http.page,
    "plan": plan.page,
    "python": python.page,
    "settings": settings.page,
}
"""The pages under reference/, by name."""


def lay_out(folder: Path) -> None:
    """Put everything that the site is built from into a folder."""
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for name, page in PAGES.items():
        _write(folder / "docs" / "reference" / f"{name}.md", page())
    books = sorted((ROOT / "notebooks").glob("*.ipynb"))
    _write(folder / "docs" / "notebooks" / "index.md", notebooks.index(ROOT / "notebooks"))
    for book in books:
        _write(folder / "docs" / "notebooks" / f"{book.stem}.md", notebooks.page(book))
    _write(folder / "mkdocs.yml", _with(books, (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def _with(books: list[Path], config: str) -> str:
    """The configuration with each notebook below the page that lists them."""
    lines = [f"          - {json.dumps(notebooks.title(book))}: notebooks/{book.stem}.md" for book in books]
    return config.replace("- notebooks/index.md\n", "\n".join(["- notebooks/index.md", *lines, ""]))


def build(to: Path) -> None:
    """Build the site, in the place of what is there. A link that leads nowhere ends it."""
    with tempfile.TemporaryDirectory(prefix="agentflow-site-") as name:
        folder = Path(name)
        lay_out(folder)
        words = [sys.executable, "-m", "zensical", "build", "--strict", "--config-file", str(folder / "mkdocs.yml")]
        done = subprocess.run(words, capture_output=True, text=True, cwd=folder)
        if done.returncode:
            sys.exit(f"the site cannot be built:\n{done.stdout}{done.stderr}")
        if to.exists():
            shutil.rmtree(to)
        shutil.copytree(folder / "site", to)
