"""Every hostile plan twice: it is stopped as its header says, and without the layer that stops it, its effect shows."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from .cards import Card, every_card
from .doors import Way
from .doubles import without
from .probe import watched
from .stage import MARK, Stage, staged

WHOLE = "nightly" in (os.environ.get("AGENTFLOW_HYPOTHESIS"), os.environ.get("AGENTFLOW_HOSTILE"))
"""`make test` attacks with every plan, and takes the layer out for one plan of each kind; `make nightly` and
`make ordinary` do so for each."""
FOUND = [card for card in every_card() if os.geteuid() == 0 or not card.needs_root]
LAST = {(card.category, card.layer, *card.parts): card.name for card in FOUND}
SAMPLE = [card.name for card in FOUND if WHOLE or card.needs_root or card.name in LAST.values()]
CARDS = {
    card.name: pytest.param(
        card, id=card.name, marks=pytest.mark.xdist_group(f"hostile {card.category}")
    )  # share a house
    for card in FOUND
}
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with staged(tmp_path_factory.mktemp("hostile")) as stage:
        yield stage


@pytest.mark.parametrize("card", list(CARDS.values()))
async def test_it_is_stopped_and_harms_nobody(stage: Stage, card: Card) -> None:
    await stopped(stage, card)


async def stopped(stage: Stage, card: Card) -> None:
    """It is, on this stage."""
    await _skip_without(stage, card)
    source = card.source
    with without(_parts(card, card.assumed)), watched() as harm:
        async with stage.beside():
            outcome = await stage.attack(card, source, _way(card, card.assumed))
    assert card.stopped in outcome.said, outcome
    assert MARK not in outcome.trace
    assert [name for name, _ in stage.crew.calls if name.startswith("vault.")] == []
    assert await stage.next_run() == 7
    assert harm.blocked < 0.1
    assert harm.grown_mb < 64


@pytest.mark.parametrize("card", [CARDS[name] for name in SAMPLE])
async def test_without_the_layer_its_effect_shows(stage: Stage, card: Card) -> None:
    await _skip_without(stage, card)
    off = card.assumed | {card.layer}
    with without(_parts(card, off)), watched() as harm:
        outcome = await stage.attack(card, card.source + "\n# loose\n", _way(card, off))
    assert harm.blocked > 0.1 if card.fields.get("shows") == "blocked" else MARK in outcome.trace, outcome


async def _skip_without(stage: Stage, card: Card) -> None:
    """Where the kernel does not have a layer, nothing can be said of it."""
    if why := (await stage.layers()).get(card.layer):
        pytest.skip(f"this machine has no {card.layer}: {why}")


def _parts(card: Card, off: frozenset[str]) -> list[str]:
    """Which of the host's checks are taken out."""
    return card.parts if "host" in off else []


def _way(card: Card, off: frozenset[str]) -> Way:
    """By which door it comes in."""
    endless = 60.0 if "watchdog" in off else card.number("seconds", 20)
    return Way(off, tuple(card.parts), int(card.number("memory", 256)), endless)
