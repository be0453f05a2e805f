"""What a new version does otherwise is told by what it does, not by how it is written."""

from __future__ import annotations

from agentflow.graph.changes import changes, words

from .plans import drawn, source

LOAD = 'order = await step.do("load", tools.orders.get(id="1"))'
ASKED = """
refund = tools.payments.refund(order_id="1", amount=5)
agreed = await step.wait_for_approval("agree", "Pay?", call=refund)
await step.do("refund", agreed.call)
"""


def said(before: str, after: str) -> list[str]:
    return words(changes(drawn(source(before)), drawn(source(after))))


def test_a_plan_that_is_only_written_otherwise_does_the_same() -> None:
    written = LOAD.replace("order", "found", 1)
    assert said(LOAD, f"# loads\n{written}\nreturn found") == [
        "It takes the same steps, with the same tools, and asks people the same."
    ]


def test_an_approval_that_is_gone_is_told_before_what_is_less_dangerous() -> None:
    unasked = 'await step.do("refund", tools.payments.refund(order_id="1", amount=5))'
    told = said(ASKED, f"{LOAD}\n{unasked}")
    assert told[0] == "It calls orders.get now."
    assert told[1] == "It no longer asks people: 'agree' on payments.refund."
    assert "New: do 'load'." in told
    assert "Gone: ask for approval 'agree'." in told
    assert any(one.startswith("Changed: do 'refund': ") and "as approved" in one for one in told)


def test_what_was_added_one_way_is_removed_the_other_way() -> None:
    there, back = (
        changes(drawn(source(LOAD)), drawn(source(ASKED))),
        changes(drawn(source(ASKED)), drawn(source(LOAD))),
    )
    for name in ("tools", "approvals", "steps"):
        one, other = getattr(there, name), getattr(back, name)
        assert (one.added, one.removed) == (other.removed, other.added)
        assert one
    assert "It asks people now: 'agree' on payments.refund." in words(there)


def test_a_step_with_other_times_or_more_often_has_changed() -> None:
    nap = 'await step.sleep("rest", {})'
    assert said(nap.format('"1 day"'), nap.format('"2 days"')) == ["Changed: sleep 'rest': 2 days, before: 1 day."]
    assert said(LOAD, f"{LOAD}\n{LOAD}") == ["Changed: do 'load': orders.get (2 times), before: orders.get."]


def test_what_undoes_a_step_is_a_tool_of_the_plan() -> None:
    undone = LOAD[:-1] + ', rollback=lambda result: tools.mail.send(to="a", subject="b", body="c"))'
    assert changes(drawn(source(LOAD)), drawn(source(undone))).tools.added == ("mail.send",)
