"""`make notebooks`: runs the notebooks and stores them with their outputs. Those that tell the same stay."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat

from .running import NOTEBOOKS, code, read, run, told


def store(path: Path) -> bool:
    """Replace a notebook by itself with new outputs, where these tell something else. Whether they do."""
    before, notebook = read(path), plain(run(path))
    if told(before) == told(notebook) and all(cell.execution_count for cell in code(before)):
        return False
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]  # typed in part only
    return True


def plain(notebook: Any) -> Any:
    """Without what is said of cells and not by them: how long they took, in which order they were written."""
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec, "language_info": {"name": "python"}}
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number}"
        cell.metadata.pop("execution", None)
    return notebook


def main(names: list[str]) -> None:
    """Those whose names begin so; without one, all of them."""
    for path in NOTEBOOKS:
        if not names or path.name.startswith(tuple(names)):
            print(f"{path.name}: {'stored anew' if store(path) else 'as it was'}")


if __name__ == "__main__":
    main(sys.argv[1:])
