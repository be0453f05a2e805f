"""How many flushes to the disk a run of steps costs: counted by strace where there is one, else not."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .steps import sequential

_CALLS = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)\s+(?:\d+\s+)?(?:fdatasync|fsync)$", re.MULTILINE)


def flushes(folder: Path, steps: int) -> float | None:
    """For each step of a sequential run; what opening and registering cost is measured beside and taken off."""
    if shutil.which("strace") is None:
        return None
    few, many = (_counted(folder / f"flushes{count}", count) for count in (steps, 2 * steps))
    return None if few is None or many is None else (many - few) / steps


def _counted(folder: Path, steps: int) -> int | None:
    folder.mkdir()
    strace = ["strace", "-f", "-c", "-e", "trace=fdatasync,fsync", "-o", str(folder / "strace")]
    command = [*strace, sys.executable, "-m", "benchmarks.flushes", str(folder), str(steps)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        return None  # not allowed here
    return sum(map(int, _CALLS.findall((folder / "strace").read_text())))


if __name__ == "__main__":
    asyncio.run(sequential(Path(sys.argv[1]), int(sys.argv[2])))
