"""What a worker is to do."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Orders:
    """Carry a run, a goal or `all` runs to their end, or die `before` or `after` a commit or an `effect`.

    `patience`: seconds to wait for a database that is locked; `leap`: by how many its clock jumps about.
    """

    folder: str
    id: str
    die: str | None = None
    at: int = 0
    look: float = 0.5
    patience: float = 30.0
    leap: float = 0.0
