"""Replay is exact where races and timeouts withdraw what is open, and nobody waits for what was withdrawn."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentflow.sandbox.commands import Checks, answered

from .plays import Play, activation, compiled, plan, taken

pytestmark = pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning")
"""A race that is over at once leaves the calls behind it unstarted, which Python notes."""

BEFORE = '''
import random

log = []
shared = []

async def perform(step, shape):
    """A shape is a step's kind, a list of shapes one after another, or a list that says how they go together."""
    if isinstance(shape, str):
        try:
            value = await start(step, shape)
            log.append([shape, value, random.random()])
            return value
        finally:
            log.append(f"{shape} is over at {step.now()}")
    how, parts = (shape[0], shape[1:]) if shape[:1] in (["all"], ["race"], ["map"], ["block"]) else (None, shape)
    try:
        if how == "all":
            return await gather(*members(step, parts), return_exceptions=len(parts) % 2 == 0)
        if how == "race" and parts:
            return await step.race(**{f"m{n}": one for n, one in enumerate(members(step, parts))})
        if how == "map":
            return await step.map(lambda part: perform(step, part), parts, concurrency=2)
        if how == "block":
            try:
                async with step.timeout(random.randint(1, 100)):
                    return [await perform(step, part) for part in parts]
            except StepTimeout as error:
                log.append(error.message)
                return "late"
        return [await perform(step, part) for part in parts]
    finally:
        log.append(how)
        if len(parts) == 2:
            await step.sleep("while withdrawn or not", 1)

def members(step, parts):
    return [start(step, part) if isinstance(part, str) else perform(step, part) for part in parts]

def start(step, kind):
    if kind == "do":
        return step.do("step", tools.a.b(draw=random.random()))
    if kind == "sleep":
        return step.sleep("sleep", random.randint(0, 9))
    if kind == "progress":
        return step.progress("so far", random.random())
    if not shared:
        shared.append(step.ask("step", f"at {step.now()}?"))
    return shared[0]
'''
BODY = """
try:
    value = await perform(step, event.payload)
except (StepFailed, UsageError) as error:
    value = str(error)
return f"{value} {log}"
"""
CODE = compiled(plan(BODY, before=BEFORE))

LEAVES = st.sampled_from(["do", "sleep", "progress", "shared"])
HOW = st.sampled_from(["all", "race", "map", "block"])
SHAPES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.tuples(HOW, st.lists(inner, max_size=4)).map(lambda made: [made[0], *made[1]])
    ),
    max_leaves=10,
)


class Host:
    """What a host knows of a run: which steps are open, as its checks read the commands."""

    def __init__(self, shape: Any) -> None:
        self.live = Play(CODE, shape)
        self.turns = [self.live.turn]
        self.open: list[str] = []
        self._checks = Checks()
        self._read()

    def deliver(self, key: str, value: Any, *, failed: bool) -> None:
        self.open.remove(key)
        self.turns.append(self.live.fail(key) if failed else self.live.ok(key, value))
        self._read()

    def _read(self) -> None:
        [turn] = self._checks.turns(answered({"turns": [self.live.turn], "end": self.live.end}), 1)
        for command in turn.commands:
            if command.kind == "withdraw":
                self.open.remove(command.key)  # an error, if it is not open
            else:
                self.open.append(command.key)


def lived(shape: Any, seed: int, failures: int) -> Host:
    """A run to its end, each time with the result of any step that is open."""
    chance = random.Random(seed)
    host = Host(shape)
    while host.live.end is None:
        key = chance.choice(host.open)
        failed = not key.startswith("#") and chance.randrange(10) < failures
        host.deliver(key, chance.random(), failed=failed)
    return host


@given(SHAPES, st.integers(), st.integers(0, 3))
def test_a_history_at_once_gives_what_it_gave_turn_by_turn(shape: Any, seed: int, failures: int) -> None:
    host = lived(shape, seed, failures)
    assert taken(activation(CODE, shape), host.live.history) == {"turns": host.turns, "end": host.live.end}


@given(SHAPES, st.integers(), st.integers(0, 3), st.integers(1, 5))
def test_a_run_that_is_evicted_again_and_again_goes_on_as_if_it_had_not_been(
    shape: Any, seed: int, failures: int, often: int
) -> None:
    host = lived(shape, seed, failures)
    history = host.live.history
    for length in range(1, len(history) + 1, often):
        again = activation(CODE, shape)
        again.turns(history[: length - 1])
        answer = taken(again, history[length - 1 : length])
        again.close()
        assert answer["turns"] == [host.turns[length - 1]]
        assert answer["end"] == (host.live.end if length == len(history) else None)
