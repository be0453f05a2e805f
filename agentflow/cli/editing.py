"""A text in the person's own editor."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from ..errors import UsageError
from .given import file_text


def edited(text: str, name: str) -> str:
    """The text as it is when the editor ends: $VISUAL, else $EDITOR, else vi. `name` tells it what it is."""
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with TemporaryDirectory(prefix="agentflow-") as folder:
        file = Path(folder) / name
        file.write_text(text, "utf-8")
        try:
            done = subprocess.run([*shlex.split(editor), str(file)], check=False)
        except (OSError, ValueError) as error:
            raise UsageError(f"{editor!r} cannot be started: {error}; name another editor in EDITOR") from None
        if done.returncode:
            raise UsageError(f"{editor!r} ended with status {done.returncode}: nothing was taken from it")
        return file_text(file)
