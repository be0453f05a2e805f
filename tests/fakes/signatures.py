"""Tools that are defined anew for each test: what their type hints say is read once, which took half of what a house
takes to open."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from agentflow.tools import signature

read = signature.read
"""Reads one as in earnest."""


@contextmanager
def known() -> Iterator[None]:
    """The same `def` with the same defaults has the same signature, whatever it closes over."""
    seen: dict[int, tuple[object, object, signature.Signature]] = {}

    def remembered(function: Callable[..., Any], where: str, notes: Mapping[str, str]) -> signature.Signature:
        code, defaults = function.__code__, (function.__defaults__, function.__kwdefaults__)
        its_code, its_defaults, found = seen.get(id(code), (None, None, None))
        if found is None or its_code is not code or its_defaults != defaults:
            found = read(function, where, notes)
            seen[id(code)] = code, defaults, found
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(signature, "read", remembered)
        yield
