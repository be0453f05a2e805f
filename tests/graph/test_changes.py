"""What a new version does otherwise is told by what it does, not by how it is written."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from agentflow.graph import read
from agentflow.graph.changes import SAME, Changes, Difference, Renamed, changes, words

from .plans import drawn, source

LOAD = 'order = await step.do("load", tools.orders.get(id="1"))'
ASKED = """
refund = tools.payments.refund(order_id="1", amount=5)
agreed = await step.wait_for_approval("agree", "Pay?", call=refund)
await step.do("refund", agreed.call)
"""
UNASKED = 'await step.do("refund", tools.payments.refund(order_id="1", amount=5))'
NAP = 'await step.sleep("{}", "{}")'
MAIL = 'await step.do("tell", tools.mail.send(to="a", subject="b", body="c"))'


def found(before: str, after: str) -> Changes:
    return changes(drawn(source(before)), drawn(source(after)))


def said(before: str, after: str) -> list[str]:
    return words(found(before, after))


def test_a_plan_that_is_only_written_otherwise_does_the_same() -> None:
    written = f"{LOAD}\n{NAP.format('rest', '1 day')}"
    other = written.replace("order", "found", 1).replace("\n", "\n# a day\n")
    assert said(written, f"# loads\n{other}\nreturn found") == [SAME]


def test_an_approval_that_is_gone_is_told_before_what_is_less_dangerous() -> None:
    told = said(ASKED, f"{LOAD}\n{UNASKED}")
    assert told[:2] == [
        "Now it calls orders.get, which only reads: at most once.",
        "Now it calls payments.refund: at most once.",
    ]
    assert told[2] == ("No longer: it calls payments.refund: at most once; people see and approve the very call first.")
    assert told[3].startswith("No longer: it asks people to agree to payments.refund ('agree', line 6)")
    assert "New step: do 'load'." in told
    assert "Step gone: ask for approval 'agree'." in told
    assert any(one.startswith("Step changed: do 'refund': ") and "as approved" in one for one in told)


def test_what_was_added_one_way_is_removed_the_other_way() -> None:
    there, back = found(LOAD, ASKED), found(ASKED, LOAD)
    for name in ("tools", "approvals", "abilities", "steps"):
        one, other = getattr(there, name), getattr(back, name)
        assert (one.added, one.removed) == (other.removed, other.added)
        assert one != Difference((), ())
    assert there.approvals.added == ("'agree' on payments.refund",)


def test_a_step_with_other_times_or_more_often_has_changed() -> None:
    assert said(NAP.format("rest", "1 day"), NAP.format("rest", "2 days")) == [
        "Now it sleeps at most 2 days at a time ('rest', line 5).",
        "No longer: it sleeps at most 1 day at a time ('rest', line 5).",
        "Step changed: sleep 'rest': 2 days, before: 1 day.",
    ]
    assert found(LOAD, f"{LOAD}\n{LOAD}").changed == ("do 'load': orders.get (2 times), before: orders.get",)


def test_how_often_a_tool_is_called_at_most_is_a_limit_that_is_told() -> None:
    round_about = f"for one in range(3):\n    {MAIL}"
    assert "Now it calls mail.send: at most 3 times." in said(MAIL, round_about)
    assert "Step moved: do 'tell' stands in 'for one in range(3)' now." in said(MAIL, round_about)
    assert "Step moved: do 'tell' stands by itself now." in said(round_about, MAIL)


def test_what_undoes_a_step_is_a_tool_of_the_plan() -> None:
    undone = LOAD[:-1] + ', rollback=lambda result: tools.mail.send(to="a", subject="b", body="c"))'
    assert found(LOAD, undone).tools.added == ("mail.send",)


def test_a_step_that_only_has_another_name_is_renamed() -> None:
    told = found(LOAD, LOAD.replace("load", "load order"))
    assert told.renamed == (Renamed("do 'load'", "do 'load order'"),)
    assert (told.steps, told.moved, told.changed) == (Difference((), ()), (), ())
    assert words(told) == ["Step renamed: do 'load order', before: do 'load'."]


def test_another_step_of_another_tool_is_no_renamed_one() -> None:
    told = found(LOAD, MAIL)
    assert (told.renamed, told.steps) == ((), Difference(("do 'tell'",), ("do 'load'",)))


@pytest.mark.parametrize(
    ("order", "moved"),
    [
        ("abcd", []),
        ("bacd", ["sleep 'a' comes after sleep 'b' now"]),
        ("dabc", ["sleep 'd' comes first now"]),
        ("bcda", ["sleep 'a' comes after sleep 'd' now"]),
        ("xaby", []),
    ],
)
def test_the_fewest_steps_that_explain_an_order_have_moved(order: str, moved: list[str]) -> None:
    """Each sleeps a length of its own, so that none is another one renamed."""
    before, after = ("\n".join(NAP.format(name, f"{ord(name)} days") for name in names) for names in ("abcd", order))
    assert [*found(before, after).moved] == moved


def test_what_a_step_is_given_otherwise_is_named() -> None:
    def changed(before: str, after: str) -> tuple[str, ...]:
        return found(before, after).changed

    paid = "do 'refund': argument amount: 50, before: 5"
    assert changed(UNASKED, UNASKED.replace("amount=5", "amount=50")) == (paid,)
    assert said(UNASKED, UNASKED.replace("amount=5", "amount=50")) == [f"Step changed: {paid}."]
    agreed = ASKED.replace("amount=5", "amount=50")
    assert changed(ASKED, agreed) == ("ask for approval 'agree': argument amount: 50, before: 5",)
    named = f"amount = 5\n{UNASKED.replace('amount=5', 'amount=amount')}"
    assert changed(UNASKED, named) == ()
    assert changed(named, named.replace("amount = 5", "amount = 7"))[0].endswith("argument amount: 7, before: 5")
    of_step = UNASKED.replace("))", "), sensitive=True)")
    assert changed(UNASKED, of_step) == ("do 'refund': argument sensitive of the step: True, before: not given",)
    asked = 'await step.ask("which", "Which?", ["a", "b"])'
    assert changed(asked, asked.replace("Which?", "Which one?"))[0].endswith("question: 'Which one?', before: 'Which?'")


def test_calls_in_functions_lists_and_undoings_are_told_apart() -> None:
    twice = """
    @step.do("both")
    async def both():
        await tools.orders.get(id="1")
        return await tools.orders.get(id="2")
    await both()
    """
    other = twice.replace('"2"', '"3"')
    assert found(twice, other).changed == ("do 'both': argument id of call 2: '3', before: '2'",)
    undone = LOAD[:-1] + ', rollback=lambda result: tools.mail.send(to="a", subject="b", body="c"))'
    assert found(undone, undone.replace('to="a"', 'to="x"')).changed == (
        "do 'load': argument to of its undoing: 'x', before: 'a'",
    )
    several = """
    calls = [tools.payments.refund(order_id="1", amount=5), tools.payments.refund(order_id="2", amount=5)]
    await step.wait_for_approval("agree", "Pay?", call=calls)
    """
    more = several.replace('"2", amount=5', '"2", amount=6')
    assert found(several, more).changed == ("ask for approval 'agree': argument amount of call 2: 6, before: 5",)


def test_two_long_arguments_are_told_apart_by_their_ends() -> None:
    text = "x" * 200
    long = MAIL.replace('"c"', f'"{text}y"')
    [one] = found(long, long.replace("xy", "xz")).changed
    assert len(one) < 400
    assert "… #" in one


def test_a_renamed_step_with_another_argument_is_both() -> None:
    told = found(LOAD, LOAD.replace("load", "load order").replace('"1"', '"2"'))
    assert told.renamed == (Renamed("do 'load'", "do 'load order'"),)
    assert told.changed == ("do 'load order': argument id: '2', before: '1'",)


def test_of_a_graph_that_was_stored_without_arguments_nothing_is_said_of_them() -> None:
    """They were not kept before: an old document lacks the field."""
    document = json.loads(json.dumps(asdict(drawn(source(UNASKED)))))
    for node in document["nodes"]:
        del node["args"]
    old = read(document)
    assert old is not None
    assert words(changes(old, drawn(source(UNASKED.replace("amount=5", "amount=50"))))) == [SAME]


def test_a_plan_that_is_too_large_to_follow_is_never_said_to_be_the_same() -> None:
    large = replace(drawn(source(LOAD)), cut=True)
    assert words(changes(large, large)) == ["There is more than could be followed here: compare the lines, too."]
