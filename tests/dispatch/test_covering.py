"""Placeholders for what is sensitive: of the same kind, the same for the same, and only where nobody says it anyway."""

from __future__ import annotations

from agentflow.dispatch.covering import Cover
from agentflow.guest.values import decode
from agentflow.records import Json

SOURCE = 'order["total"] == 3 and say("open")'


def test_each_value_gets_a_placeholder_of_its_kind_and_equal_ones_the_same() -> None:
    given = {"total": 120, "rate": 1.5, "name": "ada", "again": ["ada", True, None, ""]}
    covered = Cover(SOURCE).whole(given)
    assert covered == {"total": 1, "[sensitive 2]": 3.0, "[sensitive 4]": "[sensitive 5]"} | {
        "[sensitive 6]": ["[sensitive 5]", False, None, ""]
    }


def test_a_tagged_value_stays_one_that_can_be_decoded() -> None:
    tagged: list[Json] = [
        {"$decimal": "49.90"},
        {"$datetime": "2026-01-31T12:00:00+00:00"},
        {"$bytes": "AAAA"},
        {"$dict": {"$total": "x"}},
    ]
    covered = Cover(SOURCE).whole(tagged)
    kinds = [type(one).__name__ for one in decode(covered)]
    assert kinds == ["Decimal", "datetime", "bytes", "dict"]
    assert "49.90" not in str(covered)


def test_copies_are_found_elsewhere_and_in_texts_but_not_what_the_source_says() -> None:
    cover = Cover(SOURCE)
    cover.whole(["4111-2222", 99_000, "open", "xy", {"$decimal": "49.90"}])
    assert cover.copies("4111-2222") == "4111-2222"
    cover.learned = True
    told = {"id": "4111-2222", "say": "card 4111-2222 of 99000", "n": [99_000, 3, True], "state": "open"}
    assert cover.copies(told) == {
        "id": "[sensitive 1]",
        "say": "card [sensitive 1] of 2",
        "n": [2, 3, True],
        "state": "open",
    }
    assert cover.copies(["xy", "foxy"]) == ["[sensitive 4]", "foxy"]  # too short to be looked for inside of a text
    assert cover.copies([{"$decimal": "49.90"}, {"$decimal": "50"}]) == [{"$decimal": "5"}, {"$decimal": "50"}]


def test_what_was_never_sensitive_is_left_as_it_is() -> None:
    cover = Cover(SOURCE)
    cover.learned = True
    assert cover.copies({"a": ["text", 5, None]}) == {"a": ["text", 5, None]}


def test_a_call_is_covered_wherever_it_stands() -> None:
    cover = Cover(SOURCE)
    call = {"tool": "mail.send", "args": {"to": "open"}}
    assert not cover.tells(call)
    assert cover.covered(call) == call
    hidden = cover.call(call)
    assert hidden == {"tool": "mail.send", "args": {"to": "[sensitive 1]"}}
    assert cover.covered(call) == hidden


def test_bytes_that_were_sensitive_are_found_as_a_text_and_a_house_word_stays_a_key() -> None:
    cover = Cover(SOURCE)
    cover.whole([{"$bytes": "NDExMS0yMjIy"}, "message", {"$bytes": "/w=="}])
    cover.learned = True
    told = {"message": "of 4111-2222", "4111-2222": {"$bytes": "/wA="}}
    assert cover.copies(told) == {"message": "of [sensitive 1]", "[sensitive 1]": {"$bytes": "/wA="}}


def test_a_long_text_is_gone_through_once_however_much_is_sensitive() -> None:
    cover = Cover(SOURCE)
    cover.whole([f"{n:05}-{n * 7919:09}" for n in range(2_000)])
    cover.learned = True
    text = "lorem ipsum 00007 " * 10_000
    assert cover.copies(text + "00007-000055433") == text + "[sensitive 8]"
