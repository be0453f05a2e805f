"""The tools that the example plans may use, as plain specifications."""

from __future__ import annotations

from typing import Any

TEXT = {"type": "string"}
NUMBER = {"type": "number"}
WHOLE = {"type": "integer"}
FLAG = {"type": "boolean"}
TEXTS = {"type": "array", "items": TEXT}
OBJECT = {"type": "object"}
LINES = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"sku": TEXT, "count": {"type": "integer", "minimum": 1}},
        "required": ["sku", "count"],
        "additionalProperties": False,
    },
}


def tool(name: str, *, effect: str = "once", approval: str = "never", **parameters: Any) -> dict[str, Any]:
    """A specification; a parameter whose name ends with `_` may be left out."""
    return {
        "name": name,
        "description": "",
        "parameters": {
            "type": "object",
            "properties": {key.rstrip("_"): schema for key, schema in parameters.items()},
            "required": [key for key in parameters if not key.endswith("_")],
            "additionalProperties": False,
        },
        "returns": {},
        "risk": "low",
        "effect": effect,
        "approval": approval,
    }


TOOLS: list[dict[str, Any]] = [
    tool("orders.get", effect="read", id=TEXT),
    tool("orders.search", effect="read", customer_=TEXT, since_=TEXT, limit_=WHOLE),
    tool("orders.create", customer=TEXT, lines=LINES, note_={"anyOf": [TEXT, {"type": "null"}]}),
    tool("orders.update", effect="idempotent", id=TEXT, status={"enum": ["open", "held", "shipped", "closed"]}),
    tool("payments.refund", order_id=TEXT, amount=NUMBER, currency_=TEXT),
    tool("payments.cancel", effect="idempotent", reference=TEXT),
    tool("payments.credit", approval="predicate", customer=TEXT, amount=NUMBER),
    tool("payments.transfer", approval="always", iban=TEXT, amount=NUMBER, reference=TEXT),
    tool("mail.send", to=TEXT, subject=TEXT, body=TEXT, cc_=TEXTS),
    tool("chat.post", channel=TEXT, text=TEXT, urgent_=FLAG),
    tool("pager.page", person=TEXT, message=TEXT),
    tool("metrics.query", effect="read", query=TEXT, minutes_=WHOLE),
    tool("deploy.start", service=TEXT, version=TEXT, share_=NUMBER),
    tool("deploy.status", effect="read", service=TEXT),
    tool("deploy.undo", effect="idempotent", service=TEXT),
    tool("ci.build", effect="idempotent", repository=TEXT, commit=TEXT),
    tool("ci.test", effect="idempotent", repository=TEXT, commit=TEXT, suite=TEXT),
    tool("accounts.create", effect="idempotent", email=TEXT, groups=TEXTS),
    tool("accounts.disable", approval="always", email=TEXT),
    tool("crm.update", effect="idempotent", customer=TEXT, fields=OBJECT),
    tool("crm.customers", effect="read", segment=TEXT, page_=WHOLE),
    tool("files.write", effect="idempotent", path=TEXT, text=TEXT),
    tool("files.read", effect="read", path=TEXT),
    tool("tickets.create", title=TEXT, body=TEXT, priority_=WHOLE),
    tool("tickets.update", effect="idempotent", id=TEXT, fields=OBJECT),
    tool("web.fetch", effect="read", url=TEXT),
    tool("llm.generate", effect="read", prompt=TEXT, schema_={"anyOf": [OBJECT, {"type": "null"}]}),
]
