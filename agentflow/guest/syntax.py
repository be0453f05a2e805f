"""From text to tree: limits that keep parsing and compiling cheap, and syntax errors as problems."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from .trees import children, walk

BYTES = 64 * 1024
BRACKETS = 60
NODES = 8000
DEPTH = 60
INTEGER_BITS = 256
TEXT = 20_000
EXPONENT = 512
COPIES = 4 * NODES
"""Parts that the compiler may write: it writes the body of a `finally` once for each way into it."""
MOST = 100
"""Bad letters of one kind that are told."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_LINE_END = re.compile("[\x0c\x85\u2028\u2029]|\r(?!\n)")
"""What ends a line for some and not for others: numbers of lines must be the same for all who read a plan."""
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LETTERS = (
    (_CONTROL, "a control character or half a surrogate pair", "remove it, or use an escape"),
    (_LINE_END, "a character that only some take for the end of a line", "remove it, or use an escape"),
    (_BIDI, "an invisible character that changes the direction of text", "remove it"),
)
_BRACKET = re.compile(r"[\[\](){}]")
_SHORTER = "write a shorter plan: data belongs into the payload, or into a tool's result"
_SIMPLER = "split the expression, or move the inner part into a function of its own"


class Problem(NamedTuple):
    """One thing that a plan may not do: where (both from 1), what, and what to write instead."""

    line: int
    column: int
    message: str
    advice: str


def parse(source: str) -> tuple[ast.Module | None, list[Problem]]:
    """The tree of a source that is small and sane enough to look at, or the problems that it has."""
    problems = list(_text_problems(source))
    if problems:
        return None, problems
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return None, [syntax_problem(error)]
    problems = in_characters(source, [*_size_problems(tree)] or [*_part_problems(tree)])
    problems += _letter_problems(source)
    return (None, problems) if problems else (tree, [])


def syntax_problem(error: Exception) -> Problem:
    """What the parser or the compiler said, as a problem."""
    if isinstance(error, SyntaxError):
        message = f"invalid syntax: {error.msg}" if error.msg != "invalid syntax" else error.msg
        return Problem(error.lineno or 1, max(error.offset or 1, 1), message, "correct this line")
    if isinstance(error, MemoryError | RecursionError):
        return Problem(1, 1, "the plan is nested too deeply to be read", _SIMPLER)
    return Problem(1, 1, f"the plan cannot be read: {error}", "send plain Python source")


def at(node: ast.AST, message: str, advice: str) -> Problem:
    """A problem at a node of the tree."""
    return Problem(getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1, message, advice)


def in_characters(source: str, problems: Iterable[Problem]) -> list[Problem]:
    """Problems at nodes, with columns as people count them: `ast` counts bytes of UTF-8."""
    lines = source.encode().split(b"\n")
    return [one._replace(column=_characters(lines[one.line - 1], one.column - 1) + 1) for one in problems]


def _characters(line: bytes, size: int) -> int:
    return len(line[:size].decode(errors="ignore"))


def _text_problems(source: str) -> Iterator[Problem]:
    if len(source.encode(errors="replace")) > BYTES:
        yield Problem(1, 1, f"the plan is larger than {BYTES // 1024} kB", _SHORTER)
        return
    for kind, message, advice in _LETTERS:
        for found in islice(kind.finditer(source), MOST):
            yield _text_problem(source, found, message, advice)
    depth = 0
    for found in _BRACKET.finditer(source):
        depth += 1 if found[0] in "[({" else -1
        if depth > BRACKETS:
            yield _text_problem(source, found, f"brackets nested deeper than {BRACKETS}", _SIMPLER)
            return


def _text_problem(source: str, found: re.Match[str], message: str, advice: str) -> Problem:
    line = source.count("\n", 0, found.start()) + 1
    column = found.start() - (source.rfind("\n", 0, found.start()) + 1) + 1
    return Problem(line, column, message, advice)


def _size_problems(tree: ast.Module) -> Iterator[Problem]:
    count, level = 0, [*children(tree)]
    for _ in range(DEPTH):
        count += len(level)
        if count > NODES:
            yield Problem(1, 1, f"the plan has more than {NODES} parts", _SHORTER)
            return
        level = [child for node in level for child in children(node)]
    if level:
        deepest = next((node for node in level if isinstance(node, ast.expr | ast.stmt)), tree)
        yield at(deepest, f"nested deeper than {DEPTH} levels", _SIMPLER)


def _part_problems(tree: ast.Module) -> Iterator[Problem]:
    nodes = walk(tree)
    yield from _finally_problems(tree, [node for node in nodes if isinstance(node, ast.Try) and node.finalbody])
    yield from _constant_problems(nodes)


def _finally_problems(tree: ast.Module, last: list[ast.Try]) -> Iterator[Problem]:
    if last and _written(tree) > COPIES:
        yield at(last[0], "'finally' with too much in it, or too many ways into it", "call a function in 'finally'")


def _written(node: ast.AST) -> int:
    """How many parts the compiler writes for a node."""
    sizes = [(child, _written(child)) for child in children(node)]
    written = 1 + sum(size for _, size in sizes)
    if isinstance(node, ast.Try) and node.finalbody:
        ways = 1 + sum(isinstance(inner, ast.Return | ast.Break | ast.Continue) for inner in walk(node))
        last = set(node.finalbody)
        written += ways * sum(size for child, size in sizes if child in last)
    return written


def _constant_problems(nodes: Iterable[ast.AST]) -> Iterator[Problem]:
    for node in nodes:
        if isinstance(node, ast.Constant):
            if isinstance(node.value, int) and node.value.bit_length() > INTEGER_BITS:
                yield at(node, f"an integer of more than {INTEGER_BITS} bits", "use a smaller number, or a string")
            if isinstance(node.value, str | bytes) and len(node.value) > TEXT:
                yield at(node, f"a text of more than {TEXT} characters", _SHORTER)
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow | ast.LShift):
            power = node.right
            if isinstance(power, ast.Constant) and isinstance(power.value, int) and power.value > EXPONENT:
                yield at(node, f"an exponent above {EXPONENT}", "use a smaller number, or a float")


def _letter_problems(source: str) -> Iterator[Problem]:
    """The tree has names in normal form; people read the source, where other letters may look the same."""
    if source.isascii():
        return
    try:
        for token in tokens(source):
            if token.type == tokenize.NAME and not token.string.isascii():
                line, offset = token.start
                message = f"the name '{token.string}' has letters outside of ASCII"
                yield Problem(line, offset + 1, message, "use plain letters a-z in names")
    except tokenize.TokenError:  # the parser understands a backslash at the very end
        yield Problem(source.count("\n"), 1, "invalid syntax: the source ends with a backslash", "remove it")


def tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    """The words of a source, on the lines that the parser counts."""
    return tokenize.generate_tokens(io.StringIO(source, newline=None).readline)
