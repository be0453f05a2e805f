"""The fork server of compile guests, one for each source: `python -s -P -m agentflow.validator HOST_PID SOCKET`."""

from __future__ import annotations

import base64
import sys
from typing import BinaryIO

from ..guest import zygote
from ..guest.frames import pack, read
from . import check


def respond(requests: BinaryIO, responses: BinaryIO) -> None:
    """Read a source, and answer what is wrong with it."""
    request = read(requests)
    if request is None:
        return  # the host has no need of this one any more
    answer = check(request["source"], request["tools"])
    if answer["blob"] is not None:
        answer["blob"] = base64.b64encode(answer["blob"]).decode()
    responses.write(pack(answer))
    responses.flush()


if __name__ == "__main__":
    zygote.main(respond, *(int(argument) for argument in sys.argv[1:3]))
