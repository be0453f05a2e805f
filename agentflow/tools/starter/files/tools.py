"""What plans may do here. Replace the bodies with your own systems; types and docstrings are what a model reads."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from agentflow import ToolContext, tool

FOLDER = Path(__file__).parent


@dataclass
class Order:
    id: str
    email: str
    total: Decimal


ORDERS = {
    "17": Order("17", "ada@example.com", Decimal("49.90")),
    "18": Order("18", "grace@example.com", Decimal("250.00")),
}


@tool(namespace="orders", effect="read")
def get(id: str) -> Order:
    """The order with this number.

    Args:
        id: the order's number, as in "17"
    """
    if id not in ORDERS:
        raise LookupError(f"there is no order {id!r}")
    return ORDERS[id]


@tool(namespace="payments", effect="idempotent", risk="medium")
def refund(order_id: str, amount: Decimal, context: ToolContext) -> dict[str, str]:
    """Pay an amount in EUR back to the customer, and give a reference.

    Args:
        order_id: the order that is refunded
        amount: at most the order's total
    """
    receipt = FOLDER / "refunds" / f"{context.idempotency_key}.json"
    if not receipt.exists():  # the same key again is the same refund: that is what `idempotent` promises
        receipt.parent.mkdir(exist_ok=True)
        receipt.write_text(json.dumps({"reference": f"refund-{order_id}", "amount": str(amount)}))
    stored: dict[str, str] = json.loads(receipt.read_text())
    return stored


@tool(namespace="mail", effect="once", risk="high", approval="always")
def send(to: str, subject: str, body: str) -> None:
    """Send a mail. A person sees it and agrees first."""
    with (FOLDER / "outbox.txt").open("a", encoding="utf-8") as outbox:
        outbox.write(f"To: {to}\nSubject: {subject}\n\n{body}\n\n")
