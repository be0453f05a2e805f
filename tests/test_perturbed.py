"""The order of things can be disturbed: without that, a night of tests would show nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

from agentflow.store import Store

from .fakes.perturbed import perturbed


async def test_of_those_who_ask_at_once_the_first_is_not_the_first_who_is_answered(tmp_path: Path) -> None:
    store, answered = await Store.open(tmp_path / "a.db"), list[int]()

    async def ask(number: int) -> None:
        await store.rows("workers")
        answered.append(number)

    with perturbed("7"):
        await asyncio.gather(*map(ask, range(20)))
    assert sorted(answered) == [*range(20)] != answered
    await store.close()
