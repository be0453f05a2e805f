"""Starts the fork servers behind the wall: this interpreter, one socket, and nothing of the host's environment."""

from __future__ import annotations

import os
import site
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

GUEST = "agentflow.guest"
"""The module of the processes that hold plans."""
VALIDATOR = "agentflow.validator"
"""The module of the throw-away processes that check and compile a source."""

_HOUSE = Path(__file__).resolve().parents[2]
"""The folder that holds the package."""


def environment() -> dict[str, str]:
    """Fixed hash order, and from a checkout the way to the package; it is cleared before the first fork."""
    fixed = {"PYTHONHASHSEED": "0"}
    installed = str(_HOUSE) in site.getsitepackages()
    return fixed if installed else fixed | {"PYTHONPATH": str(_HOUSE)}


def command(module: str, *arguments: str) -> list[str]:
    """`-s -P` and not `-I`, which would ignore PYTHONHASHSEED."""
    return [sys.executable, "-s", "-P", "-m", module, *arguments]


def zygote(module: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A fork server, and the host's end of its socket."""
    ours, theirs = socket.socketpair()
    with ExitStack() as failed, theirs:
        failed.enter_context(ours)
        process = subprocess.Popen(
            command(module, str(os.getpid()), str(theirs.fileno())),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            env=environment(),
            cwd="/",
            start_new_session=True,
        )
        failed.pop_all()
    return process, ours
