"""What clients get beside the records themselves: parts of lists, and how a request finds the house."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request
from pydantic import BaseModel

from ..app.doors import Doors
from ..app.pages import Page

T = TypeVar("T")


Limit = Annotated[int, Query(ge=1, le=1_000)]
"""Entries that a part of a list may have."""


class Listed(BaseModel, Generic[T]):
    """A part of a list; `next` is the `cursor` of the part after it, null where nothing follows."""

    items: list[T]
    next: str | None = None


class Count(BaseModel):
    """How many runs it is about."""

    runs: int


class Sent(BaseModel):
    """What was made and stored: an event, or the goal for a new plan."""

    id: str


def listed(found: Iterable[T]) -> Listed[T]:
    """An answer with a list, or a part of one."""
    return Listed(items=list(found), next=found.next if isinstance(found, Page) else None)


async def _house(request: Request) -> Doors:
    """Async, although it waits for nothing: what is not is called in a thread, for each request."""
    flow: Doors = request.state.flow
    return flow


Flow = Annotated[Doors, Depends(_house)]
"""The house, as the one who asks may use it."""
