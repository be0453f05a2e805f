"""Tells a model what was wrong with its last answer: numbered source, and the findings in a fixed form."""

from __future__ import annotations

from collections.abc import Sequence

from ..llm import Message
from ..records import Attempt
from .prompts import Template


def turns(template: Template, attempts: Sequence[Attempt]) -> list[Message]:
    """The conversation since the goal was given: each answer, and what the checks said of it."""
    said: list[Message] = []
    earlier: set[str] = set()
    for attempt in attempts:
        if attempt.reply is not None:
            said.append(Message("assistant", attempt.reply.strip() or "(an empty answer)"))
            said.append(Message("user", message(template, attempt, repeated=attempt.source in earlier)))
            earlier.update([attempt.source] if attempt.source else [])
    return said


def message(template: Template, attempt: Attempt, *, repeated: bool = False) -> str:
    """What a model is told of an attempt that cannot be used."""
    findings = [finding for finding in attempt.findings if finding.suppressed is None]
    return template.render(
        error=attempt.error,
        source=numbered(attempt.source or ""),
        findings=sorted(findings, key=lambda finding: (finding.line, finding.column)),
        repeated=repeated,
    )


def numbered(source: str) -> str:
    """The source with line numbers, as the findings count them."""
    lines = source.split("\n")
    if lines[-1] == "":
        lines.pop()
    width = len(str(len(lines)))
    return "\n".join(f"{number:>{width}} | {line}".rstrip() for number, line in enumerate(lines, start=1))
