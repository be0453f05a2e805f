"""Versions of an agent's code: numbered, immutable, found again."""

from __future__ import annotations

import asyncio
import hashlib
import platform
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agentflow import registry as room
from agentflow.errors import Conflict, NotFound, PlanRefused
from agentflow.records import Compiled, Finding
from agentflow.registry import Origin, Registry
from agentflow.store import Store, Write

from .fakes.overtaking import meanwhile

WARNING = Finding("AF1", "warning", 1, 1, "hm", "look")
ERROR = Finding("AF2", "error", 2, 1, "no", "mend it")
FINE = Compiled((WARNING,), b"code", "Plan", ("a.b",))
BAD = Compiled((WARNING, ERROR), None, None)
ME = Origin("me", prompt="plan@1", goal="goal_1")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "a.db")
    yield store
    await store.close()


@pytest.fixture
def registry(store: Store) -> Registry:
    return Registry(store)


async def test_a_version_has_a_number_a_digest_and_says_where_it_comes_from(registry: Registry) -> None:
    plan = await registry.register("agent_1", "source", FINE, ME, 5.0)
    assert (plan.agent, plan.number, plan.entry, plan.tools) == ("agent_1", 1, "Plan", ("a.b",))
    assert (plan.author, plan.prompt, plan.goal, plan.reviewed) == ("me", "plan@1", "goal_1", True)
    assert plan.sha256 == hashlib.sha256(b"source").hexdigest()
    assert (plan.api, plan.findings, plan.created_at, plan.revoked_at) == (room.API, (WARNING,), 5.0, None)
    assert platform.python_version().startswith(plan.python + ".")


async def test_a_version_is_found_with_its_code(registry: Registry, store: Store) -> None:
    plan = await registry.register("agent_1", "source", FINE, ME, 5.0)
    for found in (await registry.stored("agent_1", 1), await registry.pinned("agent_1", 1)):
        assert (found.plan, found.code) == (plan, b"code")
    assert await Registry(store).pinned("agent_1", 1) == await registry.pinned("agent_1", 1)


async def test_the_same_source_is_the_version_that_it_is(registry: Registry) -> None:
    first = await registry.register("agent_1", "source", FINE, ME, 5.0)
    assert await registry.register("agent_1", "source", FINE, Origin("you"), 9.0) == first
    assert (await registry.register("agent_2", "source", FINE, ME, 9.0)).number == 1
    assert [plan.number for plan in await registry.versions("agent_1")] == [1]


async def test_versions_are_counted_for_each_agent(registry: Registry) -> None:
    for number in range(1, 4):
        assert (await registry.register("agent_1", f"source {number}", FINE, ME, 5.0)).number == number
    assert [plan.source for plan in await registry.versions("agent_1")] == ["source 1", "source 2", "source 3"]
    assert await registry.versions("agent_2") == []


async def test_a_plan_with_errors_is_refused_with_all_its_findings(registry: Registry) -> None:
    with pytest.raises(PlanRefused, match="the plan has 1 finding that must be mended: line ") as refused:
        await registry.register("agent_1", "source", BAD, ME, 5.0)
    assert refused.value.findings == (WARNING, ERROR)


async def test_a_number_that_no_database_holds_is_that_of_no_version(registry: Registry) -> None:
    with pytest.raises(NotFound, match="there is no version 1000000000000000000000000000000 of this agent"):
        await registry.stored("agent_1", 10**30)


async def test_two_that_take_the_same_number_at_once_do_not_both_get_it(registry: Registry, store: Store) -> None:
    number, first = await registry.draft("agent_1", "one", FINE, ME, 5.0)
    again, second = await registry.draft("agent_1", "two", FINE, ME, 5.0)
    await store.write([first])
    assert number == again == 1
    with pytest.raises(Conflict, match="another version of agent_1 was registered at the same moment: try again"):
        await store.write([second])


async def test_who_registers_the_same_at_once_gets_the_same_and_others_the_next(
    registry: Registry, store: Store
) -> None:
    others = [Registry(store) for _ in range(3)]
    one = [other.register("agent_1", "one", FINE, ME, 5.0) for other in [registry, *others]]
    two = [other.register("agent_1", "two", FINE, ME, 5.0) for other in others]
    plans = await asyncio.gather(*one, *two)
    assert len({plan.number for plan in plans[:4]}) == len({plan.number for plan in plans[4:]}) == 1
    assert sorted(plan.source for plan in await registry.versions("agent_1")) == ["one", "two"]


async def test_who_never_gets_a_number_of_their_own_is_told(
    registry: Registry, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "_TRIES", 1)
    meanwhile(store, lambda: registry.register("agent_1", "one", FINE, ME, 5.0), monkeypatch)
    with pytest.raises(Conflict, match="another version of agent_1 was registered at the same moment: try again"):
        await registry.register("agent_1", "two", FINE, ME, 5.0)


async def test_the_newest_is_neither_unreviewed_nor_revoked(registry: Registry, store: Store) -> None:
    assert await registry.newest("agent_1") is None
    await registry.register("agent_1", "one", FINE, ME, 5.0)
    await registry.register("agent_1", "two", FINE, Origin("model", reviewed=False), 6.0)
    newest = await registry.newest("agent_1")
    assert newest is not None
    assert newest.number == 1
    await store.write([Write("review_plan", {"agent": "agent_1", "number": 2, "by": "eve"})])
    newest = await registry.newest("agent_1")
    assert newest is not None
    assert (newest.number, newest.reviewed) == (2, True)


async def test_a_version_that_is_not_there_is_not_found(registry: Registry) -> None:
    for lookup in (registry.stored, registry.pinned):
        with pytest.raises(NotFound, match="there is no version 3 of this agent: `agentflow plan list` names them"):
            await lookup("agent_1", 3)


async def test_only_so_many_pinned_versions_are_kept_in_memory(registry: Registry) -> None:
    for number in range(room.KEPT + 1):
        await registry.register("agent_1", f"source {number}", FINE, ME, 5.0)
        await registry.pinned("agent_1", number + 1)
    assert len(registry._pinned) == room.KEPT
    assert (await registry.pinned("agent_1", 1)).plan.source == "source 0"
