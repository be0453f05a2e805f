"""A shop as one may have it: its tools, the plans of its agents, and the answers of the models that wrote them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from agentflow.errors import UnknownOutcome
from agentflow.tools import Tool, tool

from ..fakes import office

TOTALS = {"17": Decimal("49.90"), "42": Decimal("480.00"), "51": Decimal("1250.00"), "63": Decimal("19.00")}
LOST = "lost@example.com"
"""Nobody knows whether a letter to this address was sent."""


def tools(spend: Callable[[float], None] = lambda seconds: None) -> list[Tool]:
    """What the agents of the shop may use. `spend` is told how long each call takes."""

    @tool(namespace="orders", effect="read")
    async def get(id: str) -> dict[str, Any]:
        """The order with this number: who bought what, and for how much."""
        spend(0.4)
        return {"id": id, "email": f"customer-{id}@example.com", "total": TOTALS.get(id, Decimal("75.00"))}

    @tool(namespace="payments", risk="high", approval="always")
    async def refund(order_id: str, amount: Decimal, reason: str = "returned") -> dict[str, str]:
        """Pay an amount in EUR back to the customer. It cannot be taken back."""
        spend(1.8)
        return {"reference": f"refund-{order_id}"}

    @tool(namespace="mail")
    async def send(to: str, subject: str, body: str) -> None:
        """Send a letter to somebody."""
        spend(0.7)
        if to == LOST:
            raise UnknownOutcome("the mail server hung up after the letter was handed over")

    @tool(namespace="stock", effect="idempotent")
    async def reserve(sku: str, pieces: int) -> dict[str, Any]:
        """Set goods aside."""
        spend(0.9)
        return {"sku": sku, "pieces": pieces}

    @tool(namespace="stock", effect="idempotent")
    async def release(sku: str) -> None:
        """Give goods back that were set aside."""
        spend(0.5)

    @tool(namespace="suppliers", risk="medium", approval=lambda args: args["pieces"] > 100)
    async def order(sku: str, pieces: int, supplier: str) -> dict[str, Any]:
        """Order goods from a supplier; more than 100 pieces only if a person agrees."""
        spend(2.4)
        return {"order": f"po-{sku}", "pieces": pieces, "supplier": supplier}

    @tool(namespace="bank", effect="read")
    async def statement(month: str) -> list[dict[str, Any]]:
        """What came in and went out in a month."""
        spend(12.0)
        raise ConnectionError("bank.example.com answers 503: maintenance until 06:00")

    return [get, refund, send, reserve, release, order, statement]


REFUND = """\
from agentflow import Workflow, tools


class SettleRefund(Workflow):
    \"\"\"Refund an order once a person has agreed, and tell the customer two days later.\"\"\"

    async def run(self, event, step):
        order = await step.do("load order", tools.orders.get(id=event.payload["order_id"]))
        refund = tools.payments.refund(order_id=order["id"], amount=order["total"])
        approval = await step.wait_for_approval(
            "agree", f"Refund {order['total']} EUR to {order['email']}?", call=refund,
            details=f"Order {order['id']} was returned.")
        receipt = await step.do("refund", approval.call, retries={"limit": 3, "delay": "10 seconds"})
        await step.progress("refunded, the customer is told in two days", 0.6)
        await step.sleep("let it clear", "2 days")
        await step.do("tell the customer", tools.mail.send(
            to=order["email"], subject="Your refund", body=f"Reference: {receipt['reference']}"))
        return {"reference": receipt["reference"]}
"""
REFUND_AT_ONCE = REFUND.replace('        await step.sleep("let it clear", "2 days")\n', "").replace(
    ", and tell the customer two days later", ", and tell the customer"
)
REFUND_BROKEN = REFUND.replace("tools.orders.get(", "tools.orders.fetch(").replace("orders.get", "orders.fetch")
RESTOCK = """\
from agentflow import Workflow, tools


class Restock(Workflow):
    \"\"\"Order goods that run low from the supplier that a person names.\"\"\"

    async def run(self, event, step):
        sku, pieces = event.payload["sku"], event.payload["pieces"]
        await step.do("set aside", tools.stock.reserve(sku=sku, pieces=5),
                      rollback=lambda result: tools.stock.release(sku=result["sku"]))
        supplier = await step.ask("supplier", f"Who shall deliver {pieces} x {sku}?", ["Nordwind", "Huber & Sons"])
        order = await step.do("order", tools.suppliers.order(sku=sku, pieces=pieces, supplier=supplier))
        parcel = await step.wait_for_event("delivery", "parcel.delivered", timeout="14 days")
        return {"order": order["order"], "arrived": parcel.payload}
"""
BOOKS = """\
from agentflow import Workflow, tools


class CloseBooks(Workflow):
    \"\"\"Close the books of a month.\"\"\"

    async def run(self, event, step):
        month = event.payload["month"]
        await step.do("set aside", tools.stock.reserve(sku="ledger", pieces=1),
                      rollback=lambda result: tools.stock.release(sku=result["sku"]))
        lines = await step.do("fetch the statement", tools.bank.statement(month=month),
                              retries={"limit": 2, "delay": "1 minute"})
        await step.do("report", tools.mail.send(
            to="books@example.com", subject=f"Books of {month}", body=str(len(lines))))
        return len(lines)
"""
LETTER = """\
from agentflow import Workflow, tools


class Apologise(Workflow):
    \"\"\"Write to a customer whose parcel was lost.\"\"\"

    async def run(self, event, step):
        await step.do("write", tools.mail.send(
            to=event.payload["email"], subject="Your parcel", body="It was lost. We send it again."))
        await step.wait_for_event("answer", "mail.received", timeout="7 days")
        return "answered"
"""


def answers(folder: Path) -> None:
    """What the models of the shop say, `offline:./NAME` each."""
    office.answers(folder, office.fenced(REFUND_BROKEN), office.fenced(REFUND), folder="refunds")
    office.answers(folder, office.fenced(REFUND_AT_ONCE), folder="quick")
    office.answers(folder, office.fenced(RESTOCK), folder="restock")
    office.answers(folder, office.fenced(REFUND_BROKEN), folder="stubborn")
    office.answers(folder, "I would rather write a poem about refunds.", folder="poet")
