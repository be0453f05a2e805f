"""Plans are locked up by a worker of this engine as they are on one machine: one hostile plan for each lock."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ..fakes import postgres
from ..fakes.restate import Server
from ..fakes.untraced import untraced
from ..hostile.cards import Card
from ..hostile.stage import Stage, staged
from ..hostile.test_plans import FOUND, stopped
from .fleet import Fleet

LOCKS = {"process", "environment", "watchdog", "rlimits", "seccomp", "landlock", "namespaces", "descriptors"}
LOCKS |= {"no-new-privileges", "capabilities", "dumpable", "uid"}
ONE_EACH = {card.layer: card for card in FOUND if card.layer in LOCKS}
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("restate")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(
    server: Server, database_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Stage]:
    fleet = Fleet(tmp_path_factory.mktemp("hostile"), database_server.database(), server)
    with untraced():
        async with staged(fleet.folder, fleet.db, fleet.engine) as stage:
            yield stage


@pytest.mark.parametrize("card", [pytest.param(card, id=card.name) for card in ONE_EACH.values()])
async def test_it_is_stopped_and_harms_nobody(stage: Stage, card: Card) -> None:
    await stopped(stage, card)
