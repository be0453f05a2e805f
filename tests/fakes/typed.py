"""What is typed at a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """The words after `agentflow`, in which folder, and in which environment.

    `instead`: numbers of modules, by their full names, that are others there: how long something is shown.
    """

    words: Sequence[str]
    folder: str
    environment: dict[str, str]
    instead: dict[str, float]
