"""How far a model has come: noted now and then, and never in its way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from agentflow.agent.progress import EVERY, Draft, Drafts, Progress
from agentflow.agent.starting import ALONE
from agentflow.redaction import Redactor
from agentflow.store import Store, Write

from ..fakes.clock import FakeClock
from ..fakes.waiting import until


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "a.db")
    values = {"id": "goal_1", "tenant": "t", "agent": "a", "text": "x", "payload": "{}", "plan_only": 0}
    values |= {"share_payload": 0, "basis": None, "reused": None, "revises": None, "feedback": "[]"}
    await store.write([Write("insert_goal", {**values, **ALONE.values(), "created_by": "me", "now": 1.0})])
    yield store
    await store.close()


def knowing(secret: str) -> Redactor:
    redactor = Redactor()
    redactor.learn("KEY", secret)
    return redactor


async def note(store: Store) -> object:
    [row] = await store.rows("goal_by_id", id="goal_1")
    return json.loads(row["progress"] or "null")


async def test_the_number_of_characters_and_the_last_line_are_noted(store: Store) -> None:
    progress = Progress(store, FakeClock(), "goal_1", 2, Redactor())
    progress.heard("import x\nclass Plan:\n")

    async def noted() -> bool:
        return await note(store) == {"attempt": 2, "characters": 21, "line": "class Plan:"}

    await until(noted)


async def test_a_note_tells_no_secret(store: Store) -> None:
    progress = Progress(store, FakeClock(), "goal_1", 1, knowing("hunter22"))
    progress.heard('key = "hunter22"')

    async def noted() -> bool:
        return await note(store) == {"attempt": 1, "characters": 16, "line": 'key = "[secret KEY]"'}

    await until(noted)


async def test_there_is_one_note_for_each_while_however_many_pieces_come(store: Store) -> None:
    clock = FakeClock()
    progress = Progress(store, clock, "goal_1", 1, Redactor())
    for _ in range(100):
        progress.heard("x")
    await asyncio.sleep(0.01)
    await until(lambda: progress._noting is not None and progress._noting.done())
    assert await note(store) == {"attempt": 1, "characters": 100, "line": "x" * 100}
    clock.advance(EVERY)
    progress.heard("y")

    async def noted_again() -> bool:
        return await note(store) == {"attempt": 1, "characters": 101, "line": "x" * 100 + "y"}

    await until(noted_again)


async def test_a_note_that_cannot_be_stored_is_left_out(tmp_path: Path) -> None:
    store = await Store.open(tmp_path / "a.db")
    await store.close()
    clock = FakeClock()
    progress = Progress(store, clock, "goal_1", 1, Redactor())
    progress.heard("x")
    await until(lambda: progress._noting is not None and progress._noting.done())
    clock.advance(EVERY)
    progress.heard("y")
    assert progress._noted_at == float("inf")


async def test_an_answer_is_there_while_it_is_written_without_secrets_even_half_of_one(store: Store) -> None:
    progress, drafts = Progress(store, FakeClock(), "goal_1", 2, knowing("hunter22")), Drafts()
    with drafts.written("goal_1", progress):
        assert drafts.of("goal_1") == Draft(2, "")
        progress.heard('a = "hunter22"\nb = "hunt')
        assert drafts.of("goal_1") == Draft(2, 'a = "[secret KEY]"\nb = "')
        progress.heard("ing")
        assert drafts.of("goal_1") == Draft(2, 'a = "[secret KEY]"\nb = "hunting')
        assert drafts.of("goal_2") is None
    assert drafts.of("goal_1") is None
    await until(lambda: progress._noting is not None and progress._noting.done())
