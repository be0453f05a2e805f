"""What the prompt shows as good passes the checks, and the stored demo has exactly the errors that it is to show."""

from __future__ import annotations

import re
from textwrap import indent
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


HOTELS = [tool("hotels.book", city="string"), tool("hotels.cancel", id="string")]
LOAD = 'tools.orders.get(id="1")'
SEND = 'tools.mail.send(to="a", subject="b", body="c")'
WRITE_OFF = 'tools.billing.write_off(id="1", amount=1)'
ASK = f'call = {WRITE_OFF}\nyes = await step.wait_for_approval("agree", "Write it off?", call=call)\n'
FAULTS = [
    ("AF002", 'async with asyncio.timeout(60):\n    await step.sleep("a", 1)'),
    ("AF002", 'open("a")'),
    ("AF003", "import requests"),
    ("AF101", "class Other(Workflow):\n    async def run(self, event, step): ..."),
    ("AF104", f'try:\n    await step.do("load", {LOAD})\nexcept StepFailed:\n    return "gone"'),
    ("AF201", 'await step.do("load", tools.orders.fetch(id="1"))'),
    ("AF202", 'await step.do("load", tools.orders.get(id="1", all=True))'),
    ("AF203", 'await step.do("load", tools.orders.get())'),
    ("AF204", 'await step.do("load", tools.orders.get(id=1))'),
    ("AF205", 'await step.do("load", tools.orders.get("1"))'),
    ("AF301", f'order = {LOAD}\nreturn order["total"]'),
    ("AF301", f"await {LOAD}"),
    ("AF302", 'step.sleep("pause", "1 day")'),
    ("AF401", f'found = []\nasync def work():\n    found.append(await {LOAD})\nawait step.do("load", work)'),
    ("AF402", 'async def work():\n    await step.sleep("a", 1)\nawait step.do("work", work)'),
    ("AF403", f'async def work():\n    return await {WRITE_OFF}\nawait step.do("work", work)'),
    ("AF404", f'async def work():\n    await {SEND}\n    await {SEND}\nawait step.do("work", work)'),
    ("AF501", "await asyncio.sleep(60)"),
    ("AF503", f'found = {{}}\nwhile not found:\n    found = await step.do("load", {LOAD})'),
    ("AF504", f'while True:\n    await step.do("load", {LOAD})\n    await step.sleep("wait", "1 hour")'),
    ("AF603", 'await step.race(step.sleep("a", 1), step.sleep("b", 1))'),
    ("AF603", 'await step.do("b", tools.hotels.book(city="a"), rollback=tools.hotels.cancel(id="1"))'),
    ("AF604", f'try:\n    await step.do("load", {LOAD})\nexcept Exception:\n    pass'),
    (
        "AF701",
        f'call = {WRITE_OFF}\ntry:\n    await step.wait_for_approval("agree", "?", call=call)\n'
        'except ApprovalRejected:\n    pass\nawait step.do("write off", call)',
    ),
    ("AF702", ASK + 'await step.do("write off", tools.billing.write_off(id="1", amount=2))'),
    ("AF703", ASK + 'await step.do("write off", call)'),
    ("AF705", f'await step.wait_for_approval("agree", "Write it off?")\nawait step.do("write off", {WRITE_OFF})'),
    ("AF802", 'for owner in {row["owner"] for row in event.payload["rows"]}:\n    await step.progress(owner)'),
    ("AF804", 'Plan.seen = event.payload["count"]'),
    ("AF821", 'return {"tags": set(event.payload["tags"])}'),
]
"""What the table of the prompt tells of, as a model writes it, and the code of what the checks say to it."""


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


@pytest.mark.parametrize(("code", "body"), FAULTS)
def test_what_the_prompt_says_is_refused_is_refused_with_its_code(code: str, body: str) -> None:
    at_top = body.startswith(("import", "class"))
    head = "import asyncio\nfrom agentflow import ApprovalRejected, Workflow, tools\n"
    top, inner = (body, "return None") if at_top else ("", body)
    plan = f"{head}{top}\n\nclass Plan(Workflow):\n    async def run(self, event, step):\n{indent(inner, ' ' * 8)}\n"
    assert {finding["code"] for finding in check(plan, [*TOOLS, *HOTELS])["findings"]} == {code}


def test_each_code_of_the_prompts_table_is_tried() -> None:
    table = re.findall(r"^\| (AF[^|]*) \|", load().plan.body, re.MULTILINE)
    told = {f"AF{number:03}" for cell in table for number in _numbers(cell)}
    assert told == {code for code, _ in FAULTS}


def _numbers(cell: str) -> list[int]:
    """The codes that a cell names: `AF702, AF703`, `AF201 to AF204`."""
    named = [int(number) for number in re.findall(r"AF(\d+)", cell)]
    return list(range(named[0], named[1] + 1)) if " to " in cell else named
