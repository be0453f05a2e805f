"""What a process takes of the machine's memory, where the kernel tells (Linux); 0 elsewhere."""

from __future__ import annotations

import os
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
MEBIBYTE = 1024 * 1024


def mapped(pid: int) -> float:
    """MiB of its address space: what RLIMIT_AS counts."""
    return _pages(pid)[0] * _PAGE / MEBIBYTE


def in_use(pid: int) -> float:
    """MiB that it has written to, or has from its fork server: what this grows by is its own."""
    _, resident, shared = _pages(pid)
    return max(0, resident - shared) * _PAGE / MEBIBYTE


def _pages(pid: int) -> tuple[int, int, int]:
    try:
        size, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text().split()
    except OSError:
        return 0, 0, 0
    return int(size), int(resident), int(shared)
