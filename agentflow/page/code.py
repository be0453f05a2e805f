"""Source on a page: lines whose words have a look, and what differs between two sources. Pure, and nothing is lost.

What cannot be taken apart, since it is no Python, is shown as it is. What does not show itself (a control character, a
mark that turns the reading direction) is shown by its number.
"""

from __future__ import annotations

import io
import keyword
import tokenize
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from ..comparing import blocks, lines
from ..records import Finding
from ..wording import visible


class Span(NamedTuple):
    """A part of a line, and its look: a class of `code.css`; empty where it has none."""

    text: str
    look: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a source."""

    number: int
    spans: tuple[Span, ...]
    marked: bool = False
    to: str | None = None
    """Where its number leads."""
    notes: tuple[Finding, ...] = ()
    """What was found in it."""


class DiffLine(NamedTuple):
    """A line of one of two sources, with its number there."""

    number: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class DiffBlock:
    """Lines that stand beside each other: the same in both, or what came in the place of what; or a gap."""

    kind: Literal["same", "changed", "gap"]
    old: tuple[DiffLine, ...] = ()
    new: tuple[DiffLine, ...] = ()
    left_out: int = 0
    """Of a gap: how many lines that are the same."""


def source_lines(
    source: str,
    marked: Collection[int] = (),
    to: Mapping[int, str] | None = None,
    findings: Sequence[Finding] = (),
) -> list[Line]:
    """The lines of a source; `to` says where the numbers of some lead. Findings stand below their lines, and those of
    no line below the nearest."""
    ways, found, below = to or {}, spanned(source), defaultdict[int, list[Finding]](list)
    for finding in findings:
        below[min(max(finding.line, 1), len(found))].append(finding)
    return [Line(n, spans, n in marked, ways.get(n), tuple(below[n])) for n, spans in enumerate(found, 1)]


def diff_blocks(before: str, after: str) -> tuple[DiffBlock, ...]:
    """What is other in `after`, with a few lines around it; nothing where both are the same."""
    old, new = ([DiffLine(n, line) for n, line in enumerate(spanned(one), 1)] for one in (before, after))
    return tuple(
        DiffBlock("gap", left_out=len(block.new))
        if block.kind == "gap"
        else DiffBlock(block.kind, tuple(old[n] for n in block.old), tuple(new[n] for n in block.new))
        for block in blocks(lines(before), lines(after))
    )


@lru_cache(maxsize=16)
def spanned(source: str) -> tuple[tuple[Span, ...], ...]:
    """Each line of a source in parts. A version's source never changes, and a live page shows it again and again."""
    written = lines(source)
    looks: list[list[tuple[int, int, str]]] = [[] for _ in written]
    for token, look in _looks("\n".join(written)):
        for n in range(token.start[0], token.end[0] + 1):
            begin = token.start[1] if n == token.start[0] else 0
            finish = token.end[1] if n == token.end[0] else len(written[n - 1])
            _join(looks[n - 1], begin, finish, look)
    return tuple(tuple(_parts(line, found)) for line, found in zip(written, looks, strict=True))


def _join(looks: list[tuple[int, int, str]], begin: int, finish: int, look: str) -> None:
    """One more part of a line; it is one with the part before, where both look the same: `step.do`."""
    if looks and looks[-1][1:] == (begin, look):
        begin = looks.pop()[0]
    looks.append((begin, finish, look))


def _parts(line: str, looks: Sequence[tuple[int, int, str]]) -> Iterator[Span]:
    at = 0
    for begin, finish, look in looks:
        if begin > at:
            yield Span(visible(line[at:begin], "\t"), "")
        yield Span(visible(line[begin:finish], "\t"), look)
        at = finish
    if at < len(line):
        yield Span(visible(line[at:], "\t"), "")


def _looks(source: str) -> Iterator[tuple[tokenize.TokenInfo, str]]:
    """The tokens that have a look, as far as the source is Python."""
    before, chain = "", ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            chain = _chain(token, before, chain)
            if look := _look(token, before, chain):
                yield token, look
            before = token.string
    except (tokenize.TokenError, SyntaxError):
        return


def _chain(token: tokenize.TokenInfo, before: str, chain: str) -> str:
    """Whether this goes on with a name that begins at the tools or the steps: `tools.orders.get`, `step.do`."""
    if token.type == tokenize.NAME and before != ".":
        return {"tools": "tool", "step": "verb"}.get(token.string, "")
    return chain if token.string == "." or token.type == tokenize.NAME else ""


def _look(token: tokenize.TokenInfo, before: str, chain: str) -> str:
    if token.type == tokenize.NAME:
        if keyword.iskeyword(token.string):
            return "keyword"
        return "defined" if before in ("def", "class") else chain
    return chain or _LOOKS.get(tokenize.tok_name[token.type], "")


_LOOKS = {
    "STRING": "string", "FSTRING_START": "string", "FSTRING_MIDDLE": "string", "FSTRING_END": "string",
    "NUMBER": "number", "COMMENT": "comment",
}  # fmt: skip
