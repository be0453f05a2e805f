"""A fork server that cannot fork: the machine has no memory for it."""

from __future__ import annotations

import errno
import os
import sys
from typing import NoReturn

from agentflow.guest import zygote
from agentflow.guest.__main__ import main


def fork() -> NoReturn:
    """Fail."""
    raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))


if __name__ == "__main__":
    os.fork = fork
    zygote.main(main, *(int(argument) for argument in sys.argv[1:3]))
