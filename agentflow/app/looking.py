"""Looks at a house without awaiting it: what a notebook shows is asked for while the house's own loop stands still.

Such a question is asked beside the house: on another thread's loop, of the same database, as the same principal. What
is opened for that is opened when something is shown first, and closed with the house.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from ..errors import UsageError
from ..records import Principal
from ..records.shown import Shown
from .portal import Portal

if TYPE_CHECKING:
    from .doors import Doors
    from .house import House

T = TypeVar("T")

PATIENCE = 5.0
"""Seconds after which what is shown is what was known before."""
_OPEN: WeakSet[Looker] = WeakSet()


class Looker:
    """Asks an open house; `opening` gives what of it can be asked from another loop. `db` or `url` is what commands
    must be told to find it, where they must."""

    def __init__(
        self,
        opening: Callable[[], AbstractAsyncContextManager[Doors]],
        *,
        db: Path | str | None = None,
        url: str | None = None,
    ) -> None:
        self.db = db
        self.url = url
        self.home: asyncio.AbstractEventLoop | None = None
        """Where the house itself lives, once it is open."""
        self._opening = opening
        self._opened: Doors | None = None
        self._last = AsyncExitStack()
        self._portal: Portal | None = None
        self._closed = False
        self._turn = RLock()
        _OPEN.add(self)

    def look(self, ask: Callable[[Doors], Coroutine[Any, Any, T]], who: Principal | None = None) -> T:
        """What is answered, as this principal or as the house's own. Raises what the verbs raise, and `TimeoutError`;
        `UsageError` where the house is closed."""
        with self._turn:
            if self._closed:
                raise UsageError("its AgentFlow is closed")
            self._portal = self._portal or Portal("agentflow-looker")
            return self._portal.call(self._asked(ask, who), PATIENCE)

    def act(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Have something done where the house lives, and wait for nothing."""
        if self._closed or self.home is None:
            work.close()
            raise UsageError("it is closed: open it again")
        return asyncio.run_coroutine_threadsafe(work, self.home)

    def close(self) -> None:
        """Nothing can be asked any more."""
        with self._turn:
            _OPEN.discard(self)
            self._closed = True
            if self._portal is not None:
                self._portal.call(self._last.aclose())
                self._portal.close()

    async def _asked(self, ask: Callable[[Doors], Coroutine[Any, Any, T]], who: Principal | None) -> T:
        if self._opened is None:
            self._opened = await self._last.enter_async_context(self._opening())
        return await ask(self._opened if who is None else self._opened.acting_as(who))


def anywhere() -> Sequence[Looker]:
    """Those of the houses that are open in this process: a record does not know from which it is."""
    return [*_OPEN]


class Handle(Shown):
    """What has verbs of its own in a house, and shows itself as it is now."""

    _house: House

    def __repr__(self) -> str:
        record = vars(self)["record"]
        return f"<{type(self).__name__} {getattr(record, 'name', record.id)}>"

    @property
    def _asks(self) -> tuple[Looker, Principal | None]:
        """Where it is looked at, and as whom."""
        return self._house.looker, self._house.principal
