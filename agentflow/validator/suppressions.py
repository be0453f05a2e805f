"""Comments that silence a warning, each with its reason: `# agentflow: ignore[AF604] the bank closes at night`."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from ..checks import CHECKS
from ..guest.syntax import tokens
from .findings import Finding, Report, did_you_mean

_MARK = "agentflow:"
_COMMENT = re.compile(r"#\s*agentflow:\s*ignore\b(?:\s*\[(?P<codes>[^\]]*)\])?(?P<reason>.*)")
_FORM = "write `# agentflow: ignore[AF604] the reason`"


class Suppression(NamedTuple):
    """A comment: where it stands, the line that it speaks of, what it silences, and why."""

    line: int
    column: int
    about: int
    codes: tuple[str, ...]
    reason: str


def apply_comments(source: str, report: Report, *, tools_known: bool) -> None:
    """Silence what the comments of a source silence, and report what is wrong with those comments."""
    comments = [*_suppressions(source)] if _MARK in source else []
    reasons = {(one.about, code): one.reason for one in comments if one.reason for code in one.codes if _may(code)}
    used = report.silence(reasons)
    for one in comments:
        for fault in _faults(one, used, tools_known=tools_known):
            report.place(fault)


def _suppressions(source: str) -> Iterator[Suppression]:
    """The comments of a source that silence something: at the end of their line, or alone above the line."""
    waiting: list[Suppression] = []
    begun = False
    for token in _tokens(source):
        line, column = token.start
        if token.type == tokenize.COMMENT and (read := _COMMENT.match(token.string)):
            codes = tuple(code.strip() for code in (read["codes"] or "").split(",") if code.strip())
            found = Suppression(line, column + 1, line, codes, read["reason"].strip(" :-\t"))
            if begun:
                yield found
            else:
                waiting.append(found)
        elif token.type in (tokenize.NEWLINE, tokenize.NL):
            begun = False
        elif token.type not in (tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT):
            yield from (above._replace(about=line) for above in waiting)
            waiting, begun = [], True


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    with suppress(tokenize.TokenError, SyntaxError):  # a backslash at the very end, which the parser understands
        yield from tokens(source)


def _may(code: str) -> bool:
    return code in CHECKS and CHECKS[code].suppressible


def _faults(one: Suppression, used: set[tuple[int, str]], *, tools_known: bool) -> Iterator[Finding]:
    if not one.codes:
        yield _fault("AF902", one, "this comment names no code to silence", _FORM)
    for code in one.codes:
        if code not in CHECKS:
            yield _fault("AF902", one, f"there is no check {code!r}{did_you_mean(code, CHECKS)}", _FORM)
        elif not _may(code):
            yield _fault("AF902", one, f"{code} cannot be silenced by a comment", "mend what it found")
        elif one.reason and (one.about, code) not in used and (tools_known or not CHECKS[code].needs_tools):
            yield _fault("AF903", one, f"there is no {code} that this comment could silence", "remove it")
    if one.codes and not one.reason:
        yield _fault("AF901", one, "this comment does not say why, so it silences nothing", _FORM)


def _fault(code: str, one: Suppression, message: str, advice: str) -> Finding:
    return Finding(one.line, one.column, code, "warning", message, advice)
