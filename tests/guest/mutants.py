"""Makes sources that nobody would write: the rows of the tables, crossed with each other, and nasty names put in."""

from __future__ import annotations

import ast
from random import Random

from agentflow.guest.trees import copy

from .accepted import ACCEPTED
from .refused import REFUSED

_NASTY = """_getattr_ _write_ _types_ _limits_ __class__ __dict__ __globals__ __builtins__ __import__ __subclasses__
    __init__ __getattr__ __del__ __mro_entries__ format send obj register evaluate metadata gi_frame tb_frame
    cr_frame f_globals mro throw with_traceback format_map _private ärger super x result json Exception
    BaseException object"""
NASTY = _NASTY.split()
SORTS = (ast.expr, ast.stmt, ast.pattern)


ROWS = [ast.parse(source) for source in (*ACCEPTED.values(), *(row[0] for row in REFUSED.values()))]


def mutant(random: Random) -> str:
    """A row with some of its parts exchanged for parts of other rows, and some of its names for nasty ones."""
    tree = copy(random.choice(ROWS))
    for _ in range(random.randint(1, 6)):
        _exchange(random, tree, random.choice(ROWS))
    for _ in range(random.randint(0, 4)):
        _rename(random, tree)
    return ast.unparse(ast.fix_missing_locations(tree))


def _exchange(random: Random, tree: ast.AST, other: ast.AST) -> None:
    """Put a part of the other tree in the place of one of the same sort."""
    places = [
        (node, field, at, value)
        for node in ast.walk(tree)
        if not isinstance(node, ast.JoinedStr)  # its parts cannot be anything
        for field, held in ast.iter_fields(node)
        for at, value in enumerate(held if isinstance(held, list) else [held])
        if isinstance(value, SORTS)
    ]
    node, field, at, value = random.choice(places)
    sort = next(sort for sort in SORTS if isinstance(value, sort))
    parts = [part for part in ast.walk(other) if isinstance(part, sort)]
    if not parts:
        return
    if isinstance(held := getattr(node, field), list):
        held[at] = copy(random.choice(parts))
    else:
        setattr(node, field, copy(random.choice(parts)))


def _rename(random: Random, tree: ast.AST) -> None:
    """Give one node another name, whatever its name is for."""
    fields = [
        (node, field)
        for node in ast.walk(tree)
        for field, value in ast.iter_fields(node)
        if isinstance(value, str) and not isinstance(node, ast.Constant)
    ]
    if fields:
        node, field = random.choice(fields)
        setattr(node, field, random.choice(NASTY))
