"""The SQL files as dictionaries: every statement stands under a `-- name:` heading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources

_HEADING = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements(file: str) -> Mapping[str, str]:
    """Name -> statement, of one of the SQL files in this folder."""
    text = resources.files(__package__).joinpath(file).read_text("utf-8")
    _, *parts = _HEADING.split(text)
    names, bodies = parts[::2], parts[1::2]
    return {name: _without_comments(body) for name, body in zip(names, bodies, strict=True)}


def _without_comments(body: str) -> str:
    lines = (line.split(" -- ")[0] for line in body.splitlines() if not line.startswith("--"))
    return "\n".join(lines).strip()
