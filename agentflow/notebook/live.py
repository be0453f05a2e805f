"""A run or a goal as it changes, shown in one place of a notebook; elsewhere each change is a line."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import Any

from ..app.watching import Watch
from ..cli.session import stdout
from ..errors import AgentFlowError
from ..records.shown import Shown
from . import bundle
from .page import in_notebook

PAUSE = 0.1
"""Seconds between two pictures."""
SHARE = 3
"""A picture is followed by a pause of so many times what it took: most of the time is for others."""


async def shown(watch: Watch[Any], place: Place | None = None) -> None:
    """Show it until the watch ends. The house goes on meanwhile, also where it lives on this loop."""
    place = place or Place()
    async for change in watch:
        began = time.monotonic()
        place.show(change, await asyncio.to_thread(bundle, watch.handle))
        await asyncio.sleep(pause(time.monotonic() - began))


def shown_meanwhile(watch: Watch[Any], loop: asyncio.AbstractEventLoop) -> asyncio.Task[None]:
    """Show it now, where it stands, and there on and on while other things are done."""
    place = Place()
    place.show(watch.handle, bundle(watch.handle))
    return loop.create_task(_shown_or_told(watch, place), name="watch")


async def _shown_or_told(watch: Watch[Any], place: Place) -> None:
    try:
        await shown(watch, place)
    except AgentFlowError as error:  # nobody waits for this who could hear of it
        place.end(await asyncio.to_thread(bundle, watch.handle), error)


def shown_as_line(changes: Iterable[Any], handle: Shown) -> None:
    """As `shown_waiting`, where it is the last line of a cell: of a house that is closed, one line says so."""
    place = Place()
    try:
        shown_waiting(changes, handle, place)
    except AgentFlowError as error:
        place.end(bundle(handle), error)


def shown_waiting(changes: Iterable[Any], handle: Shown, place: Place | None = None) -> None:
    """The same for whoever cannot await."""
    place = place or Place()
    for change in changes:
        began = time.monotonic()
        place.show(change, bundle(handle))
        time.sleep(pause(time.monotonic() - began))


def pause(took: float) -> float:
    """Seconds until the next picture may be made."""
    return max(PAUSE, SHARE * took)


class Place:
    """Where something is shown: there is one in a notebook, which shows what came last."""

    def __init__(self) -> None:
        self._display: Any = None
        self._status = ""

    def show(self, change: Any, bundle: dict[str, Any]) -> None:
        """Show what it is now."""
        if not in_notebook():
            self._line(f"{change.id} {change.status}")
        elif self._display is None:
            from IPython.display import display

            self._display = display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self._display.update(bundle, raw=True)

    def end(self, bundle: dict[str, Any], error: AgentFlowError) -> None:
        """Nothing more comes, since this is in the way: what is shown of it says so as well."""
        if in_notebook():
            self.show(None, bundle)
        else:
            self._line(str(error))

    def _line(self, line: str) -> None:
        if line != self._status:
            self._status = line
            stdout().print(line, soft_wrap=True)
