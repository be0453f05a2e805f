"""The throw-away compile guest: `python -s -P -m agentflow.validator`, one frame in, one frame out."""

from __future__ import annotations

import base64
import resource
import sys
from typing import BinaryIO

from ..guest.frames import pack, read
from . import check

SECONDS = 5
MEBIBYTES = 512
DESCRIPTORS = 32


def main() -> None:
    """Give up what is not needed, then answer one request."""
    confine()
    respond(sys.stdin.buffer, sys.stdout.buffer)


def respond(requests: BinaryIO, responses: BinaryIO) -> None:
    """Read a source, and answer what is wrong with it."""
    request = read(requests)
    if request is None:
        raise SystemExit("no request on standard input: this process is started by agentflow.sandbox")
    answer = check(request["source"], request["tools"])
    if answer["blob"] is not None:
        answer["blob"] = base64.b64encode(answer["blob"]).decode()
    responses.write(pack(answer))
    responses.flush()


def confine() -> None:
    """Limit this process, so that no source can hold the machine."""
    bounds = {
        resource.RLIMIT_CPU: SECONDS,
        resource.RLIMIT_AS: MEBIBYTES * 1024 * 1024,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NOFILE: DESCRIPTORS,
    }
    for kind, bound in bounds.items():
        resource.setrlimit(kind, (bound, bound))


if __name__ == "__main__":
    main()
