from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, NamedTuple, Protocol, TypedDict, TypeVar, cast

from agentflow import Event, Step, Workflow, tools

T = TypeVar("T")
Level = Literal["low", "fine"]
LOW: Final = 20


class Row(TypedDict):
    sku: str
    count: int


class Point(NamedTuple):
    sku: str
    count: int = 0

    def level(self) -> Level:
        return "low" if self.count < LOW else "fine"


class Named(Protocol):
    sku: str


class Box:
    def __init__(self, items: list[T] | None = None) -> None:
        self.items: list[T] = items or []

    def put(self, item: T) -> Box[T]:
        self.items.append(item)
        return self

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


def first(things: Mapping[str, T], check: Callable[[T], bool], /, *, default: T | None = None) -> T | None:
    return next((thing for thing in things.values() if check(thing)), default)


class TypedRows(Workflow):
    """The levels of some articles, with types on everything."""

    names: list[str]

    async def run(self, event: Event, step: Step) -> dict[str, Any]:
        box: Box[Point] = Box()
        self.names = cast("list[str]", event.payload["skus"])
        for sku in self.names:
            row: Row = await step.do(f"level of {sku}", tools.stock.level(sku=sku))
            box.put(Point(**row))
        by_name: dict[str, Point] = {point.sku: point for point in box}
        low: Point | None = first(by_name, lambda point: point.level() == "low", default=Point("none"))
        sku, count = low
        return {"low": sku, "count": count, "n": len(box), "fields": list(low)}
