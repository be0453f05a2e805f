"""The command `agentflow`: what a person types becomes a call of the app, and what the app says becomes text."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import failures

if TYPE_CHECKING:
    from typer.core import TyperGroup

__all__ = ["main"]


def main() -> int:
    """Run the command line of this process; the exit status. No exception leaves, but for the interpreter's own end."""
    try:
        failures.check_streams(sys.argv)
        status = _called(sys.argv[1:]).main(prog_name="agentflow", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001  # the one place where errors become a line and a status
        return failures.explain(error)
    if status == failures.INTERRUPTED:
        return failures.explain(KeyboardInterrupt())
    return int(status or 0)


def _called(words: Sequence[str]) -> TyperGroup:
    """The command that is called. Nobody looks for garbage in what is read for it: all of that stays."""
    gc.disable()
    try:
        from .commands import tree

        return tree(words)
    finally:
        gc.enable()
