"""Findings as workflow commands of GitHub Actions, which shows them beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..checks import name_of
from ..records import Finding


def commands(findings: Iterable[Finding], path: str) -> Iterator[str]:
    """One line for each finding that no comment silences."""
    for finding in findings:
        if finding.suppressed is None:
            title = f"{finding.code} {name_of(finding.code)}".strip()
            place = f"file={_property(path)},line={finding.line},col={finding.column},title={_property(title)}"
            yield f"::{finding.severity} {place}::{_data(_lines(finding.message, finding.advice))}"


def _lines(*parts: str) -> str:
    return "\n".join(filter(None, parts))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
