"""Values as they cross borders: JSON, with tags for the few kinds of data that JSON lacks."""

from __future__ import annotations

import base64
import enum
import hashlib
import math
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from json.encoder import c_make_encoder, encode_basestring  # type: ignore[attr-defined]
from typing import Any

Json = Any

DEPTH = 64
"""Levels of lists and dicts that a value may have."""
BITS = 4096
"""Bits of the largest integer."""
POWERS = 6144
"""Powers of ten of the largest and the smallest Decimal, and digits of the longest: whoever makes an integer of one
needs memory and time for all of them, and a few letters can ask for a thousand million."""

_INSTEAD: tuple[tuple[type, str, str], ...] = (
    (enum.Enum, "an enum member", "use its .value"),
    (set, "a set", "use a sorted list"),
    (frozenset, "a frozenset", "use a sorted list"),
    (date, "a date", "use its .isoformat()"),
    (timedelta, "a timedelta", "use its .total_seconds()"),
)


class ValueNotJson(ValueError):
    """A value cannot be stored or sent; the message says where it is and what to use."""


def encode(value: Any) -> Json:
    """The JSON that stands for a value. Tuples become lists; what JSON and the tags cannot say is refused."""
    try:
        return _encode_plain(value, 0)
    except ValueNotJson:
        return _encode(value, "$", 0)


def decode(document: Json) -> Any:
    """The value that a JSON document stands for, as a fresh copy."""
    try:
        return _decode_plain(document, 0)
    except ValueNotJson:
        return _decode(document, "$", 0)


def compact(document: Json) -> str:
    """The JSON text of a document, as it goes into a frame: no spaces, keys as they come."""
    return "".join(_TEXTS(document, 0))


def canonical(document: Json) -> str:
    """The one text of a JSON document: sorted keys, no spaces."""
    return "".join(_CANON(document, 0))


def digest(document: Json) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(canonical(document).encode()).hexdigest()


def _encode_plain(value: Any, depth: int) -> Json:
    """The fast way: it keeps no place and runs no code of a plan. What it refuses is looked at again with `_encode`."""
    kind = type(value)
    if depth > DEPTH:
        raise ValueNotJson
    if kind is dict:
        document = {}
        for key, item in value.items():
            if type(key) is not str or not key.isascii():
                raise ValueNotJson
            document[key] = _encode_plain(item, depth + 1)
        return {"$dict": document} if len(document) == 1 and _looks_tagged(document) else document
    if kind is list or kind is tuple:
        return [_encode_plain(item, depth + 1) for item in value]
    scalar = _SCALARS.get(kind)
    if scalar is None:
        raise ValueNotJson
    return scalar(value, "$")


def _encode(value: Any, at: str, depth: int) -> Json:
    if depth > DEPTH:
        raise ValueNotJson(f"{at}: nested deeper than {DEPTH} levels; make it flatter")
    scalar = _SCALARS.get(type(value))
    if scalar is not None:
        return scalar(value, at)
    if isinstance(value, enum.Enum):
        raise _refusal(value, at)
    if isinstance(value, dict):
        return _encode_dict(value, at, depth)
    if isinstance(value, list | tuple):
        return [_encode(item, f"{at}[{n}]", depth + 1) for n, item in enumerate(value)]
    if isinstance(value, datetime):
        return {"$datetime": datetime.isoformat(value)}
    raise _refusal(value, at)


def _encode_dict(value: dict[Any, Any], at: str, depth: int) -> Json:
    document = {}
    for key, item in dict.items(value):
        if type(key) is not str:
            raise ValueNotJson(f"{at}: the key {key!r:.40} is not a string; use str(key)")
        document[_text(key, at)] = _encode(item, f"{at}.{key}", depth + 1)
    return {"$dict": document} if _looks_tagged(document) else document


def _looks_tagged(document: Mapping[str, Any]) -> bool:
    return len(document) == 1 and next(iter(document)).startswith("$")


def _refusal(value: Any, at: str) -> ValueNotJson:
    for kind, name, instead in _INSTEAD:
        if isinstance(value, kind):
            return ValueNotJson(f"{at}: {name} is not JSON; {instead}")
    name = f"an object of class {type(value).__name__}"
    return ValueNotJson(f"{at}: {name} is not JSON; use a dict, list, string, number, bool or None")


def _same(value: Any, _at: str) -> Json:
    return value


def _text(value: str, at: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueNotJson(f"{at}: a string with half a surrogate pair is not JSON; remove it") from None
    return value


def _integer(value: int, at: str) -> int:
    if value.bit_length() > BITS:
        raise ValueNotJson(f"{at}: an integer of more than {BITS} bits; use a string")
    return value


def _number(value: float, at: str) -> float:
    if not math.isfinite(value):
        raise ValueNotJson(f"{at}: {value} is not JSON; use None or a string")
    return value


def _decimal(value: Decimal, at: str) -> Json:
    if not value.is_finite():
        raise ValueNotJson(f"{at}: Decimal {value} is not JSON; use None or a string")
    text = str(value)
    if abs(value.adjusted()) > POWERS or len(text) > POWERS:
        raise ValueNotJson(f"{at}: a Decimal beyond 1E+{POWERS} or 1E-{POWERS}, or of more digits; use a string")
    return {"$decimal": text}


def _bytes(value: bytes, _at: str) -> Json:
    return {"$bytes": base64.b64encode(value).decode()}


_SCALARS: Mapping[type, Callable[[Any, str], Json]] = {
    type(None): _same,
    bool: _same,
    int: _integer,
    float: _number,
    str: _text,
    Decimal: _decimal,
    bytes: _bytes,
}


def _decode_plain(document: Json, depth: int) -> Any:
    """The fast way: it keeps no place. What it refuses is looked at again with `_decode`."""
    if isinstance(document, dict):
        if depth > DEPTH:
            raise ValueNotJson
        if len(document) == 1 and _looks_tagged(document):
            return _untag(*next(iter(document.items())), "$", depth)
        return {
            key: _decode_plain(item, depth + 1) if isinstance(item, dict | list) else item
            for key, item in document.items()
        }
    if isinstance(document, list):
        if depth > DEPTH:
            raise ValueNotJson
        return [_decode_plain(item, depth + 1) for item in document]
    return document


def _decode(document: Json, at: str, depth: int) -> Any:
    if depth > DEPTH + 1:
        raise ValueNotJson(f"{at}: nested deeper than {DEPTH} levels")
    if isinstance(document, list):
        return [_decode(item, f"{at}[{n}]", depth + 1) for n, item in enumerate(document)]
    if not isinstance(document, dict):
        return document
    if _looks_tagged(document):
        return _untag(*next(iter(document.items())), at, depth)
    return _decode_dict(document, at, depth)


def _decode_dict(document: dict[str, Json], at: str, depth: int) -> dict[str, Any]:
    return {key: _decode(item, f"{at}.{key}", depth + 1) for key, item in document.items()}


def _untag(tag: str, content: Json, at: str, depth: int) -> Any:
    if tag == "$dict" and isinstance(content, dict):
        return _decode_dict(content, at, depth)
    read = _TAGS.get(tag)
    if read is None or not isinstance(content, str):
        raise ValueNotJson(
            f"{at}: {tag} is no tag of a value; write {{'$dict': {{...}}}} around a dict with such a key"
        )
    try:
        return read(content)
    except (ValueError, ArithmeticError) as error:
        raise ValueNotJson(f"{at}: {content!r:.40} cannot be read as {tag}") from error


def _read_bytes(content: str) -> bytes:
    return base64.b64decode(content, validate=True)


def _read_decimal(content: str) -> Decimal:
    value = Decimal(content if len(content) <= POWERS else "nan")
    if not value.is_finite() or abs(value.adjusted()) > POWERS:
        raise ValueError("no number that a value may hold")
    return value


_TAGS: Mapping[str, Callable[[str], Any]] = {
    "$datetime": datetime.fromisoformat,
    "$decimal": _read_decimal,
    "$bytes": _read_bytes,
}


_TEXTS = c_make_encoder(None, None, encode_basestring, None, ":", ",", False, False, False)
_CANON = c_make_encoder(None, None, encode_basestring, None, ":", ",", True, False, False)
"""What `json.JSONEncoder` makes anew for each document, which takes longer than most documents do."""
