"""Which workers have fallen silent, by what one of them has seen itself."""

from __future__ import annotations

from collections.abc import Mapping


class Beats:
    """What workers said last, and since when that is all they said.

    The moments that they say are those of their own clocks, which may differ by more than a silence lasts: whether one
    says another is enough. And whoever could not look for a while (the database was away, the machine slept) has missed
    what was said meanwhile, as those whom he looks for could not say it: silences begin anew then.
    """

    def __init__(self, silence: float, blind: float) -> None:
        self._silence, self._blind = silence, blind
        self._heard: dict[str, tuple[float | None, float]] = {}
        self._looked_at = float("-inf")

    def silent(self, said: Mapping[str, float | None], now: float) -> set[str]:
        """Those who have said nothing new for the silence. `now` is by a clock that only goes on."""
        if now - self._looked_at > self._blind:
            self._heard = {}
        self._looked_at = now
        heard = {id: self._heard.get(id, (said_at, now)) for id, said_at in said.items()}
        self._heard = {id: before if before[0] == said[id] else (said[id], now) for id, before in heard.items()}
        return {id for id in self._heard if self.is_late(id, self._silence)}

    def is_late(self, id: str, patience: float) -> bool:
        """Whether one had said nothing new for so long when we looked last. Whoever is not known yet is new himself."""
        _, since = self._heard.get(id, (None, self._looked_at))
        return self._looked_at - since > patience
