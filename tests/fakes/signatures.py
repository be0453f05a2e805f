"""Tools that are defined anew for each test: what their type hints say is read once, which took half of what a house
takes to open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, get_type_hints

import pytest

from agentflow.tools import signature

read = signature.read
"""Reads one as in earnest."""


@contextmanager
def known() -> Iterator[None]:
    """The same `def` with the same types and defaults has the same signature, whatever it closes over."""
    seen: dict[tuple[object, str], tuple[object, signature.Signature]] = {}

    def remembered(function: Callable[..., Any], where: str, notes: Mapping[str, str]) -> signature.Signature:
        try:
            types = get_type_hints(function, include_extras=True)
        except Exception:  # noqa: BLE001  # whatever it is, it is said in earnest
            return read(function, where, notes)
        key = (function.__code__, repr(function.__annotations__))
        values = (types, function.__defaults__, function.__kwdefaults__)
        before, found = seen.get(key, (None, None))
        if found is None or before != values:
            found = read(function, where, notes)
            seen[key] = values, found
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signature, "read", remembered)
        yield
