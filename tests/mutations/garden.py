"""A copy of the house in which a defect is sown. Its interpreter is its own, so guests and workers run the copy too."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import venv
from pathlib import Path

from .defects import Defect

ROOT = Path(__file__).parents[2]
PARTS = ("agentflow", "tests", "prompts", "docs", "pyproject.toml", "README.md", "CHANGELOG.md", "Makefile")
SECONDS = 300
"""A defect that makes a test go on for ever is found, too."""
PLUGINS = ("pytest_asyncio.plugin", "xdist.plugin")
"""What the tests need: to load all that are installed takes longer than many a test."""


class Garden:
    """One copy. It finds the packages of this environment, and its own agentflow before ours."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for part in PARTS:
            place = ROOT / part
            if place.is_dir():
                shutil.copytree(place, folder / part)  # with its bytecode, which knows a source by its time and size
            else:
                shutil.copy(place, folder / part)
        venv.create(folder / ".venv", symlinks=True)
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        own = folder / ".venv" / "lib" / version / "site-packages"
        (own / "copy.pth").write_text("\n".join([str(folder), *site.getsitepackages()]), encoding="utf-8")

    def sow(self, defect: Defect) -> None:
        """Put a defect in."""
        (self._folder / defect.file).write_text(defect.sown(ROOT), encoding="utf-8")

    def found_by(self, defect: Defect) -> str | None:
        """The first test that fails of those that are asked, or None."""
        for tests in defect.tests:
            if found := self._failed(tests):
                return found
        return None

    def _failed(self, tests: str) -> str | None:
        options = ["-x", "-q", "-p", "no:cacheprovider", "--tb=line", "-rfE"]
        options += [word for plugin in PLUGINS for word in ("-p", plugin)]
        python = self._folder / ".venv" / "bin" / "python"
        command = [str(python), "-m", "pytest", *options, tests]
        try:
            done = subprocess.run(
                command, cwd=self._folder, capture_output=True, text=True, timeout=SECONDS, env=_environment()
            )
        except subprocess.TimeoutExpired:
            return f"{tests}, which did not end"
        if done.returncode == 0:
            return None
        failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR", "SUBFAILED"))]
        assert done.returncode == 1, done.stdout[-2000:] + done.stderr[-2000:]
        return failed[0] if failed else done.stdout[-300:]


def _environment() -> dict[str, str]:
    """Bytecode of a source that was changed and changed back within a second would pass for that of the other."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COV", "PYTEST", "AGENTFLOW"))}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
