"""The audit log on a page and as a sheet: narrowed by the address, page by page, for admins."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from agentflow.app import AgentFlow
from agentflow.page import audit as screen
from agentflow.records import Act, Principal

from ..fakes import office
from .conftest import HOST, Looks, words


@pytest.fixture
async def log(flow: AgentFlow) -> AgentFlow:
    """`clerk` is made, changed, given a plan, and archived."""
    clerk = await flow.agents.create("clerk", model=office.MODEL, instructions="<b>=1+1</b>")
    await flow.agents.create("clerk", model=office.MODEL, tools=["*"], update=True)
    await clerk.register(office.WAITS)
    await flow.agents.archive("clerk")
    return flow


async def rows(client: httpx2.AsyncClient, query: str = "") -> list[dict[str, str]]:
    answer = await client.get(f"/audit.csv{query}")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_it_tells_who_did_what_to_which_thing_and_from_where(looks: Looks, log: AgentFlow) -> None:
    page = await looks("/audit")
    shown = words(page)
    assert shown.index("agents.archive") < shown.rindex("plans.register")
    assert "local python plans.register clerk@1" in shown
    assert 'href="/agents/clerk/plans/1"' in page
    assert "&lt;b&gt;=1+1" in page
    assert "<b>=1" not in page


async def test_nothing_that_fits_is_said_to_be_nothing(looks: Looks) -> None:
    assert "Nothing of that kind was done yet" in words(await looks("/audit?who=nobody"))


async def test_the_address_narrows_the_page_and_the_sheet_alike(
    looks: Looks, client: httpx2.AsyncClient, log: AgentFlow
) -> None:
    for query, verbs in (
        ("?verb=agents.archive", ["agents.archive"]),
        ("?thing=clerk%401", ["plans.register"]),
        ("?who=local&verb=agents.create", ["agents.create", "agents.create"]),
        ("?until=2000-01-01T00:00", []),
        ("?since=2000-01-01&verb=plans.register", ["plans.register"]),
        ("?since=2999-01-01T00:00%2B02:00", []),
        ("?verb=never.heard", []),
    ):
        page = await looks(f"/audit{query}")
        assert page.count('id="act-') == len(verbs)
        assert [one["verb"] for one in await rows(client, query)] == verbs


async def test_it_is_paged_and_what_narrows_it_is_kept(
    looks: Looks, log: AgentFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "MOST", 1)
    page = await looks("/audit?verb=agents.create")
    further = page.partition('class="button" href="/audit?')[2].partition('"')[0].replace("&amp;", "&")
    assert "verb=agents.create" in further
    last = await looks(f"/audit?{further}")
    assert last.count('id="act-') == 1
    assert "More" not in words(last)


async def test_the_sheet_has_all_acts_in_portions_and_no_cell_that_a_spreadsheet_works_out(
    client: httpx2.AsyncClient, log: AgentFlow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "_PORTION", 2)
    await log.agents.create("sums", model=office.MODEL)
    await log.acting_as(Principal("=cmd")).agents.archive("sums")
    found = await rows(client)
    assert [int(one["n"]) for one in found] == [6, 5, 4, 3, 2, 1]
    assert found[0]["who"] == "'=cmd"


async def test_a_moment_that_is_none_is_refused_with_how_it_is_written(looks: Looks) -> None:
    assert "since: 'yesterday' is no time" in words(await looks("/audit?since=yesterday", 422))
    assert "is no cursor" in words(await looks("/audit?cursor=x", 422))


async def test_only_admins_see_it(client: httpx2.AsyncClient, looks: Looks, log: AgentFlow) -> None:
    made = await log.keys.create("ada", roles=["operator"])
    await client.post("/login", data={"key": made.secret}, headers={"origin": HOST})
    for path in ("/audit", "/audit.csv"):
        assert "needs the role admin" in words(await looks(path, 403))


@pytest.mark.parametrize(
    ("verb", "thing", "to"),
    [
        ("plans.revoke", "clerk@3", "/agents/clerk/plans/3"),
        ("plans.revoke", "clerk", None),
        ("agents.create", "clerk", "/agents/clerk"),
        ("approvals.decide", "approval_1", "/approvals/approval_1"),
        ("runs.cancel", "acme.17", "/runs/acme.17"),
        ("runs.prune", "all", None),
        ("schedules.pause", "schedule_1", "/schedules#schedule_1"),
        ("keys.revoke", "ada", "/settings#keys"),
        ("tenants.suspend", "acme", "/settings#tenants"),
        ("seals.break", "x", None),
    ],
)
def test_what_was_done_leads_to_what_it_was_done_to(verb: str, thing: str, to: str | None) -> None:
    assert screen.to(Act(1, 0.0, "default", "ada", None, "cli", verb, thing, {}, "", "")) == to


def test_long_details_are_told_by_their_beginning() -> None:
    assert screen.brief(None) == ""
    assert screen.brief({"version": 3, "comment": None}) == "version: 3"
    assert len(screen.brief({"comment": "x" * 500})) == screen.BRIEF


async def test_whether_the_log_holds_is_said_when_it_is_asked_for(looks: Looks, log: AgentFlow, tmp_path: Path) -> None:
    page = await looks("/audit?who=local")
    assert 'href="/audit?who=local&amp;chain=yes"' in page
    assert "The chain holds: 4 rows, each as it was written." in words(await looks("/audit?chain=yes"))
    with closing(sqlite3.connect(tmp_path / "agentflow.db")) as connection, connection:
        connection.execute("DROP TRIGGER audit_is_not_changed")
        connection.execute("UPDATE audit SET who = 'eve' WHERE n = 3")
    assert "The log was tampered with: row 3 was changed." in words(await looks("/audit?chain=yes"))
