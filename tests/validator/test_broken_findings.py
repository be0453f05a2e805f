"""Plans that were let through, and then failed with an error that told a model little."""

from __future__ import annotations

import pytest

from agentflow.validator import check

from .test_rules import found, in_run, marked

BAD = {
    "an approval is no answer": """
        approval = await step.wait_for_approval("a", "ok?")
        if approval.approved:  # AF602
            return 1
    """,
    "an event that came is no dict": """
        paid = await step.wait_for_event("a", "paid")
        return paid["amount"]  # AF602
    """,
    "an event that came has four fields": """
        paid = await step.wait_for_event("a", "paid")
        return [paid.data, paid.type]  # AF602
    """,
    "a payload is a dict": """
        return event.payload.order_id  # AF602
    """,
    "the payload of an event that came is a dict": """
        paid = await step.wait_for_event("a", "paid")
        return paid.payload.amount  # AF602
    """,
    "a function that is called too early and computes": """
        def total():
            if event.payload:
                return 1 + 2
            return [1]
        return await step.do("a", total())  # AF603
    """,
    "a function that is called too early and gives nothing": """
        def note():
            pass
        await step.do("a", note())  # AF603
    """,
    "a call that is looked at, and then used as its result": """
        async def load():
            order = tools.orders.get(id="1")  # AF301
            if not order:
                return None
            return order["id"]
        return await step.do("a", load)
    """,
}
FINE = {
    "what an approval has": """
        approval = await step.wait_for_approval("a", "ok?", call=tools.orders.get(id="1"))
        return [approval.by, approval.comment, approval.decided_at, approval.call.args, approval.calls]
    """,
    "what an event has": """
        paid = await step.wait_for_event("a", "paid")
        return [paid.type, paid.id, paid.timestamp, paid.payload.get("x"), paid.payload["x"]]
    """,
    "an event or none": """
        paid = None
        if event.payload:
            paid = await step.wait_for_event("a", "paid")
        return paid.anything
    """,
    "a payload that is a list or a string": """
        return [event.payload.index(1), event.payload.strip()]
    """,
    "a function that makes a call or a function": """
        def make(kind):
            if kind:
                return tools.orders.get(id="1")
            return lambda: 1
        return await step.do("a", make(event.payload["kind"]))
    """,
    "functions of which one makes a call": """
        def make():
            return tools.orders.get(id="1")
        def other():
            return 1
        maker = make if event.payload else other
        return await step.do("a", maker())
    """,
    "a call that is shown and then run": """
        call = tools.orders.get(id="1")
        approval = await step.wait_for_approval("a", f"{call}: {call.args['id']}?", call=call)
        return await step.do("b", approval.call)
    """,
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_it_is_found_now(body: str) -> None:
    source = in_run(body)
    assert found(source) == marked(source)


@pytest.mark.parametrize("body", FINE.values(), ids=FINE.keys())
def test_what_looks_like_it_is_fine(body: str) -> None:
    assert found(in_run(body)) == []


def test_the_advice_on_an_approval_says_how_a_no_comes() -> None:
    source = in_run('approval = await step.wait_for_approval("a", "ok?")\nreturn approval.approved')
    [finding] = check(source, None)["findings"]
    assert "ApprovalRejected" in finding["advice"]


def test_the_column_of_the_policy_counts_characters() -> None:
    [finding] = check(in_run("x = 'éé' + open('x')"), None)["findings"]
    assert finding["column"] == 8 + 12
