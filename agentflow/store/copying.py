"""A consistent copy of a database that others are writing to, as one file that can be opened at once."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from ..errors import Conflict, StorageError, UsageError
from .health import schema_fault
from .sqlite import PATIENCE
from .statements import statements


def copy(source: Path, target: Path, now: float, *, force: bool = False) -> int:
    """Copy to a file that is not there yet, or with `force` in its place; its size in bytes.

    The copy belongs to no worker: what was in hand is due in it at once. Under `target` there is all of it or nothing.
    """
    _check(source, target, force=force)
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    os.close(descriptor)
    part = Path(name)
    try:
        _fill(source, part, now)
        shutil.copymode(source, part)
        _check(source, target, force=force)
        part.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise StorageError(f"{source} cannot be copied to {target}: {error}; nothing was left there") from None
    finally:
        part.unlink(missing_ok=True)
    _flush(target.parent)
    return target.stat().st_size


def _check(source: Path, target: Path, *, force: bool) -> None:
    if not target.parent.is_dir():
        raise UsageError(f"there is no folder {target.parent} for the copy: make it, or name another file")
    if target.is_dir():
        raise UsageError(f"{target} is a folder: name a file in it")
    if target.exists() and target.samefile(source):
        raise UsageError(f"{target} is the database itself: name another file for the copy")
    if target.exists() and not force:
        raise Conflict(f"there is a file {target} already: name another one, or replace it with --force")
    for suffix in ("-wal", "-journal"):
        if (journal := target.with_name(target.name + suffix)).exists():
            raise Conflict(f"{journal} belongs to a database that is open or was cut off: name another file")


def _fill(source: Path, part: Path, now: float) -> None:
    with closing(sqlite3.connect(source, timeout=PATIENCE)) as live, closing(sqlite3.connect(part)) as copied:
        if wrong := schema_fault(live):
            raise StorageError(f"{source} is not copied: {wrong}")
        live.backup(copied)
        [[found]] = copied.execute("PRAGMA quick_check(1)")
        if found != "ok":
            raise StorageError(f"{source} is not copied: SQLite finds it damaged: {found}; go back to an older backup")
        with copied:
            copied.execute(statements("queries.sql")["free_all"], {"now": now})
            copied.execute(statements("queries.sql")["delete_workers"])
        copied.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
    _flush(part)


def _flush(path: Path) -> None:
    """Let a file's content, or a folder's names, reach the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
