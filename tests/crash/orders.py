"""What a worker is to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Orders:
    """Carry a run, a goal or `all` runs to their end, or what comes, for `ever`; or die `before` or `after` a commit or
    an `effect`.

    `patience`: seconds to wait for a database that is locked; `leap`: by how many its clock jumps about; `db`: a
    database instead of the folder's; `engine`: settings of another one; `release`: what it takes itself for;
    `alarm`: after how many seconds it ends by itself: a test that was broken off leaves no worker behind.
    """

    folder: str
    id: str
    die: str | None = None
    at: int = 0
    look: float = 0.5
    patience: float = 30.0
    leap: float = 0.0
    db: str | None = None
    engine: dict[str, Any] | None = None
    release: str | None = None
    alarm: int = 60
