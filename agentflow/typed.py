"""JSON as people type it: the one document that a text is, read strictly, whatever is none said in a line."""

from __future__ import annotations

import json
import math

from .errors import UsageError
from .records import Json

_DIGITS = 1_000
_SHOWN = 20
"""Characters of a number or key that an error repeats."""
EXAMPLE = 'write it as in {"order_id": "17"}'


def document(text: str, what: str, advice: str = EXAMPLE) -> Json:
    """The one document that a text is. Whatever is none, or would be read as something else, is a `UsageError`."""
    try:
        return json.loads(
            text, parse_constant=_refuse, parse_float=_float, parse_int=_integer, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"{what} is not JSON: {where}: {error.msg}; {advice}") from None
    except RecursionError:
        raise UsageError(f"{what} is nested too deeply: make it flatter") from None
    except ValueError as error:
        raise UsageError(f"{what} cannot be taken: {error}") from None


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no JSON number; use null or a string")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {_shortened(digits)} is too large; use a string")
    return number


def _integer(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise ValueError(f"the number {_shortened(digits)} has more than {_DIGITS} digits; use a string")
    return int(digits)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    document = dict(pairs)
    if len(document) < len(pairs):
        twice = next(key for n, (key, _) in enumerate(pairs) if key in dict(pairs[:n]))
        raise ValueError(f"the key {_shortened(twice)!r} stands twice in one object; keep one of them")
    return document


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
