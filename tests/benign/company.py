"""What the company of the benign plans has: its customers, orders, stock, files."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any

Row = dict[str, Any]

ORDERS: dict[str, Row] = {
    "o-1": {"id": "o-1", "customer": "c-1", "status": "delivered", "total": Decimal("49.90"), "items": {"pen": 2}},
    "o-2": {"id": "o-2", "customer": "c-2", "status": "open", "total": Decimal("1250.00"), "items": {"desk": 1}},
    "o-3": {"id": "o-3", "customer": "c-1", "status": "open", "total": Decimal("18.00"), "items": {"pen": 3, "ink": 1}},
    "o-4": {"id": "o-4", "customer": "c-3", "status": "lost", "total": Decimal("310.50"), "items": {"lamp": 3}},
    "o-5": {"id": "o-5", "customer": "c-2", "status": "open", "total": Decimal("75.25"), "items": {"lamp": 1}},
}
CUSTOMERS: dict[str, Row] = {
    "c-1": {"id": "c-1", "name": "Ada Lovelace", "email": "ada@example.com", "country": "GB", "tier": "gold"},
    "c-2": {"id": "c-2", "name": "  jürgen   müller ", "email": "JM@Example.com", "country": "DE", "tier": "basic"},
    "c-3": {"id": "c-3", "name": "Zoë Açai", "email": "zoe@example.org", "country": "FR", "tier": "basic"},
    "c-4": {"id": "c-4", "name": "Ada Lovelace", "email": "ada@example.com ", "country": "GB", "tier": "basic"},
}
INVOICES: dict[str, Row] = {
    "i-1": {"id": "i-1", "customer": "c-1", "amount": Decimal("120.00"), "due": "2027-01-02", "status": "open"},
    "i-2": {"id": "i-2", "customer": "c-2", "amount": Decimal("990.00"), "due": "2026-11-30", "status": "open"},
    "i-3": {"id": "i-3", "customer": "c-3", "amount": Decimal("45.50"), "due": "2026-12-24", "status": "open"},
    "i-4": {"id": "i-4", "customer": "c-2", "amount": Decimal("200.00"), "due": "2027-02-01", "status": "paid"},
}
PEOPLE: dict[str, Row] = {
    "p-1": {"id": "p-1", "name": "Grace", "team": "ops", "zone": "Europe/Berlin", "hired": "2019-03-01"},
    "p-2": {"id": "p-2", "name": "Linus", "team": "ops", "zone": "America/New_York", "hired": "2022-07-15"},
    "p-3": {"id": "p-3", "name": "Mary", "team": "finance", "zone": "Asia/Tokyo", "hired": "2024-01-10"},
}
TICKETS: dict[str, Row] = {
    "t-1": {"id": "t-1", "queue": "support", "status": "open", "hours": 30, "text": "My invoice is wrong, refund me!"},
    "t-2": {"id": "t-2", "queue": "support", "status": "open", "hours": 2, "text": "How do I change my password?"},
    "t-3": {"id": "t-3", "queue": "support", "status": "open", "hours": 75, "text": "The site is down, error 500."},
    "t-4": {"id": "t-4", "queue": "legal", "status": "open", "hours": 5, "text": "Delete all my personal data."},
}
STOCK: Counter[str] = Counter({"pen": 400, "ink": 3, "lamp": 12, "desk": 0, "chair": 25})
QUOTES: dict[str, dict[str, Decimal]] = {
    "acme": {"pen": Decimal("0.80"), "ink": Decimal("4.10"), "desk": Decimal("310.00")},
    "bolt": {"pen": Decimal("0.75"), "ink": Decimal("4.60"), "desk": Decimal("295.00")},
    "cara": {"pen": Decimal("0.95"), "desk": Decimal("402.00")},
}
SERVICES: dict[str, Row] = {
    "api": {"service": "api", "healthy": True, "version": "4.2.0", "previous": "4.1.9", "replicas": 3},
    "shop": {"service": "shop", "healthy": False, "version": "9.0.1", "previous": "8.7.3", "replicas": 2},
    "mailer": {"service": "mailer", "healthy": True, "version": "1.0.0", "previous": "0.9.9", "replicas": 1},
}
FILES: dict[str, bytes] = {
    "in/contacts.csv": "name;email;joined\nAda;ADA@x.org;2024-02-29\nBob;;2023-12-31\nÉva;eva@x.hu;31.01.2025\n".encode(
        "latin-1"
    ),
    "in/hours.json": b'{"Grace": [8, 7.5, 9], "Linus": [8, 8, 8], "Mary": []}',
    "in/app.log": b"2027-01-15T08:00:01Z INFO start\n2027-01-15T08:00:05Z ERROR db timeout after 30 s\n"
    b"2027-01-15T08:01:10Z WARN slow query 812 ms\n2027-01-15T08:02:00Z ERROR db timeout after 31 s\n",
    "in/bank.csv": b"date,text,amount\n2027-01-03,INVOICE i-1 thanks,120.00\n2027-01-04,fee,-4.50\n"
    b"2027-01-05,re: I-3,45.50\n2027-01-06,unknown sender,77.00\n",
}
PAGES = {
    "https://news.example/a": "<html><title>Chips are scarce</title><p>Prices rose 12% in May.</p></html>",
    "https://news.example/b": "<html><title>Chips are back</title><p>Prices fell 3.5% in June.</p></html>",
    "https://flaky.example/c": "<html><title>Third voice</title><p>Nothing moved.</p></html>",
}
RATES = {"USD": Decimal("0.92"), "GBP": Decimal("1.17"), "JPY": Decimal("0.0061"), "EUR": Decimal(1)}
LEADS = [{"id": f"l-{n}", "company": f"Company {n}", "staff": n * n % 97, "opened": n % 4} for n in range(1, 26)]
RESPONSES = [
    {"score": 9, "text": "great"},
    {"score": 10, "text": "love it"},
    {"score": 3, "text": "slow, slow support"},
    {"score": 7, "text": "ok"},
    {"score": 8, "text": "fine"},
    {"score": 0, "text": "never again"},
    {"score": 9, "text": "great team"},
]
CONTRACTS: dict[str, Row] = {
    "k-1": {"id": "k-1", "party": "Cloud Inc", "ends": "2027-02-14", "yearly": Decimal("12000.00"), "notice_days": 30},
    "k-2": {"id": "k-2", "party": "Paper Ltd", "ends": "2028-01-31", "yearly": Decimal("800.00"), "notice_days": 90},
}
FLIGHTS = [
    {"id": "f-1", "carrier": "LH", "departs": "2027-03-01T07:10:00+01:00", "price": Decimal("180.00"), "stops": 0},
    {"id": "f-2", "carrier": "AF", "departs": "2027-03-01T09:45:00+01:00", "price": Decimal("140.00"), "stops": 1},
    {"id": "f-3", "carrier": "BA", "departs": "2027-03-01T18:20:00+01:00", "price": Decimal("95.50"), "stops": 0},
]
BUSY = {
    "p-1": [("09:00", "11:00"), ("13:00", "14:30")],
    "p-2": [("08:00", "09:30"), ("13:30", "15:00")],
    "p-3": [("11:00", "12:00")],
}
