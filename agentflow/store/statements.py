"""The SQL files as dictionaries: every statement stands under a `-- name:` heading.

A heading that ends with `at once` is that of a query which finds its rows by an index and reads little else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

_HEADING = re.compile(r"^-- name: (\w+)(?:, at once)?$", re.MULTILINE)
_AT_ONCE = re.compile(r"^-- name: (\w+), at once$", re.MULTILINE)


@cache
def statements(file: str) -> Mapping[str, str]:
    """Name -> statement, of one of the SQL files in this folder."""
    text = _text(file)
    _, *parts = _HEADING.split(text)
    names, bodies = parts[::2], parts[1::2]
    return {name: _without_comments(body) for name, body in zip(names, bodies, strict=True)}


@cache
def at_once(file: str) -> frozenset[str]:
    """The names of the queries that take less time than a thread would."""
    return frozenset(_AT_ONCE.findall(_text(file)))


def quick(name: str, params: Mapping[str, Any]) -> bool:
    """Whether a query is such a one, with these parameters."""
    return name in at_once("queries.sql") and params.get("text") is None  # a text is looked for in every row


@cache
def tells(name: str) -> bool:
    """Whether a statement puts something into an inbox."""
    return "INTO inbox" in statements("queries.sql")[name]


def _text(file: str) -> str:
    return resources.files(__package__).joinpath(file).read_text("utf-8")


def _without_comments(body: str) -> str:
    lines = (line.split(" -- ")[0] for line in body.splitlines() if not line.startswith("--"))
    return "\n".join(lines).strip()
