"""The fork server of guests: `python -s -P -m agentflow.guest HOST_PID SOCKET`."""

from __future__ import annotations

import sys
from typing import BinaryIO

from . import rehearsal, zygote
from .server import Guest, serve


def main(requests: BinaryIO, responses: BinaryIO) -> None:
    """What each guest does: hold one code, and serve until the host closes the socket."""
    serve(requests, responses, Guest())


if __name__ == "__main__":
    rehearsal.rehearse()
    zygote.main(main, *(int(argument) for argument in sys.argv[1:3]))
