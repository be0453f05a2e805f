"""Findings as linters print them: path, line, column, code, what is wrong, and below it what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.text import Text

from ..records import Finding
from .text import STYLES, one_line


def lines(findings: Iterable[Finding], path: str, *, indent: str = "") -> Iterator[Text]:
    """Two lines for each finding."""
    for finding in findings:
        code = (finding.code, STYLES.get(finding.severity, ""))
        mark = " (warning)" if finding.severity == "warning" else ""
        place = f"{indent}{path}:{finding.line}:{finding.column} "
        yield Text.assemble(place, code, " ", one_line(finding.message), mark)
        if finding.advice:
            yield Text(f"{indent}    {one_line(finding.advice)}", "dim")


def summary(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 warning`."""
    counts = {"error": 0, "warning": 0}
    for finding in findings:
        counts[finding.severity] += 1
    said = [f"{count} {kind}{'' if count == 1 else 's'}" for kind, count in counts.items() if count]
    return ", ".join(said) or "no findings"


def first(findings: Iterable[Finding], path: str) -> str:
    """The first error on one line, and how many more there are."""
    errors = [finding for finding in findings if finding.severity == "error"]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    finding = errors[0]
    advice = f"; {finding.advice}" if finding.advice else ""
    return f"{path}:{finding.line}:{finding.column} {finding.code} {finding.message}{advice}{more}"
