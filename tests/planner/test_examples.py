"""What the prompt shows as good passes the checks, and the stored demo has exactly the errors that it is to show."""

from __future__ import annotations

import re
from typing import Any

import pytest

from agentflow.llm.offline import SHIPPED
from agentflow.planner import extract
from agentflow.planner.prompts import load
from agentflow.validator import check

EXAMPLES = re.findall(r"```python\n(from agentflow.*?)```", load().plan.body, re.DOTALL)


def tool(name: str, effect: str = "idempotent", approval: str = "never", **arguments: str) -> dict[str, Any]:
    properties = {argument: {"type": kind} for argument, kind in arguments.items()}
    parameters = {
        "type": "object",
        "properties": properties,
        "required": list(arguments),
        "additionalProperties": False,
    }
    described = {"name": name, "description": "", "parameters": parameters, "returns": {"type": "object"}}
    return {**described, "risk": "low", "effect": effect, "approval": approval}


TOOLS = [
    tool("billing.invoice", "read", id="string"),
    tool("billing.write_off", "once", "always", id="string", amount="number"),
    tool("stock.level", "read", sku="string"),
    tool("suppliers.order", "once", sku="string", count="integer"),
    tool("mail.send", "once", to="string", subject="string", body="string"),
    tool("orders.get", "read", id="string"),
    tool("stock.reserve", order_id="string"),
    tool("payments.refund", "once", "always", order_id="string", amount="number"),
    tool("archive.store", reference="string"),
]


def stored(name: str) -> str:
    plan = extract.source((SHIPPED / "demo" / name).read_text("utf-8"))
    assert plan is not None
    return plan


def test_the_prompt_has_two_examples() -> None:
    assert len(EXAMPLES) == 2


@pytest.mark.parametrize("plan", [*EXAMPLES, stored("2.md")])
def test_a_good_plan_has_no_finding(plan: str) -> None:
    assert check(plan, TOOLS)["findings"] == []


def test_the_first_stored_plan_has_its_two_errors() -> None:
    unknown, missing = check(stored("1.md"), TOOLS)["findings"]
    assert "orders.fetch" in unknown["message"]
    assert "body" in missing["message"]
    assert {unknown["severity"], missing["severity"]} == {"error"}
