"""The tools of the demo: a small shop whose systems are slow, or busy, just when it matters."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from ...tools import ToolContext, tool
from .ledger import VARIABLE, Ledger

ORDER = "17"
TOTAL = Decimal("49.90")

BUSY_FOR = 2
"""How often the stock system turns a caller away before it answers."""
HANGS_FOR = 60.0
"""Seconds for which the archive leaves its first caller waiting: the worker is killed meanwhile."""


@dataclass
class Order:
    id: str
    email: str
    total: Decimal


def ledger() -> Ledger:
    """The ledger of the demo that started this worker."""
    return Ledger(Path(os.environ[VARIABLE]))


@tool(namespace="orders", effect="read")
async def get(id: str, context: ToolContext) -> Order:
    """The order with this number."""
    with ledger().recording(context):
        await asyncio.sleep(0.3)
        return Order(id, "ada@example.com", TOTAL)


@tool(namespace="stock", effect="idempotent")
async def reserve(order_id: str, context: ToolContext) -> None:
    """Set the goods of an order aside."""
    book = ledger()
    turned_away = sum(entry.what == "failed" for entry in book.entries_of(context.step))
    with book.recording(context):
        await asyncio.sleep(0.3)
        if turned_away < BUSY_FOR:
            raise ConnectionError("the stock system is busy")


@tool(namespace="payments", risk="medium", approval="always")
async def refund(order_id: str, amount: Decimal, context: ToolContext) -> dict[str, str]:
    """Pay an amount in EUR back to the customer, and give a reference. A person agrees first."""
    with ledger().recording(context):
        await asyncio.sleep(0.3)
        return {"reference": f"refund-{order_id}"}


@tool(namespace="archive", effect="idempotent")
async def store(reference: str, context: ToolContext) -> None:
    """File the receipt with this reference."""
    book = ledger()
    is_first = not book.entries_of(context.step)
    with book.recording(context):
        await asyncio.sleep(HANGS_FOR if is_first else 1.0)


@tool(namespace="mail")
async def send(to: str, subject: str, body: str, context: ToolContext) -> None:
    """Send a mail."""
    with ledger().recording(context):
        await asyncio.sleep(0.3)


TOOLS = (get, reserve, refund, store, send)
