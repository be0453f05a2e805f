"""What stands in a source beside its code: the sentences below a class's fields, and the docstrings as paragraphs."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from itertools import pairwise


def notes(kind: type) -> dict[str, str]:
    """Of each field of a class that has a text below it, that text. Several fields may share one below the last."""
    [found] = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(found, ast.ClassDef)
    return dict(_notes(found.body))


def _notes(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            assert isinstance(below.value, ast.Constant)
            yield field.target.id, flat(str(below.value.value))


def flat(text: str) -> str:
    """A text in one line."""
    return " ".join(text.split())


def told(what: object) -> str:
    """The docstring of something, as Markdown: its paragraphs and blocks as they stand."""
    return inspect.cleandoc(what.__doc__) if what.__doc__ else ""


def code(text: str) -> str:
    """A text as code for a cell of a table, where a bar needs no escape."""
    return f"`{flat(text)}`"


def cell(text: str) -> str:
    """A text for a cell of a table."""
    return re.sub(r"(?<!\\)\|", r"\\|", flat(text))
