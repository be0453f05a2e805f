"""What the rules say of a plan: findings, collected all at once, in the order of the source."""

from __future__ import annotations

import ast
import difflib
from bisect import bisect
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]

_COMPARED = 20
_MOST = 100
_LONGEST = 600


class Finding(NamedTuple):
    """One thing wrong with a plan: where (both from 1), what, and what to write instead."""

    line: int
    column: int
    code: str
    severity: Severity
    message: str
    advice: str
    suppressed: str | None = None
    """The reason of the comment that silences it."""

    def to_dict(self) -> dict[str, object]:
        """The finding as it crosses the wall."""
        return self._asdict()


class Report:
    """Findings on one source; the same thing at the same place is said once."""

    def __init__(self, source: str) -> None:
        self._lines = source.splitlines()
        self._findings: set[Finding] = set()
        self._errors: dict[int, set[str]] = {}

    def error(self, code: str, node: ast.AST, message: str, advice: str) -> None:
        """A finding that refuses the plan."""
        self._add(code, "error", node, message, advice)

    def warning(self, code: str, node: ast.AST, message: str, advice: str) -> None:
        """A finding that a person may accept."""
        self._add(code, "warning", node, message, advice)

    def place(self, finding: Finding) -> None:
        """A finding whose line and column are known already."""
        self._findings.add(finding._replace(message=_short(finding.message), advice=_short(finding.advice)))
        if finding.severity == "error":
            self._errors.setdefault(finding.line, set()).add(finding.code)

    def silence(self, reasons: Mapping[tuple[int, str], str]) -> set[tuple[int, str]]:
        """Mark the warnings at these lines and with these codes as silenced. Returns those that there were."""
        found = {one for one in self._findings if one.severity == "warning" and (one.line, one.code) in reasons}
        marked = {one._replace(suppressed=_short(reasons[one.line, one.code])) for one in found}
        self._findings = (self._findings - found) | marked
        return {(one.line, one.code) for one in found}

    @property
    def findings(self) -> list[Finding]:
        """In the order of the source; the first hundred, errors before warnings, where there are more."""
        kept = sorted(self._findings, key=lambda one: (one.severity != "error", one.suppressed is not None, one))[
            :_MOST
        ]
        return sorted(kept)

    @property
    def refused(self) -> bool:
        """Is there an error among them?"""
        return bool(self._errors)

    def errors_at(self, line: int) -> set[str]:
        """The codes of the errors found on a line."""
        return self._errors.get(line, set())

    def _add(self, code: str, severity: Severity, node: ast.AST, message: str, advice: str) -> None:
        line: int = getattr(node, "lineno", 1)
        self.place(Finding(line, self._column(line, getattr(node, "col_offset", 0)), code, severity, message, advice))

    def _column(self, line: int, offset: int) -> int:
        """`ast` counts bytes of UTF-8, people count characters from 1."""
        text = self._lines[line - 1] if line <= len(self._lines) else ""
        return len(text.encode()[:offset].decode(errors="ignore")) + 1


def _short(text: str) -> str:
    """What can be sent, and read."""
    text = text.encode(errors="replace").decode()
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The known name that is nearest, as a question that ends a sentence; else nothing."""
    known = sorted(known)
    if len(known) > _COMPARED:  # a comparison is slow: only those that begin alike
        at = max(0, bisect(known, name) - _COMPARED // 2)
        known = known[at : at + _COMPARED]
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"; did you mean {near[0]!r}?" if near else ""


def listing(names: Iterable[str], limit: int = 12) -> str:
    """Names in a row, cut where there are too many to read."""
    known = sorted(names)
    return ", ".join(known[:limit]) + (", ..." if len(known) > limit else "") if known else "none"
