"""A plan that the fork server plays before the first fork, so that every guest after it starts warm.

CPython writes into code while it learns which of its parts are hot. What is learnt before the fork is shared by all
guests; what each would learn for itself is memory of its own, and time.
"""

from __future__ import annotations

import base64
import marshal
from typing import Any

from .server import Guest

PLAN = """
from datetime import datetime, timedelta
from agentflow import Workflow, tools, StepFailed

class Item:
    def __init__(self, name, amount):
        self.name, self.amount = name, amount

class Plan(Workflow):
    async def run(self, event, step):
        items = [Item(f"n{n}", n) for n in range(3)]
        try:
            found = await step.do("a", tools.a.b(n=event.payload["n"], day=event.timestamp + timedelta(days=1)))
        except StepFailed as error:
            found = error.message
        rows = await step.gather(*(step.do(item.name, tools.a.b(n=item.amount)) for item in items))
        await step.sleep("s", "2 days")
        async def work():
            return await tools.a.b(n=1)
        return {"found": found, "rows": rows, "worked": await step.do("w", work), "now": step.now()}
"""
TIMES = 10
"""CPython quickens code that has run about this often."""


def rehearse() -> None:
    """Play it."""
    guest = Guest()
    code = compile(PLAN, "<plan>", "exec", dont_inherit=True)
    _ask(guest, op="load", code=base64.b64encode(marshal.dumps(code)).decode(), entry="Plan")
    event = {"id": "e", "payload": {"n": 1}, "timestamp": 1.0, "schedule": None}
    for n in range(TIMES):
        name = f"a{n}"
        _ask(guest, op="open", activation=name, run="run", generation=1, agent="agent", event=event)
        keys = ("a#1", "n0#1", "n1#1", "n2#1", "s#1")
        deliveries: list[dict[str, Any]] = [{"at": 1.0, "start": True}]
        deliveries += [{"at": 2.0, "key": key, "ok": {"id": "x", "n": [1.5, None, True]}} for key in keys]
        _ask(guest, op="turns", activation=name, deliveries=deliveries)
        _ask(guest, op="close", activation=name)


def _ask(guest: Guest, **request: Any) -> None:
    answer = guest.answer(request)
    if answer.startswith('{"fault"'):
        raise RuntimeError(f"the rehearsal of the fork server went wrong: {answer}")
