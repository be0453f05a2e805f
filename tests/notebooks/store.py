"""Runs every notebook and stores it with its outputs: `.venv/bin/python -m tests.notebooks.store`."""

from __future__ import annotations

import asyncio
from pathlib import Path

import nbformat

from .running import NOTEBOOKS, read, run


async def store(path: Path) -> None:
    """Replace a notebook by itself with new outputs; what names this machine or this moment is left out."""
    notebook = await run(read(path))
    notebook.metadata = {"kernelspec": notebook.metadata.kernelspec, "language_info": {"name": "python"}}
    for number, cell in enumerate(notebook.cells, 1):
        cell.id = f"cell-{number}"
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]  # typed in part only


async def main() -> None:
    """All of them."""
    for path in NOTEBOOKS:
        await store(path)


if __name__ == "__main__":
    asyncio.run(main())
