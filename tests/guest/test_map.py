"""`step.map`: a function over items, so many at once."""

from __future__ import annotations

import pytest

from .plays import Play, play

EACH = "lambda n: step.do(f'do {n}', tools.a.b(n=n))"


def mapped(options: str = "", *, count: int = 4, each: str = EACH) -> Play:
    """A map over numbers from 1, started."""
    return play(f"return await step.map({each}, range(1, {count + 1}){options})")


def test_all_items_start_at_once_and_results_are_in_their_order() -> None:
    played = mapped(count=3)
    assert played.keys == ["do 1#1", "do 2#1", "do 3#1"]
    for key in ("do 3#1", "do 1#1", "do 2#1"):
        assert played.ok(key, key) == []
    assert played.result == ["do 1#1", "do 2#1", "do 3#1"]


def test_no_more_items_at_once_than_asked_for_and_the_next_starts_when_one_ends() -> None:
    played = mapped(", concurrency=2")
    assert played.keys == ["do 1#1", "do 2#1"]
    played.ok("do 2#1", 2)
    assert played.keys == ["do 3#1"]
    played.ok("do 1#1", 1)
    assert played.keys == ["do 4#1"]
    played.ok("do 4#1", 4)
    assert (played.keys, played.end) == ([], None)
    played.ok("do 3#1", 3)
    assert played.result == [1, 2, 3, 4]


def test_after_an_error_no_further_item_is_started_and_those_that_were_end() -> None:
    played = mapped(", concurrency=2")
    assert played.fail("do 1#1") == []
    assert played.end is None
    assert played.ok("do 2#1") == []
    assert played.error["message"] == "it broke"


def test_an_error_at_once_starts_nothing_after_it() -> None:
    played = play(
        """
        started = []
        async def each(n):
            started.append(n)
            if n == 2:
                raise ValueError("two")
            await step.sleep(f"sleep {n}", 1)
        try:
            await step.map(each, [1, 2, 3])
        except ValueError as error:
            return [started, str(error)]
        """
    )
    assert played.keys == ["sleep 1#1"]
    played.ok("sleep 1#1")
    assert played.result == [[1, 2], "two"]


def test_errors_are_values_where_they_are_asked_for_and_all_items_are_done() -> None:
    played = play(
        f"""
        found = await step.map({EACH}, [1, 2, 3], concurrency=1, return_exceptions=True)
        return [one if one is None else str(one) for one in found]
        """
    )
    played.ok("do 1#1")
    played.fail("do 2#1")
    played.fail("do 3#1")
    assert played.result == [None, "it broke", "it broke"]


@pytest.mark.parametrize(
    ("function", "keys"),
    [
        ("lambda n: step.gather(step.sleep(n, 1), step.sleep(n, 2))", ["a#1", "a#2", "b#1", "b#2"]),
        ("lambda n: step.race(x=step.sleep(n, 1))", ["a#1", "b#1"]),
        ("each", ["a#1", "b#1"]),
    ],
)
def test_a_function_may_give_whatever_can_be_awaited(function: str, keys: list[str]) -> None:
    played = play(f"async def each(n):\n    return await step.sleep(n, 1)\nreturn await step.map({function}, 'ab')")
    assert played.keys == keys


def test_a_map_over_nothing_is_done() -> None:
    assert mapped(count=0).result == []


def test_maps_stand_in_gathers_and_are_done_once() -> None:
    played = play(
        f"""
        one = step.map({EACH}, [1])
        return [await step.gather(one, step.map({EACH}, [2])), await one, repr(one)]
        """
    )
    assert played.keys == ["do 1#1", "do 2#1"]
    played.ok("do 1#1", 1)
    played.ok("do 2#1", 2)
    assert played.result == [[[1], [2]], [1], "map of 1"]


def test_a_map_that_is_withdrawn_starts_no_further_item() -> None:
    played = play(
        f"""
        many = step.map({EACH}, range(9), concurrency=2, return_exceptions=True)
        won = await step.race(many=many, timer=step.sleep("timer", 1))
        await step.sleep("after", 1)
        """
    )
    assert [(one["kind"], one["name"]) for one in played.ok("timer#1")] == [
        ("withdraw", "do 0"),
        ("withdraw", "do 1"),
        ("sleep", "after"),
    ]


def test_the_items_are_taken_when_map_is_called() -> None:
    played = play(f"items = [1]\nmany = step.map({EACH}, items)\nitems.append(2)\nreturn await many")
    assert played.keys == ["do 1#1"]


@pytest.mark.parametrize("verb", ["map", "race"])
def test_neither_map_nor_race_belongs_into_the_function_of_a_step(verb: str) -> None:
    call = {"map": "step.map(str, [])", "race": "step.race(a=gather())"}[verb]
    played = play(f"await step.do('x', lambda: {call})")
    answer = played.activation.call("x#1", 1, 5.0)
    assert answer["end"]["error"]["message"].startswith(f"step.{verb} cannot be awaited in another step's function")
