"""A PostgreSQL server of a test's own: real, in a folder, on a socket that nobody else knows."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

WITHOUT = "left out: there is no PostgreSQL here; on Debian or Ubuntu: apt-get install postgresql"
NOBODY = 65_534
"""The server refuses to run as root: who tests as root has it run as nobody."""
_OPTIONS = "-c listen_addresses= -c fsync={} -c max_connections=60 -c shared_buffers=16MB"
_numbers = count()


def found() -> Path | None:
    """The folder with the server's programs, if it is there: Debian puts them beside the path."""
    known = shutil.which("initdb")
    places = (
        [Path(known).resolve().parent] if known else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    )
    return next((place for place in places if (place / "initdb").exists()), None)


class Server:
    """A server that runs."""

    def __init__(self, programs: Path, folder: Path, *, durable: bool = False) -> None:
        self._programs, self.folder = programs, folder
        self._options = _OPTIONS.format("on" if durable else "off").split()
        self._who: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, program: str, *words: str) -> None:
        assert (done := self._ran(program, *words)).returncode == 0, done.stderr

    def _ran(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        words = (str(self._programs / program), *words)
        return subprocess.run(words, capture_output=True, text=True, cwd=self.folder, **self._who)

    def start(self) -> None:
        """It runs, for as long as the process of the tests does: also where that is killed."""
        words = ["setpriv", "--pdeathsig", "QUIT", f"{self._programs}/postgres", "-D", "data", "-k", f"{self.folder}"]
        with (self.folder / "log").open("ab") as log:
            self._process = process = subprocess.Popen(
                [*words, *self._options], stdout=log, stderr=log, cwd=self.folder, **self._who
            )
        while self._ran("pg_isready", "-h", str(self.folder)).returncode:
            assert process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """It ends without a word, as by a crash."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def database(self, like: str | None = None, encoding: str = "UTF8") -> str:
        """The address of a database that is empty, or holds what another one does, which nobody has open."""
        name = f"a{next(_numbers)}"
        pattern = ["-T", urlsplit(like).path[1:] if like else "template0", "-E", encoding]
        self.run("createdb", "-h", str(self.folder), "-U", "agentflow", *pattern, name)
        return f"postgresql://agentflow@/{name}?host={self.folder}"


@contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """A server, for as long as it is used: where it is measured, one that flushes. Its socket's path must be short."""
    programs = found()
    assert programs is not None
    with tempfile.TemporaryDirectory(prefix="pg") as name:
        folder = Path(name)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        server = Server(programs, folder, durable=durable)
        server.run("initdb", "-D", "data", "-U", "agentflow", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        server.start()
        try:
            yield server
        finally:
            server.kill()
