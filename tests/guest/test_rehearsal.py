"""The plan that a fork server plays before its first fork."""

from __future__ import annotations

import pytest

from agentflow.guest import rehearsal


def test_the_rehearsal_plays_every_turn_to_the_same_end() -> None:
    rehearsal.rehearse()


def test_a_rehearsal_that_goes_wrong_is_loud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rehearsal, "PLAN", "class Plan: pass")
    with pytest.raises(RuntimeError, match="the rehearsal of the fork server went wrong"):
        rehearsal.rehearse()
