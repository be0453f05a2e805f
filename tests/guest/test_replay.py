"""Replay is exact: a history handed over at once gives the same commands as turn by turn."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from .plays import Play, activation, compiled, plan, taken

BEFORE = '''
import random

async def perform(step, shape, log):
    """A shape is a step, or a list: all of it one after another or, after "all", side by side."""
    if shape in ("do", "sleep", "ask"):
        log.append(shape)
        value = await start(step, shape)
        log.append([shape, value, random.random()])
        return value
    if shape[:1] == ["all"]:
        members = [start(step, s) if isinstance(s, str) else perform(step, s, log) for s in shape[1:]]
        return await gather(*members, return_exceptions=len(shape) % 2 == 0)
    return [await perform(step, s, log) for s in shape]

def start(step, kind):
    if kind == "do":
        return step.do("step", tools.a.b(draw=random.random()))
    if kind == "sleep":
        return step.sleep("sleep", random.randint(0, 9))
    return step.ask("step", f"at {step.now()}?")
'''
BODY = """
log = []
try:
    value = await perform(step, event.payload, log)
except StepFailed as error:
    value = str(error)
return f"{value} {log}"
"""
CODE = compiled(plan(BODY, before=BEFORE))

LEAVES = st.sampled_from(["do", "sleep", "ask"])
SHAPES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.lists(inner, max_size=4).map(lambda members: ["all", *members]),
    max_leaves=8,
)


@given(SHAPES, st.integers(), st.integers(0, 3))
def test_a_history_at_once_gives_what_it_gave_turn_by_turn(shape: Any, seed: int, failures: int) -> None:
    chance = random.Random(seed)
    live = Play(CODE, shape)
    turns = [live.turn]
    open_steps = list(live.keys)
    while live.end is None:
        key = open_steps.pop(chance.randrange(len(open_steps)))
        failed = chance.randrange(10) < failures
        turns.append(live.fail(key) if failed else live.ok(key, chance.random()))
        open_steps += live.keys
    assert taken(activation(CODE, shape), live.history) == {"turns": turns, "end": live.end}
