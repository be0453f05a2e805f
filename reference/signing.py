"""Signatures as people write them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

WIDEST = 96


def signature(name: str, function: Callable[..., Any], *, stands: dict[str, str] | None = None) -> str:
    """A function with its parameters, in one line where it fits. `stands` has the text for defaults that are marks."""
    found = inspect.signature(function)
    parameters = [one for one in found.parameters.values() if one.name not in {"self", "cls"}]
    words = _words(parameters, stands or {})
    gives = "" if found.return_annotation in {inspect.Signature.empty, "None"} else f" -> {_type(found)}"
    line = f"{name}({', '.join(words)}){gives}"
    if len(line) <= WIDEST:
        return line
    return f"{name}(\n" + "".join(f"    {word},\n" for word in words) + f"){gives}"


def _type(found: inspect.Signature) -> str:
    told = found.return_annotation
    return told if isinstance(told, str) else getattr(told, "__name__", str(told))


def _words(parameters: list[inspect.Parameter], stands: dict[str, str]) -> list[str]:
    words: list[str] = []
    keyword = False
    for one in parameters:
        if one.kind is one.KEYWORD_ONLY and not keyword:
            words.append("*")
        keyword = keyword or one.kind in {one.KEYWORD_ONLY, one.VAR_POSITIONAL}
        words.append(_word(one, stands))
    return words


def _word(one: inspect.Parameter, stands: dict[str, str]) -> str:
    star = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
    kind = "" if one.annotation is one.empty else f": {one.annotation}"
    if one.name in stands:
        return f"{one.name}{stands[one.name]}"
    if one.default is one.empty:
        return f"{star}{one.name}{kind}"
    shown = getattr(one.default, "__name__", None) or repr(one.default)
    return f"{one.name}{kind}{' = ' if kind else '='}{shown}"
