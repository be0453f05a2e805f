"""Starts the processes behind the wall: this interpreter, one socket, and nothing of the host's environment."""

from __future__ import annotations

import os
import site
import socket
import subprocess
import sys
from pathlib import Path

_HOUSE = Path(__file__).resolve().parents[2]
"""The folder that holds the package."""


def environment() -> dict[str, str]:
    """Fixed hash order, and from a checkout the way to the package; a guest clears it before it loads a plan."""
    fixed = {"PYTHONHASHSEED": "0"}
    installed = str(_HOUSE) in site.getsitepackages()
    return fixed if installed else fixed | {"PYTHONPATH": str(_HOUSE)}


def guest(memory_mb: int, turn_seconds: float) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A guest process and the host's end of its socket."""
    ours, theirs = socket.socketpair()
    with theirs:
        limits = [str(memory_mb), str(int(turn_seconds) + 1), str(os.getpid()), str(theirs.fileno())]
        process = subprocess.Popen(
            _command("agentflow.guest", *limits),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            env=environment(),
            cwd="/",
            start_new_session=True,
        )
    return process, ours


def compile_guest() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A throw-away process for one source, its standard input and output, and nothing else, on the socket."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            _command("agentflow.validator"),
            stdin=theirs.fileno(),
            stdout=theirs.fileno(),
            stderr=subprocess.DEVNULL,
            env=environment(),
            cwd="/",
            start_new_session=True,
        )
    return process, ours


def _command(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-s", "-P", "-m", module, *arguments]
