"""What a machine wants of the engine: which attempts should be in flight, which timers set. Pure.

It is a state and not a list of orders. `changed` names the keys whose wish has changed since it was last asked, so a
live turn and a recovery are the same code: after a fold everything that is open has changed.

A paused run sets no timer that counts by length (a sleep, a retry's delay, an event's timeout, a `step.timeout`): it
keeps what was left of it, and `thaw` sets it anew. A timer that names a moment stands.
"""

from __future__ import annotations

from .steps import OpenStep

TIMERS = ("due", "retry", "expire")
"""What a step may have a timer for."""


class Wishes:
    """Attempts and timers by key."""

    def __init__(self) -> None:
        self.attempts: dict[str, OpenStep] = {}
        self.timers: dict[str, float] = {}
        self._frozen: dict[str, float] = {}
        self._lasting: set[str] = set()
        self._paused = False
        self._changed: dict[str, None] = {}

    def changed(self) -> list[str]:
        """Keys whose wish changed since the last call."""
        keys = list(self._changed)
        self._changed.clear()
        return keys

    def want(self, key: str, step: OpenStep) -> None:
        """An attempt should be in flight."""
        self.attempts[key] = step
        step.wanted = key
        self._changed[key] = None

    def ended(self, key: str) -> OpenStep | None:
        """The step of an attempt whose outcome has come, if it is still wanted."""
        self._changed.pop(key, None)
        step = self.attempts.pop(key, None)
        if step is not None:
            step.wanted = None
        return step

    def set_timer(self, key: str, at: float, now: float, *, lasting: bool) -> None:
        """A timer should ring; `lasting` where it counts by length."""
        (self._lasting.add if lasting else self._lasting.discard)(key)
        if lasting and self._paused:
            self._frozen[key] = at - now
        else:
            self.timers[key] = at
            self._changed[key] = None

    def rang(self, key: str) -> bool:
        """Whether a timer that rang is still wanted; it is not any more."""
        self._changed.pop(key, None)
        return self.timers.pop(key, None) is not None

    def drop(self, step: OpenStep) -> None:
        """Nothing of a step is wanted any more."""
        if step.wanted in self.attempts:
            del self.attempts[step.wanted]
            self._changed[step.wanted] = None
        step.wanted = None
        if self.timers or self._frozen:
            for what in TIMERS:
                self.drop_timer(f"{step.key}:{what}")

    def drop_timer(self, key: str) -> None:
        """A timer should not ring."""
        self._frozen.pop(key, None)
        if self.timers.pop(key, None) is not None:
            self._changed[key] = None

    def clear(self) -> None:
        """Nothing is wanted."""
        self._changed.update(dict.fromkeys([*self.attempts, *self.timers]))
        self.attempts.clear()
        self.timers.clear()
        self._frozen.clear()
        self._paused = False

    def freeze(self, now: float) -> None:
        """The run is paused: what counts by length stops counting."""
        self._paused = True
        for key in [key for key in self.timers if key in self._lasting]:
            self._frozen[key] = self.timers.pop(key) - now
            self._changed[key] = None

    def left(self, step: OpenStep) -> float | None:
        """What is left of a step's time, where that has stopped counting."""
        kept = (self._frozen.get(f"{step.key}:{what}") for what in TIMERS)
        return next((left for left in kept if left is not None), None)

    def thaw(self, now: float) -> dict[str, float]:
        """The run goes on: what was left counts from now. The timers that are set for it."""
        self._paused = False
        thawed = {key: now + left for key, left in self._frozen.items()}
        self._frozen.clear()
        for key, at in thawed.items():
            self.set_timer(key, at, now, lasting=True)
        return thawed
