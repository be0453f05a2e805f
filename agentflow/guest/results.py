"""Values that leave a plan: encoded, and not too large."""

from __future__ import annotations

import json
from typing import Any

from .exceptions import UsageError, described
from .values import ValueNotJson, encode

LARGEST_RESULT = 1024 * 1024
"""Bytes of a result as JSON."""


def encoded(what: str, value: object) -> Any:
    """The JSON of a value; `what` names it in the error."""
    try:
        document = encode(value)
    except ValueNotJson as error:
        raise UsageError(f"{what}: {error}") from None
    size = len(json.dumps(document, ensure_ascii=False).encode())
    if size > LARGEST_RESULT:
        raise UsageError(
            f"{what} is {size} bytes of JSON ({described(value)}), and what leaves a plan may have 1 MiB, whatever"
            " result_bytes says: have a tool keep it, and hand on a reference"
        )
    return document
