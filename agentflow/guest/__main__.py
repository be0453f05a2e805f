"""The guest process: `python -s -P -m agentflow.guest MEMORY_MB TURN_SECONDS HOST_PID SOCKET`."""

from __future__ import annotations

import gc
import os
import sys
import warnings

from . import limits
from .server import Guest, serve


def main(memory_mb: int, turn_seconds: int, host: int, socket: int) -> None:
    """Confine this process, then serve until the host closes the socket."""
    limits.die_with(host)
    limits.confine(memory_mb, socket)
    warnings.simplefilter("ignore")  # a coroutine that is never awaited is the plan's affair
    gc.disable()  # see activation.py
    gc.freeze()
    guest = Guest(limits.ProcessorTime(turn_seconds).grant)
    try:
        with os.fdopen(limits.SOCKET, "rb") as requests, os.fdopen(limits.SOCKET, "wb", closefd=False) as responses:
            serve(requests, responses, guest)
    finally:
        os._exit(0)  # nothing is finalized: no `finally` of a plan runs


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:5]))
