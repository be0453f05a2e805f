"""Forms that are made from a schema, and what somebody filled in as a value."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from agentflow.errors import UsageError
from agentflow.guest.values import encode
from agentflow.page.forms import LINE, Form, form_of
from agentflow.records import Json

MONEY: Json = {"anyOf": [{"type": "number"}, {"type": "string"}], "format": "decimal"}
ORDER: Json = {
    "type": "object",
    "properties": {
        "order": {"type": "string", "description": "Which one."},
        "amount": MONEY,
        "pieces": {"type": "integer", "default": 1},
        "speed": {"enum": ["slow", 2]},
        "gift": {"type": "boolean"},
        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["order", "amount", "pieces", "speed", "gift", "tags"],
}
FILLED = {
    "order": "17", "amount": Decimal("49.90"), "pieces": 3, "speed": 2, "gift": False, "note": None, "tags": ["a"],
}  # fmt: skip


def order(start: dict[str, Any] = FILLED) -> Form:
    return form_of("a", "Arguments", ORDER, encode(start))


def left(form: Form) -> dict[str, str]:
    """What a browser sends where nobody has touched anything."""
    return {one.name: one.filled.replace("\n", "\r\n") for one in form.fields}


def test_an_object_has_a_field_for_each_of_its_keys_by_what_it_is() -> None:
    form = order()
    assert {one.name: one.kind for one in form.fields} == {
        "a.order": "line", "a.amount": "number", "a.pieces": "number", "a.speed": "choice", "a.gift": "choice",
        "a.note": "line", "a.tags": "json",
    }  # fmt: skip
    assert {one.label: one.filled for one in form.fields if one.kind != "json"} == {
        "order": "17", "amount": "49.90", "pieces": "3", "speed": "1", "gift": "1", "note": "",
    }  # fmt: skip
    assert (form.fields[0].hint, form.fields[5].required) == ("Which one.", False)
    assert form.fields[2].hint == "1 if it is left out."


@pytest.mark.parametrize(
    "value",
    [
        FILLED,
        {**FILLED, "order": "a\nb", "note": "seen"},
        {**FILLED, "amount": 5, "tags": []},
        {**FILLED, "order": datetime(2026, 1, 31, tzinfo=UTC), "amount": "49.90"},
        {**FILLED, "pieces": True, "speed": "warp"},
        {**FILLED, "unknown": 1},
    ],
)
def test_what_nobody_touches_stays_the_very_value(value: dict[str, Any]) -> None:
    form = order(value)
    read = form.value(left(form))
    assert encode(read) == encode(value)
    assert type(read["amount"]) is type(value["amount"])


def test_what_is_typed_becomes_a_value_of_its_kind() -> None:
    form = order()
    typed = {"a.order": "18", "a.amount": "12.50", "a.pieces": "4", "a.speed": "0", "a.gift": "0", "a.note": "so",
             "a.tags": '[{"$decimal": "1"}]'}  # fmt: skip
    read = form.value(typed)
    assert read == {
        "order": "18", "amount": Decimal("12.50"), "pieces": 4, "speed": "slow", "gift": True, "note": "so",
        "tags": [Decimal(1)],
    }  # fmt: skip
    assert isinstance(read["amount"], Decimal)
    assert form_of("v", "Answer", {"type": "number"}).value({"v": " 2.5 "}) == 2.5


def test_what_may_be_left_out_is_and_what_was_none_stays_so() -> None:
    form = form_of("a", "Arguments", {"type": "object", "properties": {"n": {"type": "integer"}, "t": {"enum": [1]}}})
    assert form.value({}) == {}
    assert order().value({**left(order()), "a.note": ""})["note"] is None
    said = order({**FILLED, "note": "x"})
    assert "note" not in said.value({**left(said), "a.note": ""})


BAD: list[tuple[Json, str, str]] = [
    ({"type": "integer"}, "many", "Answer: 'many' is no number"),
    ({"type": "number"}, "nan", "is no number"),
    (MONEY, "1e", "is no number"),
    ({"type": "integer"}, " ", "Answer is empty"),
    ({"enum": ["a"]}, "", "Answer is empty"),
    ({"enum": ["a"]}, "1", "none of the choices"),
    ({"enum": ["a"]}, "x", "none of the choices"),
    ({"type": "array"}, "[", "Answer is not JSON: line 1"),
    ({"type": "array"}, '{"$what": 1}', "Answer: .* is no tag of a value"),
    ({"type": "array"}, "", "Answer is empty"),
]


@pytest.mark.parametrize(("schema", "text", "why"), BAD)
def test_what_is_no_value_is_told_with_the_field_that_it_stands_in(schema: Json, text: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        form_of("v", "Answer", schema).value({"v": text})


@pytest.mark.parametrize(
    ("schema", "kind", "shown"),
    [
        ({"type": "string"}, "text", "text"),
        ({"type": "string", "maxLength": LINE}, "line", "text"),
        ({"type": "string", "format": "date"}, "line", "date"),
        ({"type": "string", "format": "email"}, "line", "email"),
        ({"type": "object"}, "json", "text"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, "json", "text"),
        ({}, "json", "text"),
        (True, "json", "text"),
    ],
)
def test_an_answer_has_one_field_by_what_it_may_be(schema: Json, kind: str, shown: str) -> None:
    [field] = form_of("v", "Answer", schema).fields
    assert (field.kind, field.input, field.filled) == (kind, shown, "")


def test_a_text_that_is_answered_may_be_empty_and_one_line_ends_as_people_end_lines() -> None:
    form = form_of("v", "Answer", {"type": "string"})
    assert form.value({"v": "a\r\nb"}) == "a\nb"
    assert form.value({"v": ""}) == ""
    assert form_of("v", "Answer", {"type": "string", "maxLength": 5}).value({}) == ""
    assert form_of("v", "Answer", {"anyOf": [{"type": "string"}, {"type": "null"}]}).value({}) is None


def test_what_was_typed_is_shown_again_and_a_choice_keeps_the_one_that_was_chosen() -> None:
    form = order().typed({"a.amount": "many", "a.speed": "0"})
    assert {one.label: one.filled for one in form.fields if one.label in ("amount", "speed", "order")} == {
        "order": "", "amount": "many", "speed": "0",
    }  # fmt: skip
    assert form.value({**left(order()), "a.pieces": "4"})["amount"] == Decimal("49.90")


def test_where_nothing_is_given_there_is_nothing_to_fill_in() -> None:
    form = form_of("v", "Its result", {"type": "null"})
    assert form.fields == ()
    assert form.typed({}).value({}) is None
