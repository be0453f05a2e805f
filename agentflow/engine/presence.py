"""Which workers are alive, and how one is woken: a lock and a socket of each, in a folder beside the database.

The kernel frees a lock when its process dies, however it dies, so a takeover waits for no lease and reads no clock.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
import time
from collections.abc import Callable, Container
from pathlib import Path

from ..errors import StorageError

_YOUNG = 60.0
"""Seconds for which a lock without a row is left alone."""
_TICK = 50_000_000
"""Nanoseconds after which a folder that changes again has another time, however coarse the kernel's clock is."""
_LONGEST_SOCKET_PATH = 100
"""Bytes; the kernel's limit for the path of a Unix socket is 108. Beyond it workers poll."""


def folder(database: Path) -> Path:
    """Where the workers of a database keep their locks and sockets."""
    database = database.resolve()  # one database, one folder, however it is reached
    return database.with_name(database.name + "-workers")


class Presence:
    """One worker's lock, held until `leave` or death, and the socket that wakes it."""

    def __init__(self, database: Path, worker: str) -> None:
        self._folder = folder(database)
        self._lock = self._folder / f"{worker}.lock"
        self._socket_path = self._folder / f"{worker}.sock"
        self._socket: socket.socket | None = None
        self._descriptor = -1

    def enter(self, wake: Callable[[], None]) -> None:
        """Take the lock and listen: `wake` is called in the running loop when somebody rings."""
        try:
            self._folder.mkdir(exist_ok=True)
            self._descriptor = os.open(self._lock, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StorageError(f"{self._folder} must be writable for a worker's lock: {error}") from None
        if len(os.fsencode(self._socket_path)) <= _LONGEST_SOCKET_PATH:
            self._listen(wake)

    def _listen(self, wake: Callable[[], None]) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        self._socket.bind(str(self._socket_path))
        asyncio.get_running_loop().add_reader(self._socket, self._heard, wake)

    def _heard(self, wake: Callable[[], None]) -> None:
        assert self._socket is not None
        try:
            while self._socket.recv(16):
                continue
        except BlockingIOError:
            wake()

    def leave(self) -> None:
        """Give the lock back and take the files away."""
        if self._socket:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
        self._socket_path.unlink(missing_ok=True)
        self._lock.unlink(missing_ok=True)
        os.close(self._descriptor)


def alive(database: Path, worker: str) -> bool:
    """Whether a worker's lock is still held by its process."""
    try:
        descriptor = os.open(folder(database) / f"{worker}.lock", os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def clear(database: Path, worker: str) -> None:
    """Take away what a dead worker left behind."""
    for suffix in ("lock", "sock"):
        (folder(database) / f"{worker}.{suffix}").unlink(missing_ok=True)


def strays(database: Path, known: Container[str]) -> list[str]:
    """Dead workers that no row names: killed while they came or went. A young lock may be somebody who is coming."""
    old = time.time() - _YOUNG
    locks = [path for path in folder(database).glob("*.lock") if path.stem not in known and path.stat().st_mtime < old]
    return [path.stem for path in locks if not alive(database, path.stem)]


class Bells:
    """Wakes the workers of a database, but for one's own."""

    def __init__(self, database: Path, own: str = "") -> None:
        self._folder = folder(database)
        self._own = f"{own}.sock"
        self._others: list[str] = []
        self._listed_at = -1

    def ring(self) -> None:
        """One that is gone or busy is passed over: it also looks by itself."""
        for path in self._listed():
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bell:
                bell.setblocking(False)
                try:
                    bell.sendto(b"!", path)
                except OSError:
                    continue

    def _listed(self) -> list[str]:
        """The others' sockets; the folder is read again when it has changed."""
        try:
            changed = self._folder.stat().st_mtime_ns
        except FileNotFoundError:
            return []
        if changed != self._listed_at:
            self._others = [str(path) for path in self._folder.glob("*.sock") if path.name != self._own]
            young = time.time_ns() - changed < _TICK  # a second change in the same tick would leave no trace
            self._listed_at = -1 if young else changed
        return self._others
