"""A question to whoever sits at the terminal."""

from __future__ import annotations

import asyncio
import sys

from rich.text import Text

from ..errors import StillWaiting
from .session import stderr


def terminal() -> bool:
    """Whether anybody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def is_yes(said: str) -> bool:
    """Whether that was a yes."""
    return said.lower() in ("y", "yes")


async def ask(question: str, undecided: StillWaiting) -> str:
    """A line from the terminal. The loop waits for it, so that Ctrl-C is heard at once; Ctrl-D decides nothing."""
    stderr().print(Text(question), end="")
    ready, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(sys.stdin, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sys.stdin)
    if not (line := sys.stdin.readline()):
        stderr().print()
        raise undecided
    return line.strip()
