"""A house seen from beside: on connections of its own, from another loop. It only reads."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from ..records import Compiled, ToolSpec
from ..registry import Registry
from ..sandbox.local import ProcessSandbox
from ..store import Store
from .doors import Doors
from .house import House


@asynccontextmanager
async def beside(house: House, place: Path | str) -> AsyncIterator[Doors]:
    """The same house, opened at its place anew, without a worker, and without processes for the code of plans."""
    store = await Store.open(place)
    try:
        yield Doors(replace(house, store=store, registry=Registry(store), sandbox=_Nowhere()))
    finally:
        await store.close()


class _Nowhere(ProcessSandbox):
    """Of a plan that was never drawn, nothing is drawn where somebody only looks."""

    async def compile(self, source: str, tools: Sequence[ToolSpec] | None) -> Compiled:
        return Compiled((), None, None)
