"""Who is taken for dead, and who is not."""

from __future__ import annotations

from agentflow.engine.beats import Beats

SILENCE, BLIND = 60.0, 10.0


def look(beats: Beats, said: dict[str, float | None], *moments: float) -> set[str]:
    """What the last of some looks found."""
    return [beats.silent(said, now) for now in moments][-1]


def test_who_says_nothing_new_for_so_long_is_silent() -> None:
    beats = Beats(SILENCE, BLIND)
    assert look(beats, {"a": 1.0}, *range(0, 61, 5)) == set()
    assert look(beats, {"a": 1.0}, 65) == {"a"}
    assert look(beats, {"a": 2.0}, 70) == set()


def test_a_clock_that_is_far_behind_silences_nobody() -> None:
    beats = Beats(SILENCE, BLIND)
    assert not any(beats.silent({"a": now - 3600.0}, now) for now in range(0, 200, 5))


def test_after_a_while_in_which_nobody_could_look_everybody_may_speak_again() -> None:
    """As when the database was away: nobody could say that he lives."""
    beats = Beats(SILENCE, BLIND)
    look(beats, {"a": 1.0}, 0, 5)
    assert look(beats, {"a": 1.0}, 300, 305) == set()
    assert look(beats, {"a": 1.0}, *range(310, 370, 5)) == {"a"}


def test_who_has_left_is_forgotten() -> None:
    beats = Beats(SILENCE, BLIND)
    look(beats, {"a": 1.0}, *range(0, 66, 5))
    assert look(beats, {}, 70) == set()
    assert look(beats, {"a": 1.0}, 75) == set()
