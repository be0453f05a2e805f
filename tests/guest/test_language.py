"""The language of plans: each kind of syntax runs as in Python, or is refused with what to write instead."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

import pytest

from agentflow.guest.policy import build, transform

from .accepted import ACCEPTED
from .language import Step, as_plan, as_python, refusals
from .refused import REFUSED
from .test_identifiers import IDENTIFIERS

NEVER_ACCEPTED = {
    "AsyncFor": "a plan has no asynchronous iterators",
    "Global": "what a module holds is constant",
    "Interpolation": "template strings hand objects on that format themselves",
    "ParamSpec": "type parameters are scopes of their own, for no use in a plan",
    "TemplateStr": "template strings hand objects on that format themselves",
    "TryStar": "nothing in a plan raises groups of errors",
    "TypeAlias": "type parameters are scopes of their own, for no use in a plan",
    "TypeVar": "type parameters are scopes of their own, for no use in a plan",
    "TypeVarTuple": "type parameters are scopes of their own, for no use in a plan",
    "With": "a plan has no context managers",
}
NEVER_REFUSED = {
    **dict.fromkeys(("Load", "Store", "Del"), "a context: what stands in it is looked at"),
    **dict.fromkeys(("And", "Or", "Not", "Invert", "UAdd", "USub"), "an operator: plain methods of its operands"),
    **dict.fromkeys(
        ("Add", "BitAnd", "BitOr", "BitXor", "Div", "FloorDiv", "MatMult", "Mod", "Mult", "Sub"), "the same"
    ),
    **dict.fromkeys(("RShift",), "the same; what makes numbers large is `**` and `<<`"),
    **dict.fromkeys(("Eq", "Gt", "GtE", "In", "Is", "IsNot", "Lt", "LtE", "NotEq", "NotIn"), "a comparison"),
    "MatchSingleton": "None, True or False",
    "Pass": "it does nothing",
}
TOO_LARGE = {"Constant": f"{2**256}", "Pow": "2 ** 513", "LShift": "1 << 513"}
"""Refused for their size, before the policy."""


@pytest.mark.parametrize("source", ACCEPTED.values(), ids=ACCEPTED)
def test_accepted_python_runs_as_in_python(source: str) -> None:
    assert repr(as_plan(source, step=Step())) == repr(as_python(source, step=Step()))


@pytest.mark.parametrize(("source", "message", "advice"), REFUSED.values(), ids=REFUSED)
def test_refused_python_is_told_what_to_write_instead(source: str, message: str, advice: str) -> None:
    told = refusals(source)
    assert any(message in problem and advice in repair for problem, repair in told), told


def kinds_of_syntax() -> set[str]:
    """The node classes that `ast.parse` can produce in this version of Python."""
    leaves = {kind for kind in vars(ast).values() if inspect.isclass(kind) and issubclass(kind, ast.AST)}
    leaves = {kind for kind in leaves if not kind.__subclasses__() and kind.__module__ == "ast"}
    old = "Num Str Bytes NameConstant Ellipsis Index ExtSlice Suite AugLoad AugStore Param"
    other_modes = "Expression Interactive FunctionType TypeIgnore"
    return {kind.__name__ for kind in leaves} - set(old.split()) - set(other_modes.split())


def parts() -> dict[tuple[str, str], tuple[str, int]]:
    """Each field of each kind of node that holds expressions, patterns or statements, and where the table has one."""
    found: dict[tuple[str, str], tuple[str, int]] = {}
    for row, source in ACCEPTED.items():
        for at, node in enumerate(ast.walk(ast.parse(source))):
            for field, value in ast.iter_fields(node):
                first = value[0] if isinstance(value, list) and value else value
                if isinstance(first, ast.expr | ast.pattern | ast.stmt):
                    found.setdefault((type(node).__name__, field), (row, at))
    return found


PARTS = parts()


def poisoned(row: str, at: int, field: str) -> ast.Module:
    """A row of the table with something refused in one part of one node."""
    tree = ast.parse(ACCEPTED[row])
    node = list(ast.walk(tree))[at]
    value = getattr(node, field)
    if isinstance(value, list):
        value[0] = poison(value[0])
    else:
        setattr(node, field, poison(value))
    return ast.fix_missing_locations(tree)


def poison(part: ast.AST) -> ast.AST:
    """Something refused, of the same sort."""
    refused = ast.Attribute(ast.Name("x", ast.Load()), "__poison__", ast.Load())
    if isinstance(part, ast.pattern):
        return ast.MatchValue(refused)
    return ast.Expr(refused) if isinstance(part, ast.stmt) else refused


@pytest.mark.parametrize(("kind", "field"), PARTS)
def test_no_kind_of_syntax_hides_one_of_its_parts_from_the_policy(kind: str, field: str) -> None:
    row, at = PARTS[kind, field]
    _, problems = transform(poisoned(row, at, field))
    assert any("__poison__" in problem.message for problem in problems), problems


def refused_kinds() -> Iterator[str]:
    """The kinds of syntax that a row of a table refuses: at their place, in a part, by a name, by their size."""
    for source, *_ in REFUSED.values():
        places = {(line, column) for line, column, *_ in build(source)[1]}
        for node in ast.walk(ast.parse(source)):
            if (getattr(node, "lineno", 0), getattr(node, "col_offset", 0) + 1) in places:
                yield type(node).__name__
    yield from (kind for kind, _ in PARTS.keys() | IDENTIFIERS.keys())
    yield from (kind for kind, source in TOO_LARGE.items() if build(source)[1])


def test_each_kind_of_syntax_has_a_row_that_is_accepted_and_one_that_is_refused() -> None:
    """Or a reason why there can be none. A new Python with new syntax fails here until somebody has read it."""
    accepted = {type(node).__name__ for source in ACCEPTED.values() for node in ast.walk(ast.parse(source))}
    here = kinds_of_syntax()
    assert here - accepted == NEVER_ACCEPTED.keys() & here
    assert here - set(refused_kinds()) == NEVER_REFUSED.keys() & here
