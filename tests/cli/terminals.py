"""A command at a terminal of 80 columns."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import termios
from collections.abc import Callable

from ..fakes import untraced
from ..fakes.commands import Command

_CHANGE = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")
"""Variables by which another terminal may be told of."""


class Terminal:
    """A command at a terminal: what it prints is read, what a person types is written."""

    def __init__(self, *words: str, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        env = {k: v for k, v in untraced.environment().items() if k not in _CHANGE}
        env |= {"TERM": "xterm-256color", **environment}
        self._process = Command(*words, stdin=theirs, stdout=theirs, stderr=theirs, environment=env)
        os.close(theirs)
        self.printed = ""

    def until(self, words: str) -> None:
        """Read until these words are printed."""
        while words not in self.printed:
            assert self._read(), self.printed

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self._ours, text.encode())

    def interrupt(self) -> None:
        """What Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> int:
        """Read to the end; the exit status."""
        while self._read():
            continue
        return self._process.wait()

    def close(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        os.close(self._ours)

    @property
    def text(self) -> str:
        """What was printed, without colours."""
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", self.printed)

    def _read(self) -> bool:
        try:
            data = os.read(self._ours, 65_536)
        except OSError:  # the other end is closed
            return False
        self.printed += data.decode(errors="replace")
        return bool(data)


At = Callable[..., Terminal]
