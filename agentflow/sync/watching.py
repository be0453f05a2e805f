"""What `watch` gives to whoever cannot await: an iterator, which can be shown as it changes, too."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any, TypeVar

from ..app import watching
from ..app.portal import Portal
from .waiting import Waiting, each, stands_before

T = TypeVar("T")


@stands_before(watching.Watch)
class Watch(Waiting, Iterator[T]):
    """The changes of a run or a goal: `for change in run.watch()`. It ends where nothing moves it any more.

    In a notebook, `run.watch()` as the last line of a cell, or `run.watch().show()`, shows it instead, in a place that
    changes with it. Where there is no notebook, each change is a line.
    """

    def __init__(self, portal: Portal, there: Any) -> None:
        super().__init__(portal, there)
        self._changes = each(portal, there)

    def __next__(self) -> T:
        change: T = next(self._changes)
        return change

    def show(self) -> None:
        """Show it as it changes, until it ends or only a person can move it."""
        import_module("agentflow.notebook.live").shown_waiting(self, self._there.handle)

    def _ipython_display_(self) -> None:
        import_module("agentflow.notebook.live").shown_as_line(self, self._there.handle)
