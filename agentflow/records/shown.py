"""What shows itself in a notebook: records, handles and lists, each by the room `agentflow.notebook`."""

from __future__ import annotations

from collections.abc import Container
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")


class Shown:
    """Shows itself as HTML where that can be, and else as the commands show it. `repr` stays one line of Python."""

    __slots__ = ()

    def _repr_mimebundle_(
        self, include: Container[str] | None = None, exclude: Container[str] | None = None
    ) -> dict[str, Any]:
        """What Jupyter asks for. The room is found by its name, since it stands above all that it shows."""
        bundle: dict[str, Any] = import_module("agentflow.notebook").bundle(self)
        return {
            kind: said
            for kind, said in bundle.items()
            if (not include or kind in include) and not (exclude and kind in exclude)
        }


class Table(Shown):
    """What shows itself as a table."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython asks for: it has a form of its own for all lists, which it prefers to a bundle's text."""
        for number, line in enumerate(self._repr_mimebundle_({"text/plain"})["text/plain"].split("\n")):
            if number:
                printer.break_()
            printer.text(line)


class Listing(Table, list[T]):
    """A list that shows itself as a table."""

    __slots__ = ()


class Several(Table, tuple[T, ...]):
    """The same for what does not change."""

    __slots__ = ()
