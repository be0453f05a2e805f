"""The policy and the guards against what nobody would write: `make nightly` makes much more of it."""

from __future__ import annotations

import builtins
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentflow.guest.policy import build
from agentflow.validator import check

from . import canary
from .bytecode import faults
from .mutants import mutant

SEEDS = st.integers(0, 2**64)


@given(SEEDS)
def test_what_the_policy_lets_through_uses_no_name_that_it_refuses(seed: int) -> None:
    """Seen from the other side, in the instructions that were compiled."""
    code, problems = build(mutant(Random(seed)))
    assert (code is None) == bool(problems)
    assert code is None or [*faults(code)] == []


@given(SEEDS)
def test_whatever_is_checked_there_are_findings_or_code(seed: int) -> None:
    answer = check(mutant(Random(seed)), [])
    assert answer["findings"] or answer["blob"]


@settings(max_examples=settings().max_examples // 20)
@given(SEEDS)
def test_no_walk_from_object_to_object_leads_out(seed: int) -> None:
    """Each line has passed the policy and runs behind the guards; alarms are audit events and forbidden things."""
    assert canary.alarm(range(seed, seed + 5)) == ""


@pytest.mark.parametrize(
    "source", ["x.__class__", "_write_ = 1", "x.gi_frame", "def f(_getattr_): pass", "x.format", "class A:\n  x = _y"]
)
def test_the_second_look_sees_names_that_are_refused(source: str) -> None:
    assert [*faults(compile(source, "plan", "exec"))]


@pytest.mark.parametrize("source", ["__import__('os')", "open('/')", "(lambda: 0).__code__", "type", "getattr"])
def test_the_canary_dies_of_what_is_forbidden(source: str) -> None:
    """Without policy and guards."""
    names = {"__builtins__": builtins, "things": [], "kept": []}
    found = canary.in_a_copy(lambda: canary.run(compile(f"result = {source}", "plan", "exec"), names))
    assert found.startswith(("the event open", "it holds"))
