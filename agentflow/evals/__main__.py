"""`python -m agentflow.evals FOLDER` measures the replies that are stored there, and prints docs/evals.md."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from ..settings import Settings
from .measuring import measure_all
from .page import page
from .questions import recalled
from .replies import abouts
from .tasks import tasks


def main(folder: Path) -> str:
    """The page."""
    known = tasks()
    questions = recalled(known, folder) if folder.is_dir() else []
    scored = asyncio.run(measure_all(questions, Settings(), lambda scored, _: None))
    return page(str(folder), known, scored, abouts(folder))


if __name__ == "__main__":
    sys.stdout.write(main(Path(sys.argv[1])))
