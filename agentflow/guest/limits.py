"""What the kernel allows a guest process: memory, processor time, descriptors, and no life without its host."""

from __future__ import annotations

import ctypes
import math
import os
import resource
import signal
import time
from collections.abc import Callable

MEBIBYTE = 1024 * 1024
SOCKET = 3
"""The descriptor of the host's socket."""
MOST_DESCRIPTORS = 32
"""Enough for a late import or a time zone's file."""
_MOMENT = 0.05
"""Seconds."""
_SET_PARENT_DEATH_SIGNAL = 1


def confine(memory_mb: int, socket: int) -> None:
    """Leave this process nothing but its socket, as descriptor 3, and only so much of everything."""
    os.environ.clear()
    os.environ["TZ"] = "UTC"  # else naive times follow the host's /etc/localtime, and a replay elsewhere differs
    time.tzset()
    os.dup2(socket, SOCKET)
    os.closerange(SOCKET + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    bounds = {
        resource.RLIMIT_AS: memory_mb * MEBIBYTE,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_NOFILE: MOST_DESCRIPTORS,
    }
    for kind, bound in bounds.items():
        _, hard = resource.getrlimit(kind)
        ours = bound if hard == resource.RLIM_INFINITY else min(bound, hard)
        resource.setrlimit(kind, (ours, ours))


class ProcessorTime:
    """Lets the process use so many seconds from each turn on; then the kernel ends it."""

    def __init__(self, seconds: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._good_until = -math.inf

    def grant(self) -> None:
        """From now on. The kernel is not told anew within a moment of the last time: turns may be short."""
        now = self._clock()
        if now < self._good_until:
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(used.ru_utime + used.ru_stime + _MOMENT) + self._seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
        self._good_until = now + _MOMENT


def die_with(host: int) -> None:
    """Have the kernel kill this process when its parent `host` ends, where it can (Linux)."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != host:
        os._exit(1)
