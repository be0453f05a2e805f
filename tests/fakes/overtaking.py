"""Of two who act at the same moment: one has read what there is, the other acts, and only then the first one writes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

import pytest

from agentflow.store import Row, Store, Write


def meanwhile(store: Store, act: Callable[[], Awaitable[object]], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever writes next is overtaken by this."""
    write = store.write

    async def overtaken(writes: Sequence[Write]) -> list[list[Row]]:
        monkeypatch.setattr(store, "write", write)
        await act()
        return await write(writes)

    monkeypatch.setattr(store, "write", overtaken)
