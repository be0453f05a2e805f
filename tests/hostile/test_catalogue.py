"""The hostile plans as a whole: enough of each kind, each with its header, no idea told twice."""

from __future__ import annotations

from collections import Counter

import pytest

from .cards import KEYS, LAYERS, Card, every_card
from .doubles import DOUBLES
from .table import MARK, README, table

CARDS = every_card()
AT_LEAST = {
    "activation": 8,
    "approvals": 7,
    "bombs": 3,
    "cpu": 12,
    "decorators": 10,
    "determinism": 12,
    "dunder": 20,
    "environment": 2,
    "envelope": 1,
    "errors": 10,
    "floods": 10,
    "formats": 6,
    "frames": 10,
    "grants": 8,
    "imports": 12,
    "kernel": 30,
    "memory": 10,
    "patterns": 4,
    "process": 4,
    "protocol": 15,
    "shadows": 12,
    "unicode": 5,
    "work": 4,
}
POLICY_PARTS = {"names", "rules"}


def test_there_are_enough_of_each_kind() -> None:
    counts = Counter(card.category for card in CARDS)
    assert counts.keys() == AT_LEAST.keys()
    assert {kind: counts[kind] for kind, most in AT_LEAST.items() if counts[kind] < most} == {}
    assert len(CARDS) >= 150


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_a_header_says_all_that_the_runner_needs(card: Card) -> None:
    assert card.idea[0].isupper() or card.idea[0] == "`"
    assert card.idea.endswith((".", "?"))
    assert card.fields.keys() <= KEYS
    assert {"layer", "stopped"} <= card.fields.keys()
    assert {card.layer, *card.assumed} <= LAYERS.keys()
    assert card.layer not in card.assumed
    assert set(card.parts) <= DOUBLES.keys() | POLICY_PARTS
    assert bool(DOUBLES.keys() & set(card.parts)) == ("host" in {card.layer, *card.assumed})


@pytest.mark.parametrize("told", ["idea", "tree"])
def test_no_idea_is_told_twice(told: str) -> None:
    counts = Counter(getattr(card, told) for card in CARDS)
    assert [card.name for card in CARDS if counts[getattr(card, told)] > 1] == []


def test_every_layer_is_met() -> None:
    assert {card.layer for card in CARDS} == LAYERS.keys()


def test_the_table_for_readers_is_that_of_the_plans() -> None:
    assert README.read_text(encoding="utf-8").endswith(MARK + table(CARDS).removeprefix(MARK)), (
        "run `python -m tests.hostile.table`"
    )
