"""Reads a Google-style docstring: the description, and what its `Args:` section says of each parameter."""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence

_HEADER = re.compile(r"(Args|Arguments|Parameters):\s*")
_ENTRY = re.compile(r"\*{0,2}(?P<name>\w+)\s*(\([^)]*\))?:\s*(?P<text>.*)")


def split(docstring: str | None) -> tuple[str, dict[str, str]]:
    """The text without its `Args:` section, and that section by parameter. What does not look like one stays text."""
    lines = inspect.cleandoc(docstring or "").splitlines()
    start = next((index for index, line in enumerate(lines) if _HEADER.fullmatch(line)), None)
    if start is None:
        return "\n".join(lines).strip(), {}
    end = next((index for index in range(start + 1, len(lines)) if _starts_text(lines[index])), len(lines))
    return "\n".join(lines[:start] + lines[end:]).strip(), _entries(lines[start + 1 : end])


def _starts_text(line: str) -> bool:
    return bool(line.strip()) and not line[0].isspace()


def _entries(lines: Sequence[str]) -> dict[str, str]:
    filled = [line for line in lines if line.strip()]
    margin = min((_indent(line) for line in filled), default=0)
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in filled:
        entry = _ENTRY.fullmatch(line.strip()) if _indent(line) == margin else None
        if entry:
            current = found.setdefault(entry["name"], [])
        current.append(entry["text"] if entry else line.strip())
    return {name: " ".join(parts).strip() for name, parts in found.items()}


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
