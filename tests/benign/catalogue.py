"""A small company as tools: about fifty, with a state in memory, which act as their docstrings say.

Put it into an `agentflow.toml` (`tools = ["tests.benign.catalogue"]`) to check plans by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import wraps
from typing import Any, Literal

from agentflow import tool
from agentflow.tools import Tool

from .company import (
    BUSY,
    CONTRACTS,
    CUSTOMERS,
    FILES,
    FLIGHTS,
    INVOICES,
    LEADS,
    ORDERS,
    PAGES,
    PEOPLE,
    QUOTES,
    RATES,
    RESPONSES,
    SERVICES,
    STOCK,
    TICKETS,
    Row,
)


@dataclass
class Line:
    """One line of an invoice: {"text", "amount"}."""

    text: str
    amount: Decimal


CALLS: list[tuple[str, Row]] = []
"""Every call that reached a tool since `reset`: its name and its arguments."""
FAILED: Counter[str] = Counter()
"""How often what is flaky has failed since `reset`."""
RESTARTED: set[str] = set()
TOOLS: list[Tool] = []
"""All of them."""


def reset() -> None:
    """As if the company had just opened."""
    CALLS.clear()
    FAILED.clear()
    RESTARTED.clear()


def offer(namespace: str, name: str | None = None, **options: Any) -> Callable[[Callable[..., Any]], Tool]:
    """Makes a function a tool that is noted whenever it is called."""

    def make(function: Callable[..., Any]) -> Tool:
        @wraps(function)
        async def noted(**args: Any) -> Any:
            CALLS.append((made.spec.name, args))
            return function(**args)

        made = tool(namespace=namespace, name=name, **options)(noted)
        TOOLS.append(made)
        return made

    return make


def _number() -> str:
    """A number for what the call that was made last has made."""
    made, _ = CALLS[-1]
    return f"{made.partition('.')[2]}-{sum(1 for name, _ in CALLS if name == made)}"


def _found(rows: dict[str, Row], id: str) -> Row:
    if id not in rows:
        raise LookupError(f"there is no {id}")
    return rows[id]


@offer("orders", effect="read")
def get(id: str) -> Row:
    """The order with this number: id, customer, status (open, delivered, lost), total (Decimal), items {sku: count}.

    Fails with LookupError where there is none.
    """
    return _found(ORDERS, id)


@offer("orders", effect="read", name="list")
def list_orders(page: int = 1) -> Row:
    """A page of two orders: {"orders": [...], "next": number of the next page or null}."""
    rows = list(ORDERS.values())[2 * page - 2 : 2 * page]
    return {"orders": rows, "next": page + 1 if 2 * page < len(ORDERS) else None}


@offer("orders", effect="idempotent", risk="medium")
def cancel(id: str, reason: str) -> Row:
    """Cancel an order: {"id", "status": "cancelled"}."""
    return {"id": id, "status": "cancelled"}


@offer("customers", effect="read", name="get")
def get_customer(id: str) -> Row:
    """A customer: id, name, email, country (two letters), tier (gold or basic). Names and addresses as typed."""
    return _found(CUSTOMERS, id)


@offer("customers", effect="read", name="list")
def list_customers() -> list[Row]:
    """All customers, as `customers.get` gives them."""
    return list(CUSTOMERS.values())


@offer("customers", effect="idempotent")
def update(id: str, fields: dict[str, str]) -> Row:
    """Change fields of a customer; gives the customer as it is then."""
    return {**_found(CUSTOMERS, id), **fields}


@offer("invoices", effect="read", name="list")
def list_invoices(status: Literal["open", "paid"] = "open") -> list[Row]:
    """Invoices of a status: id, customer, amount (Decimal), due (ISO date), status."""
    return [row for row in INVOICES.values() if row["status"] == status]


@offer("invoices", effect="idempotent", risk="medium")
def mark_paid(id: str, reference: str) -> Row:
    """Book an invoice as paid: {"id", "status": "paid"}."""
    return {"id": _found(INVOICES, id)["id"], "status": "paid"}


@offer("invoices", risk="medium")
def create(customer: str, lines: list[Line], due: str) -> Row:
    """Write an invoice, due on an ISO date: {"id", "total": Decimal}."""
    return {"id": _number(), "total": sum((line.amount for line in lines), Decimal())}


@offer("invoices", effect="idempotent")
def void(id: str) -> None:
    """Take a written invoice back."""


@offer("payments", risk="high", approval=lambda args: bool(args["amount"] >= 1000))
def pay(iban: str, amount: Decimal, reference: str) -> Row:
    """Pay an amount in EUR: {"id", "amount"}. A person agrees first from 1000 EUR on."""
    return {"id": _number(), "amount": amount}


@offer("payments", risk="high", approval="always")
def refund(order_id: str, amount: Decimal) -> Row:
    """Pay an amount in EUR back to the customer of an order: {"reference"}. A person always agrees first."""
    return {"reference": f"refund-{order_id}"}


@offer("ledger", effect="idempotent", risk="medium")
def post(account: str, amount: Decimal, text: str) -> Row:
    """Post an amount to an account: {"entry"}."""
    return {"entry": _number()}


@offer("ledger", effect="read")
def entries(month: str) -> list[Row]:
    """Entries of a month such as "2027-01": account, amount (Decimal), day (ISO date)."""
    rows = (("rent", "-1200.00", 1), ("sales", "850.25", 3), ("sales", "1249.75", 17), ("travel", "-310.10", 20))
    return [{"account": name, "amount": Decimal(amount), "day": f"{month}-{day:02}"} for name, amount, day in rows]


@offer("fx", effect="read")
def rate(currency: str) -> Decimal:
    """How many EUR one unit of a currency (USD, GBP, JPY, EUR) is worth, as a Decimal."""
    return RATES[currency]


@offer("mail")
def send(to: str, subject: str, body: str) -> Row:
    """Send a mail: {"id"}. Addresses without an @ are refused with ValueError."""
    if "@" not in to:
        raise ValueError(f"{to!r} is no address")
    return {"id": _number()}


@offer("chat", name="post")
def post_message(channel: str, text: str) -> Row:
    """Write into a channel such as "#ops": {"id"}."""
    return {"id": _number()}


@offer("tickets", effect="read", name="list")
def list_tickets(queue: Literal["support", "legal"]) -> list[Row]:
    """Tickets of a queue: id, queue, status, hours (how long it has been open), text (what the customer wrote)."""
    return [row for row in TICKETS.values() if row["queue"] == queue]


@offer("tickets", effect="idempotent", name="update")
def update_ticket(id: str, status: Literal["open", "waiting", "closed"], assignee: str | None = None) -> Row:
    """Change a ticket; gives it as it is then."""
    return {**_found(TICKETS, id), "status": status, "assignee": assignee}


@offer("tickets")
def comment(id: str, text: str) -> None:
    """Answer a ticket."""


@offer("assistant", effect="read")
def classify(text: str, labels: list[str]) -> Row:
    """Which label fits a text: {"label", "confidence": 0 to 1}."""
    words = {"refund": "billing", "password": "account", "down": "outage", "personal data": "privacy"}
    label = next((label for word, label in words.items() if word in text.lower() and label in labels), labels[0])
    return {"label": label, "confidence": 0.9 if label != labels[0] else 0.5}


@offer("people", effect="read", name="list")
def list_people(team: Literal["ops", "finance"]) -> list[Row]:
    """People of a team: id, name, team, zone (IANA), hired (ISO date)."""
    return [row for row in PEOPLE.values() if row["team"] == team]


@offer("accounts", risk="medium")
def open(person: str, system: str) -> Row:
    """Open an account for a person on a system (mail, vpn, erp): {"account"}. "erp" fails with PermissionError."""
    if system == "erp":
        raise PermissionError("erp needs a licence")
    return {"account": f"{person}@{system}"}


@offer("accounts", effect="idempotent", risk="medium")
def close(account: str) -> None:
    """Close an account."""


@offer("calendar", effect="read")
def busy(person: str, day: str) -> list[Row]:
    """When a person is busy on an ISO date: [{"start": datetime, "end": datetime}, ...], in UTC and in order."""
    spans = [[datetime.fromisoformat(f"{day}T{time}:00+00:00") for time in span] for span in BUSY[person]]
    return [{"start": start, "end": end} for start, end in spans]


@offer("calendar")
def book(person: str, start: datetime, end: datetime, title: str) -> Row:
    """Book a meeting, between aware datetimes: {"id"}."""
    return {"id": _number()}


@offer("calendar", effect="idempotent")
def unbook(id: str) -> None:
    """Take a meeting out of a calendar."""


@offer("files", effect="read")
def read(path: str) -> bytes:
    """The bytes of a file. Fails with LookupError where there is none."""
    if path not in FILES:
        raise LookupError(f"there is no file {path}")
    return FILES[path]


@offer("files", effect="idempotent")
def write(path: str, data: str | bytes) -> Row:
    """Write a file: {"path", "size"}."""
    return {"path": path, "size": len(data)}


@offer("stock", effect="read")
def level(sku: str) -> Row:
    """How many of a sku are there: {"sku", "count"}."""
    return {"sku": sku, "count": STOCK[sku]}


@offer("stock")
def reserve(sku: str, count: int) -> Row:
    """Set pieces aside: {"id", "sku", "count"}. Fails with ValueError where there are not so many."""
    if STOCK[sku] < count:
        raise ValueError(f"only {STOCK[sku]} of {sku}")
    return {"id": _number(), "sku": sku, "count": count}


@offer("stock", effect="idempotent")
def release(id: str) -> None:
    """Put pieces that were set aside back."""


@offer("suppliers", effect="read")
def quote(supplier: Literal["acme", "bolt", "cara"], sku: str) -> Row:
    """What a supplier asks for one piece: {"supplier", "sku", "price": Decimal}. LookupError for what it lacks."""
    if sku not in QUOTES[supplier]:
        raise LookupError(f"{supplier} sells no {sku}")
    return {"supplier": supplier, "sku": sku, "price": QUOTES[supplier][sku]}


@offer("suppliers", risk="high", approval=lambda args: bool(args["price"] * args["count"] > 500))
def order(supplier: str, sku: str, count: int, price: Decimal) -> Row:
    """Order pieces at a price for each: {"order"}. A person agrees first above 500 EUR in all."""
    return {"order": _number()}


@offer("shipping", effect="read")
def rates(country: str, weight_kg: float) -> list[Row]:
    """What carriers ask: [{"carrier", "price": float, "days": int}, ...]."""
    return [
        {"carrier": "post", "price": round(4 + weight_kg, 2), "days": 5},
        {"carrier": "express", "price": round(11 + 2 * weight_kg, 2), "days": 1},
    ]


@offer("shipping")
def label(order_id: str, carrier: str) -> Row:
    """Buy a label: {"label", "tracking"}."""
    return {"label": f"label-{order_id}", "tracking": f"{carrier}-{order_id}"}


@offer("shipping", effect="idempotent", name="void")
def void_label(label: str) -> None:
    """Give a label back."""


@offer("travel", effect="read")
def flights(origin: str, destination: str, day: str) -> list[Row]:
    """Flights: id, carrier, departs (ISO with zone), price (Decimal), stops."""
    return FLIGHTS


@offer("travel", risk="medium")
def book_flight(id: str, traveller: str) -> Row:
    """Book a flight: {"booking"}."""
    return {"booking": f"flight-{id}"}


@offer("travel", risk="medium")
def book_hotel(city: str, nights: int, traveller: str) -> Row:
    """Book a hotel: {"booking"}. In "Nowhere" everything is full: RuntimeError."""
    if city == "Nowhere":
        raise RuntimeError("everything is full")
    return {"booking": f"hotel-{city}"}


@offer("travel", effect="idempotent", name="cancel")
def cancel_booking(booking: str) -> Row:
    """Cancel a booking of a flight or a hotel: {"booking", "fee": Decimal}."""
    return {"booking": booking, "fee": Decimal(0)}


@offer("services", effect="read")
def status(service: str) -> Row:
    """How a service (api, shop, mailer) does: service, healthy, version, previous (version), replicas."""
    row = _found(SERVICES, service)
    return {**row, "healthy": row["healthy"] or service in RESTARTED}


@offer("services", effect="read")
def latencies(service: str) -> list[float]:
    """The latest response times in milliseconds, the oldest first."""
    return [float(20 + n * 7 % 13 + (400 if service == "shop" and n > 15 else 0)) for n in range(20)]


@offer("services", risk="medium")
def restart(service: str) -> None:
    """Restart a service. It is healthy afterwards."""
    RESTARTED.add(service)


@offer("services", risk="high", approval="always")
def roll_back(service: str, version: str) -> Row:
    """Put an earlier version of a service into use: {"service", "version"}. A person always agrees first."""
    return {"service": service, "version": version}


@offer("services", effect="idempotent", risk="medium")
def scale(service: str, replicas: int) -> Row:
    """Say how many replicas a service has: {"service", "replicas"}."""
    return {"service": service, "replicas": replicas}


@offer("web", effect="read")
def fetch(url: str) -> Row:
    """A web page: {"status", "text"}. https://flaky.example fails twice with ConnectionError before it answers."""
    if "flaky" in url and FAILED[url] < 2:
        FAILED[url] += 1
        raise ConnectionError("connection reset")
    return {"status": 200, "text": PAGES[url]} if url in PAGES else {"status": 404, "text": "not found"}


@offer("crm", effect="read")
def leads(cursor: int = 0, size: int = 10) -> Row:
    """A page of leads: {"leads": [{"id", "company", "staff", "opened"}, ...], "next": cursor or null}."""
    end = cursor + size
    return {"leads": LEADS[cursor:end], "next": end if end < len(LEADS) else None}


@offer("crm", effect="idempotent")
def score(lead: str, points: int) -> None:
    """Give a lead its points, 0 to 100."""
    if not 0 <= points <= 100:
        raise ValueError(f"{points} points are not between 0 and 100")


@offer("cms")
def draft(title: str, slug: str, body: str) -> Row:
    """Save a draft of an article: {"id"}."""
    return {"id": _number()}


@offer("cms", risk="high", approval="always")
def publish(id: str) -> Row:
    """Publish a draft: {"url"}. A person always agrees first."""
    return {"url": f"https://blog.example/{id}"}


@offer("surveys", effect="read")
def responses(survey: str) -> list[Row]:
    """Answers to a survey: [{"score": 0 to 10, "text"}, ...]."""
    return RESPONSES


@offer("contracts", effect="read", name="list")
def list_contracts() -> list[Row]:
    """Contracts: id, party, ends (ISO date), yearly (Decimal, EUR), notice_days."""
    return list(CONTRACTS.values())


@offer("contracts", risk="high", approval="always")
def renew(id: str, until: str) -> Row:
    """Renew a contract until an ISO date: {"id", "ends"}. A person always agrees first."""
    return {"id": id, "ends": until}
