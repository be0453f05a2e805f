"""Which way comes next: what differs least from the usual first, and none twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from agentflow.trial import Choice, Walk
from agentflow.trial.tree import Tree, Way


def explored(
    options: Callable[[Sequence[int]], int],
    name: Callable[[int], str] = str,
    fragile: Mapping[str, int | None] | None = None,
    most: int = 100,
) -> list[Way]:
    """The ways through a plan whose next choice has so many options, given those that were taken; 0 at its end."""
    tree, ways = Tree(), list[Way]()
    while tree and len(ways) < most:
        way = tree.next()
        ways.append(way)
        taken: list[int] = []
        choices: list[Choice] = []
        while count := options(taken):
            chosen = way.taken[len(taken)] if len(taken) < len(way.taken) else 0
            choices.append(Choice(name(len(taken)), tuple("abcdef"[:count]), chosen, 1))
            taken.append(chosen)
        tree.learn(Walk("completed", choices=tuple(choices)), way, fragile or {})
    return ways


def test_every_way_is_taken_once() -> None:
    ways = [way.taken for way in explored(lambda taken: 3 if len(taken) < 3 else 0)]
    padded = {(*taken, *[0] * (3 - len(taken))) for taken in ways}
    assert len(ways) == len(padded) == 27


def test_each_choice_is_made_otherwise_before_any_two_together() -> None:
    ways = [way.taken for way in explored(lambda taken: 2 if len(taken) < 3 else 0)]
    assert [sum(taken) for taken in ways] == [0, 1, 1, 1, 2, 2, 2, 3]
    assert ways[:4] == [(), (1,), (0, 1), (0, 0, 1)]


def test_a_choice_that_comes_again_waits_until_the_others_had_their_turn() -> None:
    names = ["poll", "poll", "poll", "last"]
    ways = [way.taken for way in explored(lambda taken: 2 if len(taken) < 4 else 0, names.__getitem__, most=4)]
    assert ways == [(), (1,), (0, 0, 0, 1), (0, 1)]


def test_what_follows_from_a_choice_is_found() -> None:
    ways = [way.taken for way in explored(lambda taken: 2 if not taken or taken == [1] else 0)]
    assert ways == [(), (1,), (1, 1)]


def test_each_step_that_is_worth_it_fails_once() -> None:
    ways = explored(lambda taken: 2 if not taken else 0, fragile={"pay#1": 3, "pay#2": 3, "tell#1": 4})
    assert [(way.taken, sorted(way.failing)) for way in ways] == [
        ((), []),
        ((1,), []),
        ((), ["pay#1"]),
        ((), ["tell#1"]),
        ((1,), ["pay#1"]),
        ((1,), ["tell#1"]),
    ]


def test_ways_that_cannot_all_wait_are_forgotten() -> None:
    tree = Tree()
    way = tree.next()
    choices = tuple(Choice("ask", tuple("ab" * 30), 0, 1) for _ in range(200))
    tree.learn(Walk("completed", choices=choices), way, {})
    assert len(tree) == 10_000
