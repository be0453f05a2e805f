"""What type hints become: schemas, and values of the hinted types."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from agentflow.errors import UsageError
from agentflow.tools import ToolContext
from agentflow.tools.signature import read


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Point:
    x: int
    y: int = 0


class Item(BaseModel):
    sku: str


def hinted(  # noqa: PLR0917
    text: str,
    when: datetime,
    amount: Decimal,
    blob: bytes,
    colour: Colour,
    point: Point,
    items: list[Item],
    note: Annotated[str, Field(description="its own words", max_length=5)] = "",
    kind: Literal["a", "b"] | None = None,
    schema: object = None,
    *,
    _tail: int = 3,
) -> Item:
    """Takes one of each kind."""
    return items[0]


GIVEN: dict[str, Any] = {
    "text": "t",
    "when": datetime(2026, 1, 2, tzinfo=UTC),
    "amount": "1.20",
    "blob": b"x",
    "colour": "red",
    "point": {"x": 1},
    "items": [{"sku": "s"}],
}


def test_the_schema_names_every_parameter_and_forbids_others() -> None:
    schema = read(hinted, "tool", {"text": "a note", "note": "not used", "ghost": "no such parameter"}).parameters
    assert schema["required"] == ["text", "when", "amount", "blob", "colour", "point", "items"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["text"] == {"type": "string", "description": "a note"}
    assert schema["properties"]["when"] == {"type": "string", "format": "date-time"}
    assert schema["properties"]["amount"]["format"] == "decimal"
    assert schema["properties"]["note"] == {
        "type": "string",
        "maxLength": 5,
        "default": "",
        "description": "its own words",
    }
    assert schema["properties"]["_tail"] == {"type": "integer", "default": 3}
    assert "title" not in schema
    assert "ghost" not in schema["properties"]


def test_accepted_arguments_have_the_hinted_types_and_the_defaults() -> None:
    values = read(hinted, "tool", {}).accept(GIVEN)
    assert values["amount"] == Decimal("1.20")
    assert values["colour"] is Colour.RED
    assert values["point"] == Point(1, 0)
    assert values["items"] == [Item(sku="s")]
    assert (values["note"], values["schema"], values["_tail"]) == ("", None, 3)


def test_what_does_not_fit_is_said_in_one_line_with_the_argument() -> None:
    with pytest.raises(
        ValueError, match=r"argument items\.0\.sku: Field required; argument more: Extra inputs"
    ) as caught:
        read(hinted, "tool", {}).accept({**GIVEN, "items": [{}], "more": 1})
    assert "\n" not in str(caught.value)


def test_the_result_has_a_schema_where_it_is_hinted() -> None:
    def unhinted(id: str):  # type: ignore[no-untyped-def]
        """Without a result type."""

    assert read(hinted, "tool", {}).returns["title"] == "Item"
    assert read(unhinted, "tool", {}).returns == {}


def test_the_context_is_no_argument() -> None:
    def wants(id: str, context: ToolContext) -> None: ...
    def may_want(id: str, context: ToolContext | None = None) -> None: ...

    for function in (wants, may_want):
        found = read(function, "tool", {})
        assert found.context == "context"
        assert list(found.parameters["properties"]) == ["id"]


def test_a_default_that_json_cannot_say_is_kept_for_the_function_alone() -> None:
    def tricky(shade: Any = object) -> None: ...

    found = read(tricky, "tool", {})
    assert found.parameters["properties"] == {"shade": {}}
    assert found.accept({}) == {"shade": object}


def no_hint(id) -> None: ...  # type: ignore[no-untyped-def]
def any_number(*ids: str) -> None: ...
def any_names(**ids: str) -> None: ...
def by_position(id: str, /) -> None: ...
def unknown(id: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821
def a_function(id: Callable[[], None]) -> None: ...
def a_strange_result(id: str) -> Callable[[], None]:
    raise NotImplementedError


def a_stranger(id: Stranger) -> None: ...


class Stranger:
    """A class that pydantic does not know."""


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (no_hint, "tool x.y: parameter 'id' has no type hint; write one, as in `id: str`"),
        (any_number, "tool x.y: parameter 'ids' cannot be given by name"),
        (any_names, "tool x.y: parameter 'ids' cannot be given by name"),
        (by_position, "tool x.y: parameter 'id' cannot be given by name"),
        (unknown, "tool x.y: a type hint cannot be read (name 'Nowhere' is not defined)"),
        (a_function, "tool x.y: parameter 'id' has a type that is no JSON"),
        (a_strange_result, "tool x.y: the result has a type that is no JSON"),
        (a_stranger, "tool x.y: parameter 'id' has a type that is no JSON"),
    ],
)
def test_a_function_that_cannot_be_a_tool_is_told_why(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(function, "tool x.y", {})
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
