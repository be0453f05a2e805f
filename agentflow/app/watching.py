"""What `watch` gives: each change of a run or a goal, one after the other, or shown in its place as it changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import update_wrapper
from importlib import import_module
from typing import Concatenate, ParamSpec, TypeVar

from .looking import Handle

H = TypeVar("H", bound=Handle)
P = ParamSpec("P")
T = TypeVar("T")


class Watch(AsyncIterator[T]):
    """The changes of a run or a goal: `async for change in run.watch()`. It ends where nothing moves it any more.

    In a notebook, `await run.watch().show()` shows it instead, in one place that changes with it, and so does
    `run.watch()` as the last line of a cell, which does not wait. Where there is no notebook, each change is a line.
    """

    def __init__(self, handle: Handle, changes: AsyncIterator[T]) -> None:
        self.handle = handle
        """What is watched."""
        self._changes = changes
        self.showing: asyncio.Task[None] | None = None
        """What shows it while other cells run: the loop itself would let go of it."""

    async def __anext__(self) -> T:
        return await anext(self._changes)

    async def aclose(self) -> None:
        """Watch no longer."""
        await self._changes.aclose()  # type: ignore[attr-defined]  # they are made by a generator

    async def show(self) -> None:
        """Show it as it changes, until it ends or only a person can move it."""
        await import_module("agentflow.notebook.live").shown(self)

    def _ipython_display_(self) -> None:
        """How a notebook shows it: from now on, while other cells run."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no loop, no changes: IPython then shows what it is
            raise NotImplementedError from None
        self.showing = import_module("agentflow.notebook.live").shown_meanwhile(self, loop)


def watched(method: Callable[Concatenate[H, P], AsyncIterator[T]]) -> Callable[Concatenate[H, P], Watch[T]]:
    """Let a method that gives changes give them so that they can be shown, too."""

    def watch(self: H, /, *args: P.args, **kwargs: P.kwargs) -> Watch[T]:
        return Watch(self, method(self, *args, **kwargs))

    update_wrapper(watch, method)
    return watch
