"""What is wrong with the keys of a file, in one line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


def one_line(error: ValidationError, known: Sequence[str]) -> str:
    """The first complaint with its key, and how many there are beside it; `known` are the keys that it may mean."""
    first, *others = error.errors(include_url=False)
    more = f" (and {len(others)} more)" if others else ""
    place = ".".join(map(str, first["loc"])) or "the file"
    return f"{place}: {_complaint(first, known)}{more}"


def keys(*tables: type[BaseModel]) -> list[str]:
    """Those that stand in such tables, as they are written."""
    return sorted({field.alias or name for table in tables for name, field in table.model_fields.items()})


def near(name: str, known: Iterable[str]) -> str:
    """A name that nobody knows, and the one that it was meant to be."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"{name!r}; did you mean {close[0]!r}?" if close else f"{name!r}"


def _complaint(detail: ErrorDetails, known: Sequence[str]) -> str:
    match detail["type"]:
        case "extra_forbidden":
            return f"no such key {near(str(detail['loc'][-1]), known)}"
        case "missing":
            return "is missing; it must be given"
        case "value_error":
            return str(detail["ctx"]["error"])
    return detail["msg"][0].lower() + detail["msg"][1:]
