"""Lists page by page: what they are narrowed by, cursors that insertions do not shift, and an index behind each."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle
from agentflow.errors import UsageError
from agentflow.records import Goal, Principal, Run
from agentflow.settings import Settings
from agentflow.store import Store
from agentflow.store.statements import statements

from ..fakes.clock import FakeClock
from ..fakes.elsewhere import on_both
from ..fakes.office import MODEL, WAITS, house, source, tools
from ..fakes.waiting import until


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def flow(tmp_path: Path, clock: FakeClock) -> AsyncIterator[AgentFlow]:
    async with AgentFlow(tools=tools(), settings=Settings(folder=tmp_path), worker=False, clock=clock) as flow:
        yield flow


@pytest.fixture
async def clerk(flow: AgentFlow) -> AgentHandle:
    clerk = await flow.agents.create("clerk", model=MODEL, tools=["*"])
    await clerk.register(WAITS)
    return clerk


async def begun(clerk: AgentHandle, clock: FakeClock, *ids: str, apart: float = 10.0) -> None:
    for id in ids:
        await clerk.start({"of": id}, id=id)
        clock.advance(apart)


def ids(found: list[Run] | list[Goal]) -> list[str]:
    return [one.id for one in found]


@on_both
async def test_a_page_leads_to_the_next_until_there_is_none(
    clerk: AgentHandle, flow: AgentFlow, clock: FakeClock
) -> None:
    await begun(clerk, clock, "a", "b", "c", "d")
    first = await flow.runs.list(most=3)
    assert (ids(first), first.next is not None) == (["d", "c", "b"], True)
    last = await flow.runs.list(most=3, cursor=first.next)
    assert (ids(last), last.next) == (["a"], None)
    assert (await flow.runs.list(most=4)).next is None


async def test_runs_that_were_given_ids_have_pages_in_every_tenant(flow: AgentFlow, clock: FakeClock) -> None:
    await flow.tenants.create("acme")
    acme = flow.acting_as(Principal("ada", "acme"))
    clerk = await acme.agents.create("clerk", model=MODEL, tools=["*"])
    await clerk.register(WAITS)
    await begun(clerk, clock, "a", "b")
    first = await acme.runs.list(most=1)
    last = await acme.runs.list(most=1, cursor=first.next)
    assert (ids(first), ids(last)) == (["acme.b"], ["acme.a"])


async def test_what_is_started_meanwhile_shifts_no_page(clerk: AgentHandle, flow: AgentFlow, clock: FakeClock) -> None:
    await begun(clerk, clock, "a", "b", "c")
    first = await flow.runs.list(most=2)
    await begun(clerk, clock, "later")
    assert ids(await flow.runs.list(most=2, cursor=first.next)) == ["a"]


async def test_runs_of_one_moment_are_told_apart_by_their_ids(
    clerk: AgentHandle, flow: AgentFlow, clock: FakeClock
) -> None:
    await begun(clerk, clock, "a", "c", "b", apart=0)
    found, cursor = [], None
    for _ in range(3):
        page = await flow.runs.list(most=1, cursor=cursor)
        found += ids(page)
        cursor = page.next
    assert (found, cursor) == (["c", "b", "a"], None)


async def test_a_list_begins_since_a_moment_and_ends_before_one(
    clerk: AgentHandle, flow: AgentFlow, clock: FakeClock
) -> None:
    start = clock.now()
    await begun(clerk, clock, "a", "b", "c")
    assert ids(await flow.runs.list(since=start + 10)) == ["c", "b"]
    assert ids(await flow.runs.list(until=datetime.fromtimestamp(start + 20, UTC))) == ["b", "a"]
    page = await flow.runs.list(until=start + 20, most=1)
    assert ids(await flow.runs.list(until=start + 20, cursor=page.next)) == ["a"]


async def test_agent_and_status_narrow_together(clerk: AgentHandle, flow: AgentFlow, clock: FakeClock) -> None:
    await begun(clerk, clock, "a", "b")
    other = await flow.agents.create("other", model=MODEL)
    assert ids(await flow.runs.list(status="queued", most=1)) == ["b"]
    assert await flow.runs.list(status="failed") == []
    assert ids(await flow.runs.list(agent="clerk", status="queued")) == ["b", "a"]
    assert await flow.runs.list(agent="clerk", status="failed") == []
    assert await flow.runs.list(agent=other.name) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [("100%", ["sale"]), ("_", ["an_id"]), ("AN_", ["an_id"]), ("ü", ["sale"]), ("\\", []), ("%", ["sale"])],
)
async def test_a_text_is_looked_for_as_it_is(clerk: AgentHandle, flow: AgentFlow, text: str, found: list[str]) -> None:
    await clerk.start({"what": "100% für alle"}, id="sale")
    await clerk.start({"what": "1000"}, id="an_id")
    assert ids(await flow.runs.list(text=text)) == found


async def test_a_run_is_found_by_the_words_of_its_goal_and_of_its_error(tmp_path: Path, flow: AgentFlow) -> None:
    clerk = await flow.agents.create("clerk", model=MODEL)
    await clerk.register(WAITS)
    goal = await clerk.submit("Refund order 17.")
    for id in ("failed", "planned", "plain"):
        await clerk.start(id=id)
    with sqlite3.connect(tmp_path / "agentflow.db") as database:
        database.execute("UPDATE runs SET error = ? WHERE id = 'failed'", ('{"type": "KeyError"}',))
        database.execute("UPDATE runs SET goal = ? WHERE id = 'planned'", (goal.id,))
    database.close()
    assert ids(await flow.runs.list(text="KeyError")) == ["failed"]
    assert ids(await flow.runs.list(text="order 17", agent="clerk")) == ["planned"]
    assert ids(await flow.runs.list(text="order 17", status="queued")) == ["planned"]


@on_both
async def test_goals_have_pages_too(flow: AgentFlow, clerk: AgentHandle, clock: FakeClock) -> None:
    start, made = clock.now(), []
    for words in ("first", "second", "third"):
        made.append((await clerk.submit(words, {"of": words})).id)
        clock.advance(10)
    page = await flow.goals.list(most=2)
    assert ids(page) == made[:0:-1]
    assert ids(await flow.goals.list(cursor=page.next)) == made[:1]
    assert ids(await flow.goals.list(text="eco", since=start, until=start + 20)) == [made[1]]
    assert ids(await flow.goals.list(status="planning", agent="clerk")) == made[::-1]
    assert await flow.goals.list(status="failed") == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"cursor": "yesterday"}, "'yesterday' is no cursor: give the `next` of the page before"),
        ({"cursor": "nan:x"}, "is no cursor"),
        ({"most": 0}, "a page of 0 cannot be: ask for 1 to 1,000,000"),
        ({"most": 10**30}, "ask for 1 to 1,000,000"),
        ({"since": datetime(2026, 1, 1)}, "`since` is a datetime without a time zone"),  # noqa: DTZ001
    ],
)
async def test_a_page_that_cannot_be_is_refused(flow: AgentFlow, asked: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        await flow.runs.list(**asked)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("runs", "runs_by_time (tenant=? AND created_at>? AND (created_at,id)<(?,?))"),
        ("runs_of_agent", "runs_by_agent (tenant=? AND agent=? AND created_at>? AND (created_at,id)<(?,?))"),
        ("runs_with_status", "runs_by_status (tenant=? AND status=? AND created_at>? AND (created_at,id)<(?,?))"),
        ("goals", "goals_by_time (tenant=? AND created_at>? AND (created_at,id)<(?,?))"),
        ("goals_of_agent", "goals_by_agent (tenant=? AND agent=? AND created_at>? AND (created_at,id)<(?,?))"),
        ("approvals", "approvals_by_time (tenant=? AND (created_at,id)>(?,?))"),
        ("approvals_with_status", "approvals_by_status (tenant=? AND status=? AND (created_at,id)>(?,?))"),
        ("goals_with_status", "goals_by_status (tenant=? AND status=? AND created_at>? AND (created_at,id)<(?,?))"),
    ],
)
async def test_every_list_goes_along_an_index_and_sorts_nothing(tmp_path: Path, query: str, index: str) -> None:
    assert await plan_of(tmp_path, query) == [f"SEARCH {query.split('_', maxsplit=1)[0]} USING INDEX {index}"]


async def test_questions_of_a_run_are_found_by_the_run(tmp_path: Path) -> None:
    [first, *_] = await plan_of(tmp_path, "approvals_of_run")
    assert first == "SEARCH approvals USING INDEX approvals_by_run (run=?)"


async def test_questions_have_pages_the_oldest_first(tmp_path: Path) -> None:
    async with house(tmp_path) as flow:
        clerk = await flow.agents.create("clerk", model=MODEL)
        three = ", ".join(f"step.ask('q{n}', 'Well?')" for n in range(3))
        await clerk.register(source(f"await step.gather({three})"))
        run = await clerk.start()

        async def asked() -> bool:
            return len(await flow.approvals.pending()) == 3

        await until(asked)
        pending: dict[str, Any] = {"status": "pending"}
        for narrowed in ({}, pending, {"run": run.id}, {"run": run.id, **pending}):
            first = await flow.approvals.list(most=2, **narrowed)
            rest = await flow.approvals.list(most=2, cursor=first.next, **narrowed)
            assert ([len(first), len(rest)], rest.next) == ([2, 1], None)
            assert {one.step for one in [*first, *rest]} == {"q0#1", "q1#1", "q2#1"}
        assert await flow.approvals.list(status="approved") == await flow.approvals.list(run="other") == []
        with pytest.raises(UsageError, match="a page of 0 cannot be"):
            await flow.approvals.list(most=0)


async def plan_of(folder: Path, query: str, *, deep: bool = False) -> list[str]:
    """How SQLite would find the rows of a named query; `deep`, with what it does for each that it has found."""
    await (await Store.open(folder / "plan.db")).close()
    text = statements("queries.sql")[query]
    with sqlite3.connect(folder / "plan.db") as database:
        names = {name.strip(",()") for name in text.replace("(", " ").split() if name.startswith(":")}
        found = database.execute(f"EXPLAIN QUERY PLAN {text}", {name[1:]: None for name in names}).fetchall()
    database.close()
    return [row[3] for row in found if deep or (row[1] == 0 and "SUBQUERY" not in row[3])]


async def test_a_status_that_nothing_can_have_is_refused(flow: AgentFlow) -> None:
    """An empty list would say that nothing has it now."""
    word: Any = "finished"
    cases = partial(flow.approvals.cases, newest=True)
    lists: list[Callable[..., Awaitable[object]]] = [flow.runs.list, flow.goals.list, flow.approvals.list, cases]
    for listed in lists:
        with pytest.raises(UsageError, match="status cannot be 'finished': it is one of "):
            await listed(status=word)
