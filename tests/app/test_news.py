"""Who watches one id hears of what is stored about it: at once here, soon from another process."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, closing
from pathlib import Path

import pytest

from agentflow.app.news import News
from agentflow.store import Store, Write
from tests.fakes.waiting import until


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(tmp_path / "news.db")
    yield store
    await store.close()


def worker(id: str) -> Write:
    """A row that is about this id."""
    return Write("insert_worker", {"id": id, "pid": 0, "tools": "[]", "started_at": 0.0})


class Watching:
    """Somebody who counts what is heard about one id, and while `wide` is set about every other."""

    def __init__(self, news: News, id: str, statements: set[str] | None = None) -> None:
        self.heard = 0
        self.wide = False
        self.looking: Callable[[], Awaitable[object]] | None = None
        """What comes to pass during the next look."""
        self._task = asyncio.create_task(self._watch(news, id, statements))

    async def _watch(self, news: News, id: str, statements: set[str] | None) -> None:
        async with aclosing(news.about(id, statements, wide=lambda: self.wide)) as heard:
            async for _ in heard:
                self.heard += 1
                if looking := self.looking:
                    self.looking = None
                    await looking()

    async def quiet(self) -> int:
        """What was heard, once all is heard that was stored here."""
        for _ in range(5):
            await asyncio.sleep(0)
        return self.heard

    async def end(self) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])


async def test_the_first_look_is_now_and_the_next_when_something_was_stored_about_it(store: Store) -> None:
    news = News(store)
    watching = Watching(news, "a")
    await until(lambda: watching.heard == 1)
    await store.write([worker("b")])
    assert await watching.quiet() == 1
    await store.write([worker("a")])
    assert await watching.quiet() == 2
    await watching.end()


async def test_only_the_statements_that_were_asked_for_count(store: Store) -> None:
    news = News(store)
    watching = Watching(news, "a", {"delete_worker"})
    await until(lambda: watching.heard == 1)
    await store.write([worker("a")])
    assert await watching.quiet() == 1
    await store.write([Write("delete_worker", {"id": "a"})])
    assert await watching.quiet() == 2
    await watching.end()


async def test_whoever_listens_widely_hears_of_every_other_as_well(store: Store) -> None:
    news = News(store)
    watching = Watching(news, "a")
    watching.wide = True
    await until(lambda: watching.heard == 1)
    await store.write([worker("b")])
    assert await watching.quiet() == 2
    watching.wide = False
    await store.write([worker("c")])  # who waits already hears of it, and is then asked
    assert await watching.quiet() == 3
    await store.write([worker("d")])
    assert await watching.quiet() == 3
    await watching.end()


async def test_what_comes_during_the_look_that_makes_one_listen_widely_is_heard(store: Store) -> None:
    news = News(store)
    watching = Watching(news, "a")

    async def looking() -> None:
        await store.write([worker("b")])
        watching.wide = True

    watching.looking = looking
    await until(lambda: watching.heard == 2)
    await watching.end()


async def test_what_another_process_stores_is_heard_about_every_id(store: Store) -> None:
    other = await Store.open(store.place)
    news = News(store)
    watching = Watching(news, "a")
    await until(lambda: watching.heard == 1)
    await other.write([worker("b")])
    await until(lambda: watching.heard == 2)
    await other.close()
    await watching.end()


async def test_what_another_process_stores_during_the_first_look_is_heard(store: Store) -> None:
    """Before the task that looks whether anything has changed has had its first moment."""
    news = News(store)
    watching = Watching(news, "a")

    async def looking() -> None:
        with closing(sqlite3.connect(store.place)) as other:
            other.execute("INSERT INTO workers (id, pid, tools, started_at) VALUES ('b', 0, '[]', 0.0)")
            other.commit()

    watching.looking = looking
    await until(lambda: watching.heard == 2)
    await watching.end()


async def test_nobody_looks_when_nobody_watches(store: Store) -> None:
    news = News(store)
    both = Watching(news, "a"), Watching(news, "a")
    await until(lambda: all(one.heard for one in both))
    assert news._poll is not None
    for one in both:
        await one.end()
    assert news._poll is None
    await store.write([worker("a")])
    news.close()
