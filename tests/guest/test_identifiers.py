"""No name of a hook or of Python's inside gets past, in whatever position of the grammar it stands."""

from __future__ import annotations

import ast
import inspect
import re

import pytest
from RestrictedPython.transformer import INSPECT_ATTRIBUTES

from agentflow.guest.names import attribute_problem
from agentflow.guest.policy import transform

from .language import refusals
from .refused import parses

IDENTIFIERS = {
    ("AsyncFunctionDef", "name"): "async def NAME(): pass",
    ("Attribute", "attr"): "x.NAME",
    ("ClassDef", "name"): "class NAME: pass",
    ("ExceptHandler", "name"): "try: pass\nexcept ValueError as NAME: pass",
    ("FunctionDef", "name"): "def NAME(): pass",
    ("Global", "names"): "def f():\n global a, NAME",
    ("ImportFrom", "module"): "from json.NAME import dumps",
    ("MatchAs", "name"): "match x:\n case [NAME]: pass",
    ("MatchClass", "kwd_attrs"): "match x:\n case C(NAME=1): pass",
    ("MatchMapping", "rest"): "match x:\n case {**NAME}: pass",
    ("MatchStar", "name"): "match x:\n case [*NAME]: pass",
    ("Name", "id"): "NAME",
    ("Nonlocal", "names"): "def f():\n nonlocal a, NAME",
    ("ParamSpec", "name"): "def f[**NAME](): pass",
    ("TypeVar", "name"): "def f[NAME](): pass",
    ("TypeVarTuple", "name"): "def f[*NAME](): pass",
    ("alias", "asname"): "import json as NAME",
    ("alias", "name"): "from json import NAME",
    ("arg", "arg"): "def f(NAME, /): pass",
    ("keyword", "arg"): "f(NAME=1)",
}
MORE_POSITIONS = [
    "NAME = 1", "del NAME", "for NAME in x: pass", "[NAME for NAME in x]", "(NAME := 1)", "lambda NAME: 0",
    "lambda *NAME: 0", "def f(*NAME): pass", "def f(**NAME): pass", "def f(*, NAME): pass",
    "def f(a: NAME): pass", "def f() -> NAME: pass", "NAME: int = 1", "x: NAME = 1", "x.NAME = 1", "del x.NAME",
    "x.NAME += 1", "import NAME", "import json.NAME", "import NAME.x", "from json import dumps as NAME",
    "match x:\n case NAME.y: pass", "match x:\n case y.NAME: pass", "match x:\n case {y.NAME: 1}: pass",
    "match x:\n case NAME(): pass", "match x:\n case 1 as NAME: pass", "@NAME\ndef f(): pass",
    "class A(NAME): pass", "class A(x.NAME): pass", "f'{NAME}'", "f'{x.NAME}'", "f'{x:{NAME}}'",
    "async def f(a, *NAME): pass", "super().NAME", "(a, *NAME) = x",
]  # fmt: skip


def identifier_fields() -> set[tuple[str, str]]:
    """The raw-string fields of Python's own grammar, which `ast` keeps in the docstrings of its classes."""
    fields = set()
    for kind in vars(ast).values():
        if inspect.isclass(kind) and issubclass(kind, ast.AST) and (kind.__doc__ or "").startswith(f"{kind.__name__}("):
            fields |= {(kind.__name__, field) for field in re.findall(r"\bidentifier[?*]? (\w+)", kind.__doc__ or "")}
    return fields


def test_the_table_of_identifiers_is_the_grammars() -> None:
    newer = {("ParamSpec", "name"), ("TypeVar", "name"), ("TypeVarTuple", "name"), ("TypeAlias", "name")}
    assert identifier_fields() - newer == IDENTIFIERS.keys() - newer


@pytest.mark.parametrize("name", ["_getattr_", "_write_", "_types_", "__class__", "__import__", "_private", "ärger"])
@pytest.mark.parametrize("source", [row for row in [*IDENTIFIERS.values(), *MORE_POSITIONS] if parses(row)])
def test_hooks_and_underscores_are_refused_in_every_position_of_a_name(source: str, name: str) -> None:
    _, problems = transform(ast.parse(source.replace("NAME", name)))
    assert any(name in problem.message for problem in problems), problems


@pytest.mark.parametrize("name", sorted(INSPECT_ATTRIBUTES))
def test_parts_of_frames_are_refused(name: str) -> None:
    assert attribute_problem(name)
    assert refusals(f"x.{name}")


@pytest.mark.parametrize("source", ["ärger", "x.ärger", "def f(ärger): pass"])
def test_foreign_letters_are_refused_in_the_tree_too(source: str) -> None:
    assert "outside of ASCII" in transform(ast.parse(source))[1][0].message
