"""Where commands come from: `python -m tests.fakes.prompt SOCKET` forks one for each line that is typed.

A line is a JSON document with the fields of `Line`. With it come its standard streams.
"""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Sequence

import pytest

import agentflow.app
import agentflow.page
import agentflow.web.entry
import agentflow.web.server  # noqa: F401  # what commands read when they are called is there before they are forked
from agentflow.cli import main
from agentflow.cli.commands import tree
from agentflow.sandbox.launch import GUEST, VALIDATOR

from .nursery import bear
from .typed import Line
from .warm import warm

ALARM = 120
"""Seconds after which a command ends by itself: a test that was broken off leaves none behind."""


def carried_out(order: bytes, streams: Sequence[int]) -> int:
    """Be the command; its exit status."""
    line = Line(**json.loads(order))
    os.setsid()
    signal.alarm(ALARM)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(line.environment)
    os.chdir(line.folder)
    sys.path[0], sys.argv = line.folder, ["agentflow", *line.words]
    tempfile.tempdir = None  # it is looked for in the environment
    for name, seconds in line.instead.items():
        pytest.MonkeyPatch().setattr(name, seconds)  # for as long as it lives
    sys.stdin, sys.stdout, sys.stderr = opened(0, "r"), opened(1, "w"), opened(2, "w", "backslashreplace")
    try:
        return main()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


def opened(stream: int, mode: str, errors: str = "strict") -> io.TextIOWrapper:
    """A standard stream as an interpreter opens it: what goes to people goes there line by line."""
    lines = os.isatty(stream) or errors != "strict"
    return io.TextIOWrapper(open(stream, f"{mode}b", closefd=False), "utf-8", errors, line_buffering=lines)


if __name__ == "__main__":
    tree()
    gc.freeze()
    with warm(GUEST, VALIDATOR), socket.socket(fileno=int(sys.argv[1])) as orders:
        bear(orders, carried_out)
