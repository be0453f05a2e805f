"""A clock that stands still until a test moves it: the one that users get."""

from __future__ import annotations

from agentflow.engine.clock import StillClock as FakeClock

__all__ = ["FakeClock"]
