from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from agentflow.errors import ToolError
from agentflow.tools.results import plain


class Colour(Enum):
    RED = "red"


class Shade(str):
    __slots__ = ()


class Moment(datetime):
    """As libraries have them."""


@dataclass
class Line:
    colour: Colour
    total: Decimal


class Bill(BaseModel):
    lines: list[Line]
    kind: str = Field(default="bill", serialization_alias="type")


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": (1, None, True, 2.5)}, {"a": [1, None, True, 2.5]}),
        (NOON, NOON),
        ([Moment(2026, 1, 2, 12, tzinfo=UTC)], [NOON]),
        ([Decimal("1.20"), b"x"], [Decimal("1.20"), b"x"]),
        (Colour.RED, "red"),
        (Shade("grey"), "grey"),
        (Line(Colour.RED, Decimal(1)), {"colour": "red", "total": Decimal(1)}),
        (
            Bill(lines=[Line(Colour.RED, Decimal(1))]),
            {"lines": [{"colour": "red", "total": Decimal(1)}], "type": "bill"},
        ),
        (MappingProxyType({Colour.RED: 1}), {"red": 1}),
        ([date(2026, 1, 2), time(12, 30)], ["2026-01-02", "12:30:00"]),
        (timedelta(days=1), "P1D"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (PurePosixPath("a/b"), "a/b"),
    ],
)
def test_models_and_records_become_plain_and_tagged_kinds_stay(value: Any, expected: Any) -> None:
    result = plain("x.y", value)
    assert result == expected
    assert type(result) is type(expected)


def endless() -> list[Any]:
    ring: list[Any] = []
    ring.append(ring)
    return ring


@pytest.mark.parametrize(
    ("value", "cause"),
    [
        ({"items": {1, 2}}, r"\$\.items: a set is not JSON; use a sorted list"),
        ([object()], r"\$\[0\]: an object of class object"),
        ({1: 2}, "key"),
        (float("nan"), "nan"),
        (Line, "class type"),
        (endless(), "it is nested too deeply"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_tool_and_place(value: Any, cause: str) -> None:
    with pytest.raises(ToolError, match=f"tool x.y returned what cannot be stored: .*{cause}"):
        plain("x.y", value)
