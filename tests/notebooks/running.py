"""Runs a notebook in a kernel of this interpreter, in an empty folder, as a reader would from top to bottom."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SECONDS = 120
"""For one cell, on a busy machine."""


class ThisInterpreter(AsyncKernelManager):
    """Starts kernels with the running interpreter, whatever kernels this machine knows by name."""

    @property
    def kernel_spec(self) -> KernelSpec:
        argv = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


def read(path: Path) -> Any:
    """A notebook, which must follow Jupyter's schema."""
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]  # typed in part only
    nbformat.validate(notebook)
    return notebook


async def run(notebook: Any) -> Any:
    """The notebook with new outputs. Raises where a cell raises."""
    with TemporaryDirectory() as folder:
        client = NotebookClient(
            notebook,
            km=ThisInterpreter(transport="ipc", connection_file=f"{folder}/kernel.json"),
            timeout=SECONDS,
            resources={"metadata": {"path": folder}},
            coalesce_streams=True,
            record_timing=False,
        )
        return await client.async_execute(cleanup_kc=True, env={**os.environ, "IPYTHONDIR": folder})


def outputs(notebook: Any) -> list[Any]:
    """What each code cell has put out."""
    return [cell.outputs for cell in notebook.cells if cell.cell_type == "code"]
