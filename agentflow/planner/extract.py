"""Takes the plan's source out of a model's reply, however it was wrapped. Nothing is parsed or run on this side."""

from __future__ import annotations

import re
from typing import NamedTuple

_FENCE = re.compile(r"^ {0,12}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n`]*$")
_WORKFLOW = re.compile(r"^[ \t]*class[ \t]+\w+[ \t]*\([^)\n]*\bWorkflow\b", re.MULTILINE)
_OPENING = re.compile(r"^(?:from|import)[ \t]+\w|^class[ \t]+\w|^@\w", re.MULTILINE)
_PYTHON = frozenset({"", "python", "python3", "py"})


class _Block(NamedTuple):
    language: str
    text: str


def source(text: str) -> str | None:
    """The plan in a reply, or None. Where there are several blocks, the last one with a workflow class."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    blocks = [*_fenced(text), *_tagged(text)]
    with_class = [block.text for block in blocks if _WORKFLOW.search(block.text)]
    if with_class:
        return _tidy(with_class[-1])
    if _WORKFLOW.search(text):
        return _tidy(_from_first_statement(text))
    return _longest([block.text for block in blocks if block.language in _PYTHON and block.text.strip()])


def _fenced(text: str) -> list[_Block]:
    """Blocks between fences; the last may lack its closing one."""
    blocks: list[_Block] = []
    opened: tuple[str, str, int] | None = None
    lines: list[str] = []
    for line in text.split("\n"):
        fence = _FENCE.match(line)
        if opened is None:
            if fence:
                opened, lines = (fence[1], fence[2].lower(), fence.start(1)), []
        elif _closes(line, opened[0]):
            blocks.append(_Block(opened[1], "\n".join(lines)))
            opened = None
        else:
            lines.append(_outdented(line, opened[2]))
    if opened is not None:
        blocks.append(_Block(opened[1], "\n".join(lines)))
    return blocks


def _closes(line: str, fence: str) -> bool:
    mark = line.strip()
    return len(mark) >= len(fence) and not mark.strip(fence[0])


def _outdented(line: str, width: int) -> str:
    return line[min(width, len(line) - len(line.lstrip(" "))) :]


def _tagged(text: str) -> list[_Block]:
    """What stands between `<code>` and `</code>`, without a fence of its own."""
    parts = text.split("<code>")[1:]
    insides = [part.partition("</code>")[0] for part in parts]
    return [_Block("python", inside) for inside in insides if not _fenced(inside)]


def _from_first_statement(text: str) -> str:
    opening = _OPENING.search(text)
    return text[opening.start() if opening else 0 :]


def _longest(texts: list[str]) -> str | None:
    return _tidy(max(texts, key=len)) if texts else None


def _tidy(text: str) -> str:
    return text.strip("\n").rstrip() + "\n"
