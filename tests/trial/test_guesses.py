"""What no schema tells is guessed from what plans read."""

from __future__ import annotations

from agentflow.trial.guesses import NO_GUESSES, Guesses


def test_a_guess_begins_as_an_object_without_keys() -> None:
    assert NO_GUESSES.value("orders.find") == {"stub": "stub"}
    assert not NO_GUESSES.knows(["orders.find"], "id")


def test_a_key_is_a_text_at_first_and_of_these_sources_only() -> None:
    guesses = NO_GUESSES.with_key(["a", "b"], "id")
    assert guesses.value("a") == guesses.value("b") == {"stub": "stub", "id": "stub id"}
    assert guesses.value("c") == {"stub": "stub"}
    assert guesses.knows(["a", "b"], "id")
    assert not guesses.knows(["a", "c"], "id")


def test_others_change_one_thing_and_the_newest_key_first() -> None:
    guesses = NO_GUESSES.with_key(["a"], "id").with_key(["a"], "total")
    inner = {"stub": "stub", "id": "stub id"}
    others = [other.value("a") for other in guesses.others(["a"])]
    assert others[0] == {"stub": "stub", "id": "stub id", "total": 1}
    assert others[1] == {"stub": "stub", "id": "stub id", "total": [inner]}
    assert others[2] == {"stub": "stub", "id": "stub id", "total": inner}
    assert others[3] == {"stub": "stub", "id": "stub id", "total": ["stub total"]}
    assert others[4] == {"stub": "stub", "id": 1, "total": "stub total"}
    whole = [{"stub": "stub", "id": "stub id", "total": "stub total"}]
    numbers = {"stub": "stub", "id": 1, "total": 1}
    assert others[8:] == [whole, "stub stub", 1, ["stub stub"], numbers]


def test_a_payload_is_always_an_object() -> None:
    assert [other.value("payload") for other in NO_GUESSES.others(["payload"])] == [{"stub": "stub"}]


def test_the_newest_source_comes_first() -> None:
    changed = next(NO_GUESSES.others(["a", "b"]))
    assert (changed.value("a"), changed.value("b")) == ({"stub": "stub"}, [{"stub": "stub"}])


def test_nothing_is_changed_in_place() -> None:
    guesses = Guesses()
    guesses.with_key(["a"], "id")
    assert guesses.value("a") == {"stub": "stub"}
