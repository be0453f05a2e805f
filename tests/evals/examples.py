"""One task, a plan that solves it and one that does not, and walks as data, for the tests beside this file."""

from __future__ import annotations

from pathlib import Path

from agentflow.evals.task import Case, Task
from agentflow.evals.tasks import load
from agentflow.records import Call, Json
from agentflow.trial import Asked, CallOutcome, Made, Outcome, Walk

TASK = """\
id: refunds/small
goal: "Refund the order of the payload; above 100, one of us has to agree."
instructions: Nobody is refunded twice.
tools:
  orders.get:
    description: The order with this number.
    parameters: {type: object, properties: {id: {type: string}}, required: [id], additionalProperties: false}
    returns: {type: object, properties: {total: {type: number}}, required: [total]}
    effect: read
  payments.refund:
    description: Pay an amount back.
    parameters: {type: object, properties: {amount: {type: number}}, required: [amount]}
    returns: {type: object, properties: {reference: {type: string}}, required: [reference]}
cases:
  - name: small
    payload: {order_id: "17"}
    results:
      orders.get: [{fail: busy}, {return: {total: 40}}]
      payments.refund: [{return: {reference: r-1}}]
    expect:
      calls: [{tool: orders.get, args: {id: "17"}}, {tool: payments.refund, args: {amount: 40}}]
      most: {payments.refund: 1}
      result: {reference: r-1}
  - name: large, and we say no
    payload: {order_id: "18"}
    results:
      orders.get: [{return: {total: 400}}]
    decisions: {"*": {reject: too much}}
    expect:
      outcome: failed
      never: [{tool: payments.refund}]
      approved: [payments.refund]
"""

RIGHT = """\
from agentflow import Workflow, tools


class Refund(Workflow):
    async def run(self, event, step):
        order = await step.do("load", tools.orders.get(id=event.payload["order_id"]))
        refund = tools.payments.refund(amount=order["total"])
        if order["total"] > 100:
            agreed = await step.wait_for_approval("agree", f"Refund {order['total']} EUR?", call=refund)
            refund = agreed.call
        return await step.do("refund", refund)
"""

HASTY = """\
from agentflow import Workflow, tools


class Refund(Workflow):
    async def run(self, event, step):
        order = await step.do("load", tools.orders.get(id=event.payload["order_id"]))
        return await step.do("refund", tools.payments.refund(amount=order["total"]))
"""

BROKEN = RIGHT.replace('await step.do("load"', 'step.do("load"')


def fenced(source: str) -> str:
    """A plan as models give it."""
    return f"Here it is.\n\n```python\n{source}```\n"


def task(folder: Path, text: str = TASK) -> Task:
    """A task of this text, by way of a file."""
    file = folder / "tasks" / "refunds" / "small.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return load(file)


def case(expect: Json) -> Case:
    """A case that expects this."""
    return Case.model_validate({"name": "one", "expect": expect})


def made(order: int, tool: str, outcome: CallOutcome = "ok", **args: Json) -> Made:
    return Made(order, tool, args, tool, 1, outcome)


def agreed(order: int, tool: str, said: str = "approve", **args: Json) -> Asked:
    return Asked("agree#1", "call", "Do it?", (Call(tool, args),), said=said, order=order)


def walk(
    *calls: Made,
    asked: tuple[Asked, ...] = (),
    outcome: Outcome = "completed",
    result: Json = None,
    error: Json = None,
    seconds: float = 0.0,
) -> Walk:
    return Walk(outcome, result=result, error=error, calls=calls, asked=asked, seconds=seconds)
