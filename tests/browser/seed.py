"""Three days in the life of the shop, so that every screen has something to show."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from agentflow.app import AgentHandle, ApprovalHandle, GoalHandle, RunHandle
from agentflow.records import Principal
from agentflow.roles import ALL
from agentflow.settings import NotifySettings, Settings
from agentflow.testing import StillClock, TestFlow

from . import shop

DAYS = 3 * 86_400.0
"""Seconds before now at which the shop opened."""
ANNA, BEN, OLGA = (Principal(name, roles=frozenset(ALL), channel="page") for name in ("anna", "ben", "olga"))
KEYS = {"anna": ALL, "ben": ("viewer", "approver"), "olga": ("viewer", "operator"), "ci": ("operator",)}
CAREFUL = {"approvers": ["anna", "ben", "olga"], "quorum": 2, "no_self": True, "due": "30 minutes"}


@dataclass
class Shop:
    """What there is, by names of its own: runs, goals, the secrets of keys."""

    flow: TestFlow
    runs: dict[str, RunHandle] = field(default_factory=dict)
    goals: dict[str, GoalHandle] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    async def agent(self, name: str, who: Principal = ANNA) -> AgentHandle:
        """An agent in the hands of somebody."""
        return await self.flow.acting_as(who).agents.get(name)

    async def question(self, run: str, who: Principal = ANNA) -> ApprovalHandle:
        """The one question of a run, in the hands of somebody."""
        await self.flow.settle()
        [found] = await self.flow.approvals.list(status="pending", run=self.runs[run].id)
        return await self.flow.acting_as(who).approvals.get(found.id)

    async def refund(self, name: str, order: str, who: Principal = OLGA) -> None:
        """Begin a refund, as far as it comes by itself."""
        refunds = await self.agent("refunds", who)
        self.runs[name] = await refunds.start({"order_id": order}, id=f"refund-{order}-{name}")
        await self.flow.settle()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Shop]:
    """The shop as it stands today. Its time stands still; what runs, runs in this process."""
    shop.answers(folder)
    clock = StillClock(time.time() - DAYS)
    hook = NotifySettings(kind="webhook", url="http://127.0.0.1:9/", secret="HOOK")
    async with TestFlow(
        folder / "agentflow.db",
        tools=shop.tools(clock.advance),
        settings=Settings(folder=folder, notify={"ops": hook}),
        clock=clock,
        secrets={"HOOK": "hook-key"},
    ) as flow:
        made = Shop(flow)
        for part in (_agents, _first_day, _second_day, _today):
            await part(made)
        clock.advance(max(0.0, time.time() - clock.now()))
        await flow.settle()
        yield made


async def _agents(made: Shop) -> None:
    flow, anna = made.flow, made.flow.acting_as(ANNA)
    for name, roles in KEYS.items():
        expires = "30d" if name == "ci" else None
        made.secrets[name] = (await anna.keys.create(name, roles=roles, expires=expires)).secret
    await anna.keys.revoke("ci")
    await anna.tenants.create("tryout", sandbox=True)
    told = "Refund what customers send back. Be careful with amounts above 100 EUR."
    refunds = await anna.agents.create(
        "refunds", model="offline:./refunds", tools=["orders.*", "payments.*", "mail.*"], instructions=told,
        review="always", approvals={"due": "30 minutes"},
    )  # fmt: skip
    await refunds.register(shop.REFUND_AT_ONCE, author="olga")
    await refunds.register(shop.REFUND, author="olga")
    plans = {"restock": (shop.RESTOCK, CAREFUL), "books": (shop.BOOKS, None), "letters": (shop.LETTER, None)}
    for name, (plan, policy) in plans.items():
        agent = await anna.agents.create(name, model=f"offline:./{name}", tools=["*"], review="risky", approvals=policy)
        await agent.register(plan, author="olga")
    await anna.agents.create("poet", model="offline:./poet", tools=["mail.send"])
    await anna.agents.create(
        "stubborn", model="offline:./stubborn", tools=["orders.*", "payments.*", "mail.*"], repairs=1
    )
    await anna.agents.create("intern", model="offline:demo", tools=["orders.get"])
    await anna.agents.archive("intern")
    books = await made.agent("books")
    await books.schedule("monthly", cron="0 6 1 * *", payload={"month": "2026-10"}, zone="Europe/Vienna")
    await (await books.schedule("weekly", cron="0 7 * * 1", payload={"month": "2026-11"})).pause()
    await flow.settle()


async def _first_day(made: Shop) -> None:
    flow = made.flow
    await made.refund("done", "17")
    await flow.skip("20 minutes")
    await (await made.question("done", BEN)).approve("The parcel came back yesterday.")
    await made.refund("refused", "51")
    await flow.skip("5 minutes")
    await (await made.question("refused", BEN)).reject("1,250 EUR for a returned cable? Ask the customer first.")
    books = await made.agent("books", OLGA)
    made.runs["failed"] = await books.start({"month": "2026-10"}, id="books-2026-10")
    await flow.skip("2 hours")
    made.goals["refused"] = await (await made.agent("stubborn", OLGA)).submit("Refund order 17.", {"order_id": "17"})
    made.goals["failed"] = await (await made.agent("poet", OLGA)).submit("Write to all customers.")
    await flow.skip("1 day")


async def _second_day(made: Shop) -> None:
    flow = made.flow
    restock = await made.agent("restock", OLGA)
    made.runs["event"] = await restock.start({"sku": "lamp-3", "pieces": 40}, id="restock-lamp-3")
    await (await made.question("event")).answer("Nordwind", "They deliver within a week.")
    await made.refund("asleep", "63")
    await flow.skip("10 minutes")
    question = await made.question("asleep", BEN)
    [call] = question.record.calls
    await question.approve("15 EUR only, the box was open.", args={**call.args, "amount": "15.00"})
    await made.refund("cancelled", "18")
    await flow.acting_as(OLGA).runs.get(made.runs["cancelled"].id)
    await (await flow.acting_as(OLGA).runs.get(made.runs["cancelled"].id)).cancel()
    await made.refund("paused", "19")
    await (await flow.acting_as(OLGA).runs.get(made.runs["paused"].id)).pause()
    await flow.skip_to(datetime.fromtimestamp(time.time() - 5_400, UTC))


async def _today(made: Shop) -> None:
    """What waits for people now."""
    flow = made.flow
    await made.refund("call", "42")
    restock = await made.agent("restock", OLGA)
    made.runs["ask"] = await restock.start({"sku": "chair-7", "pieces": 12}, id="restock-chair-7")
    made.runs["quorum"] = await restock.start({"sku": "desk-1", "pieces": 250}, id="restock-desk-1")
    await flow.skip("20 minutes")
    await (await made.question("quorum")).answer("Huber & Sons")
    await (await made.question("quorum", BEN)).approve("The price is fine.")
    letters = await made.agent("letters", OLGA)
    made.runs["unknown"] = await letters.start({"email": shop.LOST}, id="letter-lost")
    await flow.skip("25 minutes")
    refunds = await made.agent("refunds", OLGA)
    made.goals["review"] = await refunds.submit("Refund order 51 once somebody has agreed.", {"order_id": "51"})
    books = await made.agent("books", OLGA)
    made.runs["retrying"] = await books.start({"month": "2026-11"}, id="books-2026-11")
    await flow.settle()
