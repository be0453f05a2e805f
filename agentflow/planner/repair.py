"""Tells a model what was wrong with its last answer: numbered source, and the findings in a fixed form."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from ..llm import Message
from ..records import Attempt
from .prompts import Template


def turns(template: Template, attempts: Sequence[Attempt]) -> list[Message]:
    """The conversation since the goal was given: each answer, and what the checks said of it."""
    said: list[Message] = []
    for number, attempt in enumerate(attempts):
        if attempt.reply is not None:
            repeated = repeats(attempts[: number + 1]) > repeats(attempts[:number])
            said.append(Message("assistant", attempt.reply.strip() or "(an empty answer)"))
            said.append(Message("user", message(template, attempt, repeated=repeated)))
    return said


def repeats(attempts: Sequence[Attempt]) -> int:
    """How many of these answers have code that an earlier one had."""
    codes = [_code(attempt.source) for attempt in attempts if attempt.source is not None]
    return len(codes) - len(set(codes))


def _code(source: str) -> bytes:
    """A digest of a source without what changes nothing in it: empty lines, lines of comment, spaces at the end."""
    lines = (line.rstrip() for line in source.split("\n"))
    return sha256("\n".join(line for line in lines if line and not line.lstrip().startswith("#")).encode()).digest()


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
