"""Looking at where a run stands runs nothing of the plan, takes no time or room that a plan could choose, and says what
it can."""

from __future__ import annotations

from typing import Any

import pytest

from agentflow.guest import frames, looking

from .plays import activation, compiled, plan

START = {"at": 1000.0, "start": True}


def looked(body: str, before: str = "") -> list[dict[str, Any]]:
    """The branches of a plan that sleeps after this."""
    run = activation(compiled(plan(f'{body}\nawait step.sleep("rest", "1 day")', before)))
    run.turns([START])
    found: dict[str, Any] = run.look()
    assert frames.pack(found)
    branches: list[dict[str, Any]] = found["branches"]
    return branches


def names(body: str, before: str = "") -> dict[str, tuple[str, Any]]:
    """What the names of `run` hold: class and value."""
    return {name["name"]: (name["type"], name["value"]) for name in looked(body, before)[0]["places"][-1]["names"]}


@pytest.mark.parametrize(
    ("made", "base", "method"),
    [
        ("{Own(): 1}", "", "__repr__(self)"),
        ("Own([1])", "list", "__iter__(self)"),
        ("Own((1,))", "tuple", "__iter__(self)"),
        ("Own([1])", "list", "__len__(self)"),
        ("datetime(2020, 1, 1, tzinfo=Own())", "tzinfo", "utcoffset(self, at)"),
        ("Own(2020, 1, 1)", "datetime", "isoformat(self)"),
        ("Own(a=1)", "dict", "items(self)"),
    ],
)
def test_no_method_of_the_plan_is_called(made: str, base: str, method: str) -> None:
    own = f"class Own({base}):\n    def {method}:\n        raise PlanFailed('no')\n"
    assert "held" in names(f"held = {made}", f"from datetime import datetime, tzinfo\n{own}")


def test_values_of_classes_that_only_add_to_data_are_shown() -> None:
    before = """
from collections import Counter, namedtuple
from datetime import UTC, datetime
Pair = namedtuple("Pair", "a b")
"""
    assert names("a, b, c = Counter('aab'), Pair(1, 2), datetime(2020, 1, 1, tzinfo=UTC)", before) == {
        "a": ("Counter", {"a": 2, "b": 1}),
        "b": ("Pair", [1, 2]),
        "c": ("datetime", {"$datetime": "2020-01-01T00:00:00+00:00"}),
    }


def test_a_value_without_end_takes_no_time_and_hides_no_other() -> None:
    body = """
twice = []
for n in range(60):
    twice = [twice, twice]
round = []
round.append(round)
after = [1]
"""
    assert names(body) == {"twice": ("list", None), "n": ("int", 59), "round": ("list", None), "after": ("list", [1])}


def test_a_name_that_no_line_holds_is_told_as_far_as_one_does() -> None:
    long = "x" * 1000
    found = names(f"{long} = Enum('a\\nb', 'x').x", "from enum import Enum\n")
    assert found == {"x" * looking.LONGEST_WORD: ("a\\nb", None)}


def test_of_many_functions_the_innermost_are_told_of() -> None:
    before = """
async def down(step, n):
    a, b, c, d, e, f = 1, 2, 3, 4, 5, 6
    if n:
        await down(step, n - 1)
    await step.sleep("rest", "1 day")
"""
    branches = looked("await step.gather(*[down(step, 100) for n in range(90)])", before)
    assert len(branches) == 91
    places = [place for branch in branches for place in branch["places"]]
    assert 0 < len(places) < 2000
    assert branches[1]["places"][-1]["names"][0] == {"name": "n", "type": "int", "value": 0, "size": 1}
