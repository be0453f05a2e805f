"""The command `agentflow`: what a person types becomes a call of the app, and what the app says becomes text."""

from __future__ import annotations

import sys

from . import failures

__all__ = ["main"]


def main() -> int:
    """Run the command line of this process; the exit status. No exception leaves, but for the interpreter's own end."""
    try:
        failures.check_streams(sys.argv)
        from .commands import tree

        status = tree(sys.argv[1:]).main(prog_name="agentflow", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001  # the one place where errors become a line and a status
        return failures.explain(error)
    if status == failures.INTERRUPTED:
        return failures.explain(KeyboardInterrupt())
    return int(status or 0)
