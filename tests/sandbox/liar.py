"""A fork server whose processes do not check a source but say what it tells them to: frames of a guest taken over."""

from __future__ import annotations

import os
import sys
from typing import BinaryIO

from agentflow.guest import frames, zygote


def lie(requests: BinaryIO, responses: BinaryIO) -> None:
    """Send the source itself, as if it were the answer; die of the source `die`, say nothing to `hang`."""
    request = frames.read(requests)
    assert request is not None
    source = request["source"]
    if source == "die":
        os.abort()
    if source == "hang":
        requests.read()  # until the host hangs up, or kills
    responses.write(frames.frame(source))
    responses.flush()


if __name__ == "__main__":
    zygote.main(lie, *(int(argument) for argument in sys.argv[1:3]))
