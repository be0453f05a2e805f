"""Tells a model what was wrong with its answer: numbered source and findings in a fixed form, or a person's words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from ..llm import Message
from ..records import Attempt, Feedback
from .prompts import Prompts, Template


def turns(prompts: Prompts, attempts: Sequence[Attempt], feedback: Sequence[Feedback] = ()) -> list[Message]:
    """The conversation since the goal was given: each answer, and what the checks or a person said of it."""
    changes = {said.before: said.text for said in feedback}
    sources = [attempt.source for attempt in attempts]
    said: list[Message] = []
    for number, attempt in enumerate(attempts):
        if attempt.reply is not None:
            said.append(Message("assistant", attempt.reply.strip() or "(an empty answer)"))
            if attempt.number + 1 in changes:
                answer = prompts.changes.render(text=changes[attempt.number + 1])
            else:
                repeated = repeats(sources[: number + 1]) > repeats(sources[:number])
                answer = message(prompts.repair, attempt, repeated=repeated)
            said.append(Message("user", answer))
    return said


def repeats(sources: Iterable[str | None]) -> int:
    """How many of these sources have code that an earlier one had."""
    codes = [_code(source) for source in sources if source is not None]
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
