"""A fork server of root that may not end its guests, since they are another user's and it has no CAP_KILL."""

from __future__ import annotations

import errno
import os
import sys
from typing import NoReturn

from agentflow.guest import zygote
from agentflow.guest.__main__ import main


def kill(pid: int, signum: int) -> NoReturn:
    """Fail."""
    raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))


if __name__ == "__main__":
    os.kill = kill
    zygote.main(main, *(int(argument) for argument in sys.argv[1:3]))
