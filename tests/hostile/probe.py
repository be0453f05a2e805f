"""Measures what a hostile plan does to the host: how long the event loop was blocked, how much memory it took."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_PEAK = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


@dataclass(slots=True)
class Harm:
    """The longest callback of the loop, in seconds of this thread's processor time, and the growth of memory."""

    blocked: float = 0.0
    grown_mb: float = 0.0


@contextmanager
def watched() -> Iterator[Harm]:
    """Processor time and not the clock on the wall: other processes of the machine cannot make it longer."""
    harm = Harm()
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        begun = time.thread_time()
        try:
            run(handle)
        finally:
            harm.blocked = max(harm.blocked, time.thread_time() - begun)

    gc.collect()
    gc.freeze()  # what the tests before this one have left is not looked through in the middle of a callback
    _PEAK.write_text("5", encoding="ascii")  # the peak begins anew
    before = _memory("VmRSS")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.Handle, "_run", timed)
        yield harm
    harm.grown_mb = _memory("VmHWM") - before


def _memory(field: str) -> float:
    """Mebibytes that the kernel says this process has, or has had at its peak."""
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:")) / 1024
