"""The plans that a person wants to have checked: files, folders, standard input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import NotFound, UsageError
from .given import file_text

STDIN = Path("-")


def texts(paths: Sequence[Path], stdin_name: str | None) -> Iterator[tuple[str, str]]:
    """The name and the text of each file, once, in the order in which they are given.

    What is no text is a finding on that file, like all else that is wrong with it: the others are checked.
    """
    if not paths:
        raise UsageError("there is nothing to check: name a file, a folder, or - for standard input")
    if stdin_name is not None and STDIN not in paths:
        raise UsageError("--stdin-filename names what is read from standard input: write - as the file")
    for file in dict.fromkeys(file for path in paths for file in _files(path)):
        yield stdin_name if file == STDIN and stdin_name else str(file), file_text(file, errors="surrogateescape")


def _files(path: Path) -> list[Path]:
    """The file itself; of a folder, all Python files in it but the hidden ones."""
    if path == STDIN or not path.is_dir():
        return [path]
    found = [file for file in sorted(path.rglob("*.py")) if file.is_file() and not _is_hidden(file.relative_to(path))]
    if not found:
        raise NotFound(f"there is no Python file in the folder {path}")
    return found


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)
