"""Findings as a log in SARIF 2.1.0, which code scanners and editors read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path
from urllib.parse import quote

from ..checks import CHECKS
from ..checks.page import entry
from ..records import Finding, Json

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

Checked = Sequence[tuple[str, Sequence[Finding]]]
"""The files by name, each with its findings."""


def log(checked: Checked) -> Json:
    """One run of the tool on these files."""
    used = sorted({finding.code for _, findings in checked for finding in findings})
    driver = {
        "name": "agentflow",
        "version": metadata.version("agentflow"),
        "rules": [_rule(code) for code in used],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, file, used.index(one.code)) for file, findings in checked for one in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> Json:
    check = CHECKS[code]
    return {
        "id": code,
        "name": check.name,
        "shortDescription": {"text": check.wrong},
        "fullDescription": {"text": check.why},
        "help": {"text": check.why, "markdown": _joined(entry(check))},
        "defaultConfiguration": {"level": check.severity},
    }


def _result(finding: Finding, file: str, rule: int) -> Json:
    region = {"startLine": finding.line, "startColumn": finding.column}
    silenced = finding.suppressed
    return {
        "ruleId": finding.code,
        "ruleIndex": rule,
        "level": finding.severity,
        "message": {"text": _joined([finding.message, finding.advice])},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": region}}],
        "suppressions": [] if silenced is None else [{"kind": "inSource", "justification": silenced}],
    }


def _joined(parts: Iterable[str]) -> str:
    return "\n".join(parts).strip()


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
