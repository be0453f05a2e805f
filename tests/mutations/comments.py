"""Defects of the comments that silence findings: more is silenced than may be, or without a trace."""

from __future__ import annotations

from .defects import Defect

SUPPRESSIONS = "agentflow/validator/suppressions.py"
REPORT = "agentflow/validator/findings.py"
TESTS = ("tests/validator/test_suppressions.py",)

COMMENTS = (
    Defect(
        "an error is silenced",
        REPORT,
        'if one.severity == "warning" and (one.line',
        "if (one.line",
        ("tests/validator/test_findings.py",),
    ),
    Defect(
        "whatever has a code may be silenced",
        SUPPRESSIONS,
        "return code in CHECKS and CHECKS[code].suppressible",
        "return code in CHECKS",
        TESTS,
    ),
    Defect("no reason is needed", SUPPRESSIONS, "if one.reason for code in one.codes", "for code in one.codes", TESTS),
    Defect("what is silenced is gone", REPORT, "(self._findings - found) | marked", "self._findings - found", TESTS),
    Defect(
        "the host believes that an error may be silenced",
        "agentflow/sandbox/compiling.py",
        """isinstance(silent, str) and document["severity"] == "warning\"""",
        "isinstance(silent, str)",
        ("tests/sandbox/test_compiling.py",),
    ),
)
