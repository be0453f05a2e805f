"""Writes the starter's files into a folder, all of them or none."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from ...errors import Conflict, UsageError

# The third is kept without its dot, so that it is not read as this repository's own.
_FILES = {"agentflow.toml": "agentflow.toml", "tools.py": "tools.py", ".gitignore": "gitignore"}


def write(folder: Path) -> list[Path]:
    """Write the starter into the folder, made if needed. A file that is already there is a Conflict."""
    targets = {folder / name: source for name, source in _FILES.items()}
    if taken := [path.name for path in targets if path.exists() or path.is_symlink()]:
        raise Conflict(
            f"{folder} already has {', '.join(taken)}; nothing was written. Move it away or name another folder"
        )
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, source in targets.items():
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(files(__package__).joinpath("files", source).read_text(encoding="utf-8"))
    except OSError as error:
        for path in written:
            path.unlink()
        raise UsageError(
            f"cannot write the starter to {folder}: {error.strerror}; name a folder of your own"
        ) from error
    return written
