"""A database that holds nothing yet, copied for each test: to create its tables takes five times as long.

`tests/store` makes its own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from agentflow.store.sqlite import SqliteStore

made = SqliteStore.opened
"""Opens or creates one as in earnest."""


async def _create(path: Path) -> None:
    store = await made(path)
    await store.close()


def _put(content: bytes, path: Path) -> None:
    if path.parent.is_dir() and not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.write_bytes(content)
        with suppress(FileExistsError):  # another process made one meanwhile
            os.link(draft, path)
        draft.unlink()


@contextmanager
def copied(folder: Path) -> Iterator[None]:
    """Where there is no database, the one that is opened is a copy of one that was made in the folder."""
    asyncio.run(_create(folder / "blank.db"))
    content = (folder / "blank.db").read_bytes()

    async def opened(path: Path) -> SqliteStore:
        _put(content, path)
        return await made(path)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SqliteStore, "opened", opened)
        yield
