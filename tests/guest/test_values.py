"""Values: JSON with tags, the same after a journey, and a refusal that says where."""

from __future__ import annotations

import enum
import json
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentflow.guest import values
from agentflow.guest.values import DEPTH, ValueNotJson, canonical, decode, digest, encode

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.binary(max_size=20)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.datetimes(timezones=st.none() | st.just(UTC) | st.just(timezone(timedelta(hours=-5, minutes=-30)))).map(
        lambda moment: moment.replace(fold=0)
    )
)
KEYS = st.sampled_from(["$dict", "$datetime", "$", "a", ""]) | st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=20)


@given(VALUES)
def test_a_value_is_the_same_after_its_journey(value: Any) -> None:
    document = json.loads(json.dumps(encode(value), allow_nan=False))
    assert repr(decode(document)) == repr(value)


ODD = SCALARS | st.just(float("nan")) | st.just("\ud800") | st.just({1})


@given(st.recursive(ODD, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)))
def test_the_fast_way_and_the_one_that_keeps_the_place_agree(value: Any) -> None:
    def outcome(way: Callable[[], Any]) -> Any:
        try:
            return way()
        except ValueNotJson as error:
            return str(error)

    assert outcome(lambda: encode(value)) == outcome(lambda: values._encode(value, "$", 0))


class Pair(NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    ("value", "document"),
    [
        ((1, (2,)), [1, [2]]),
        (datetime(2026, 3, 1, 12, tzinfo=UTC), {"$datetime": "2026-03-01T12:00:00+00:00"}),
        (datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin")), {"$datetime": "2026-07-01T12:00:00+02:00"}),
        (datetime(2026, 3, 1), {"$datetime": "2026-03-01T00:00:00"}),  # noqa: DTZ001 - a naive one
        (Decimal("1.20"), {"$decimal": "1.20"}),
        (b"\x00\xff", {"$bytes": "AP8="}),
        ({"$decimal": "1"}, {"$dict": {"$decimal": "1"}}),
        ({"$dict": {"$dict": 1}}, {"$dict": {"$dict": {"$dict": {"$dict": 1}}}}),
        ({"$a": 1, "b": 2}, {"$a": 1, "b": 2}),
        (Counter("aab"), {"a": 2, "b": 1}),
        (OrderedDict(b=1, a=Decimal(2)), {"b": 1, "a": {"$decimal": "2"}}),
        (Pair(1, 2), [1, 2]),
    ],
)
def test_how_a_value_is_written(value: Any, document: Any) -> None:
    assert encode(value) == document
    assert list(encode(value)) == list(document)


class Color(enum.StrEnum):
    RED = "red"


@dataclass
class Order:
    id: str = "7"


def deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def endless() -> list[Any]:
    value: list[Any] = []
    value += [value, value]
    return value


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"items": [0, 1, 2, {"price": {1, 2}}]}, r"\$\.items\[3\]\.price: a set is not JSON; use a sorted list"),
        (frozenset(), r"\$: a frozenset is not JSON; use a sorted list"),
        (Order(), r"\$: an object of class Order is not JSON; use a dict"),
        ([Color.RED], r"\$\[0\]: an enum member is not JSON; use its \.value"),
        (date(2026, 1, 1), r"a date is not JSON; use its \.isoformat\(\)"),
        (timedelta(1), r"a timedelta is not JSON; use its \.total_seconds\(\)"),
        (float("nan"), r"nan is not JSON; use None or a string"),
        ({"x": float("-inf")}, r"\$\.x: -inf is not JSON"),
        (Decimal("NaN"), r"Decimal NaN is not JSON"),
        (Decimal("sNaN"), r"Decimal sNaN is not JSON"),
        (Decimal("1E+7000"), r"a Decimal beyond 1E\+6144 or 1E-6144, or of more digits; use a string"),
        (Decimal("0E-7000"), r"a Decimal beyond 1E\+6144"),
        (Decimal("1." + "1" * 7000), r"or of more digits"),
        ("\ud800", r"half a surrogate pair"),
        ({"\udfff": 1}, r"half a surrogate pair"),
        ({1: 2}, r"\$: the key 1 is not a string; use str\(key\)"),
        (1 << 5000, r"an integer of more than 4096 bits"),
        (deep(65), r"nested deeper than 64 levels"),
        (endless(), r"nested deeper than 64 levels"),
        (len, r"an object of class builtin_function_or_method"),
        (bytearray(), r"an object of class bytearray"),
    ],
)
def test_what_is_not_json_is_refused_and_told_where(value: Any, message: str) -> None:
    with pytest.raises(ValueNotJson, match=message):
        encode(value)


@pytest.mark.parametrize("text", ["1E+6144", "-1E-6144", "9" * 6144])
def test_a_decimal_may_be_as_large_as_its_kind_is_elsewhere(text: str) -> None:
    assert str(decode(encode(Decimal(text)))) == text


@pytest.mark.parametrize("levels", range(62, 68))
def test_dicts_may_be_as_deep_as_lists(levels: int) -> None:
    document: Any = 1
    for _ in range(levels):
        document = {"x": document}
    if levels <= DEPTH + 1:
        assert decode(document) == document
    else:
        with pytest.raises(ValueNotJson, match="nested deeper"):
            decode(document)


def test_the_deepest_value_makes_the_journey() -> None:
    deepest = [*deep(63), {"$bytes": b"x"}]
    assert decode(encode(deepest)) == deepest


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"$datetime": "noon"}, r"\$: 'noon' cannot be read as \$datetime"),
        ({"a": {"$decimal": "x"}}, r"\$\.a: 'x' cannot be read as \$decimal"),
        ([{"$bytes": "?"}], r"\$\[0\]: '\?' cannot be read as \$bytes"),
        ({"$decimal": 1}, r"\$decimal is no tag of a value"),
        ({"$decimal": "1E+7000"}, r"'1E\+7000' cannot be read as \$decimal"),
        ({"$decimal": "1" * 7000}, r"cannot be read as \$decimal"),
        ({"$decimal": "Infinity"}, r"cannot be read as \$decimal"),
        ({"$unknown": "x"}, r"\$unknown is no tag of a value; write \{'\$dict'"),
        ({"$dict": 1}, r"\$dict is no tag"),
        (deep(70), r"nested deeper"),
    ],
)
def test_a_document_that_stands_for_nothing_is_refused(document: Any, message: str) -> None:
    with pytest.raises(ValueNotJson, match=message):
        decode(document)


def test_decode_gives_a_fresh_copy() -> None:
    document = {"a": [1]}
    decode(document)["a"].append(2)
    assert document == {"a": [1]}


def test_canonical_text_does_not_depend_on_the_order_of_keys() -> None:
    assert canonical({"b": 1, "a": ["ü", None]}) == '{"a":["ü",null],"b":1}'
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    assert digest({}) == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


def test_an_object_with_tricks_is_stored_as_what_it_is() -> None:
    class Tricky(dict[str, int]):
        def items(self) -> Any:
            return [("a", object())]

    assert encode(Tricky(b=1)) == {"b": 1}
