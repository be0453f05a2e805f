"""What a plan can do is said in words: the dangerous first, numbers only where they hold, and nothing left out."""

from __future__ import annotations

import math
from typing import Any

import pytest

from agentflow.graph.counting import most
from agentflow.graph.words import abilities

from ..plans.catalogue import TOOLS
from .plans import drawn, source

READ = 'await step.do("a", tools.orders.get(id="1"))'
COUNTS: dict[str, tuple[str, float]] = {
    "once": (READ, 1),
    "one after the other": (f"{READ}\n{READ}", 2),
    "one way or the other": (f"if event.id:\n    {READ}\nelse:\n    {READ}", 1),
    "an end in between": (f"if event.id:\n    {READ}\n    return 1\n{READ}", 1),
    "an error in between": (f"if event.id:\n    {READ}\n    raise PlanFailed('no')\n{READ}", 1),
    "a choice that may fit nothing": (f"match event.id:\n    case 'a':\n        {READ}\n        return\n{READ}", 1),
    "a loop over a display": (f"for x in (1, 2, 3):\n    {READ}", 3),
    "a loop in a loop": (f"for x in range(3):\n    for y in range(1, 5):\n        {READ}", 12),
    "a loop over a name": (f"rows = [1, 2]\nfor n, x in enumerate(sorted(rows)):\n    {READ}", 2),
    "a loop over what comes": (f"for x in event.payload['rows']:\n    {READ}", math.inf),
    "a loop over a display that is open": (f"for x in [1, *event.payload]:\n    {READ}", math.inf),
    "a loop over a range that is open": (f"for x in range(event.payload['n']):\n    {READ}", math.inf),
    "a loop without a round": (f"for x in ():\n    for y in event.payload:\n        {READ}", 0),
    "a loop that is left": (f"for x in event.payload['rows']:\n    if x:\n        {READ}\n        break", 1),
    "a loop that is left late": (f"for x in range(3):\n    {READ}\n    if x:\n        {READ}\n        break", 4),
    "a loop that is left by an end": (f"while event.id:\n    if step.now():\n        {READ}\n        return", 1),
    "a round that is cut short": (f"for x in range(2):\n    if x:\n        {READ}\n        continue\n    {READ}", 2),
    "tried, and done otherwise": (f"try:\n    {READ}\nexcept StepFailed:\n    {READ}", 2),
    "tried, failed for sure": (f"try:\n    {READ}\n    raise PlanFailed('a')\nexcept PlanFailed:\n    {READ}", 2),
    "in any case": (f"try:\n    return\nfinally:\n    {READ}", 1),
    "after what was tried": (f"try:\n    await step.sleep('a', 1)\n    return\nfinally:\n    {READ}", 1),
    "side by side": ("await step.gather(*[step.do('a', tools.orders.get(id=str(n))) for n in range(4)])", 4),
    "against each other": (
        "await step.race(a=step.do('a', tools.orders.get(id='1')), b=step.do('b', tools.orders.get(id='2')))", 2,
    ),
    "for each": ("await step.map(lambda n: step.do('a', tools.orders.get(id=n)), ['1', '2'])", 2),
    "in a block": (f"async with step.timeout(60):\n    {READ}\n{READ}", 2),
    "in a function, perhaps in a loop": ("await step.do('a', lambda: tools.orders.get(id='1'))", math.inf),
}  # fmt: skip


@pytest.mark.parametrize(("body", "count"), COUNTS.values(), ids=COUNTS.keys())
def test_a_tool_is_called_so_often_at_most(body: str, count: float) -> None:
    assert most(drawn(source(body)).nodes).get("orders.get", 0) == count


def test_a_helper_that_is_left_early_is_not_the_end_and_one_that_calls_itself_has_no_bound() -> None:
    methods = f"""
    async def one(self, step):
        if self.x:
            {READ}
            return
        {READ}

    async def again(self, step):
        {READ}
        await self.again(step)

    async def failing(self, step):
        {READ}
        raise PlanFailed("x")
    """
    calls = {
        "one": ("await self.one(step)\nawait self.one(step)", 2),
        "again": ("await self.again(step)", math.inf),
        "failing": ("await self.failing(step)\nawait self.one(step)", 1),
        "both": ("await step.gather(self.failing(step), self.one(step))\nawait self.one(step)", 3),
    }
    for body, count in calls.values():
        assert most(drawn(source(body, methods=methods)).nodes)["orders.get"] == count


RISKY: list[dict[str, Any]] = [
    {**tool, "risk": {"mail.send": "high", "files.write": "medium"}.get(tool["name"], "low")} for tool in TOOLS
]
SAID: dict[str, tuple[str, list[str]]] = {
    "nothing": ("return 1", ["It calls no tool, waits for nothing, and asks nobody."]),
    "the dangerous first": (
        """
        await step.do("a", tools.orders.get(id="1"))
        await step.do("b", tools.files.write(path="a", text="b"))
        for row in event.payload["rows"]:
            await step.do("c", tools.mail.send(to="a", subject="b", body="c"))
        """,
        [
            "It calls mail.send (high risk): any number of times (for row in event.payload['rows']).",
            "It calls files.write (medium risk): at most once.",
            "It calls orders.get, which only reads: at most once.",
        ],
    ),
    "what needs a person": (
        """
        await step.do("a", tools.payments.transfer(iban="a", amount=1, reference="b"))
        await step.do("b", tools.payments.credit(customer="a", amount=1))
        await step.do("b", tools.payments.credit(customer="a", amount=1))
        approval = await step.wait_for_approval("sure", "Sure?", call=tools.chat.post(channel="a", text="b"))
        await step.do("c", approval.call)
        await step.do("d", tools.crm.update(customer="a", fields={}), rollback=lambda r: tools.deploy.undo(service="a"))
        """,
        [
            "It calls chat.post: at most once; people see and approve the very call first.",
            "It calls crm.update: at most once; if the run fails, deploy.undo undoes it.",
            "It calls payments.credit: at most twice; a person must agree, depending on its arguments.",
            "It calls payments.transfer: at most once; a person must agree to each call.",
            "It asks people to agree to chat.post ('sure', line 8), and waits at most 1 week.",
        ],
    ),
    "approved in places": (
        """
        call = tools.chat.post(channel="a", text="b")
        approval = await step.wait_for_approval("sure", "Sure?", call=call)
        await step.do("c", approval.call)
        await step.do("d", tools.chat.post(channel="c", text="d"))
        await step.do("d", tools.chat.post(channel="c", text="d"))
        """,
        [
            "It calls chat.post: at most 3 times; in places, people approve the very call first.",
            "It asks people to agree to chat.post ('sure', line 6), and waits at most 1 week.",
        ],
    ),
    "time": (
        """
        await step.sleep("a", "1 day")
        await step.sleep("b", "2 days")
        await step.sleep_until("c", event.timestamp)
        await step.wait_for_event("d", "x", timeout="3 hours")
        await step.wait_for_event("e", "x", timeout=event.payload["most"])
        await step.ask("f", "F?")
        await step.wait_for_approval("g", "G?")
        """,
        [
            "It asks people for an answer ('f', line 10), and waits at most 1 week.",
            "It asks people to agree ('g', line 11), and waits at most 1 week.",
            "It sleeps at most 2 days at a time ('b', line 6).",
            "It sleeps until event.timestamp, which the run works out ('c', line 7).",
            "It waits for an event x ('d', line 8), at most 3 hours.",
            "It waits for an event x ('e', line 9), as long as the run says.",
        ],
    ),
    "others": (
        """
        await step.delegate("a", "writer", "b")
        await step.delegate("b", "writer", "b", timeout="1 day")
        await step.rollback("a")
        await step.rollback()
        await step.continue_as_new({})
        """,
        [
            "It hands work to agent writer ('a', line 5), and waits without a time limit.",
            "It hands work to agent writer ('b', line 6), and waits at most 1 day.",
            "It may undo a and go on (line 7).",
            "It may undo what it has done so far and go on (line 8).",
            "It may begin anew with an empty history (line 9): all numbers are for each time.",
        ],
    ),
    "for ever": (
        """
        async with step.timeout("1 day"):
            while True:
                await step.sleep("a", 60)
        while True:
            await step.sleep("b", 60)
        """,
        [
            "It sleeps at most 1 minute at a time ('a', line 7).",
            "It may run for ever: nothing in the source ends the loop in line 8.",
        ],
    ),
}


@pytest.mark.parametrize(("body", "said"), SAID.values(), ids=SAID.keys())
def test_what_a_plan_can_do_is_said(body: str, said: list[str]) -> None:
    assert abilities(drawn(source(body), RISKY)) == said


def test_a_tool_that_was_named_and_not_found_is_told() -> None:
    graph = drawn(source(READ))
    named = ["orders.get", "a.b", "c.d"]
    assert abilities(graph, named)[-1] == "It also names a.b and c.d; where it calls that was not followed."


def test_a_graph_that_was_cut_says_so() -> None:
    graph = drawn(source("\n".join(f'await step.sleep("{n}", 1)' for n in range(501))))
    assert abilities(graph)[-1] == "It does more than could be followed here: read its source, too."


def test_many_loops_are_counted_not_listed() -> None:
    body = "\n".join(f"for x in event.payload['{name}']:\n    {READ}" for name in "abcde")
    (said,) = abilities(drawn(source(body)))
    assert said.endswith("for x in event.payload['c'] and 2 more).")
