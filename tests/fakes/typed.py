"""What is typed at a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """The words after `agentflow`, in which folder, and in which environment."""

    words: Sequence[str]
    folder: str
    environment: dict[str, str]
