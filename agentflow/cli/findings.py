"""Findings as linters print them: path, line, column, code, what is wrong, and below it what to write instead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from rich.text import Text

from ..checks import name_of
from ..records import Finding, Json
from .text import STYLES, one_line


def lines(findings: Iterable[Finding], path: str, *, indent: str = "") -> Iterator[Text]:
    """Two lines for each finding; of one that a comment silences, the reason stands below it."""
    for finding in findings:
        code = (finding.code, "dim" if finding.suppressed else STYLES.get(finding.severity, ""))
        place = f"{indent}{path}:{finding.line}:{finding.column} "
        yield Text.assemble(place, code, " ", one_line(finding.message), _mark(finding))
        below = f"silenced: {finding.suppressed}" if finding.suppressed else finding.advice
        if below:
            yield Text(f"{indent}    {one_line(below)}", "dim")


def document(finding: Finding) -> Json:
    """A finding as JSON, with the name of its check."""
    return {**asdict(finding), "name": name_of(finding.code)}


def _mark(finding: Finding) -> tuple[str, str]:
    """The name of the check, and that it is only a warning."""
    said = [name_of(finding.code), "warning" if finding.severity == "warning" else ""]
    marks = ", ".join(filter(None, said))
    return f" ({marks})" if marks else "", "dim"


def summary(findings: Iterable[Finding]) -> str:
    """`2 errors, 1 warning, 1 silenced`."""
    counts = {"error": 0, "warning": 0, "silenced": 0}
    for finding in findings:
        counts["silenced" if finding.suppressed else finding.severity] += 1
    said = [_counted(count, kind) for kind, count in counts.items() if count]
    return ", ".join(said) or "no findings"


def _counted(count: int, kind: str) -> str:
    return f"{count} {kind}{'' if count == 1 or kind == 'silenced' else 's'}"


def first(findings: Iterable[Finding], path: str) -> str:
    """The first error on one line, and how many more there are."""
    errors = [finding for finding in findings if finding.severity == "error"]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    finding = errors[0]
    advice = f"; {finding.advice}" if finding.advice else ""
    return f"{path}:{finding.line}:{finding.column} {finding.code} {finding.message}{advice}{more}"
