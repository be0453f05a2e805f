"""What of a sensitive question is shown to whom."""

from __future__ import annotations

from dataclasses import replace

from agentflow.approvals import veil
from agentflow.records import Call, Principal, Role, Verdict

from .cases import CALL, QUESTION

EVE = Principal("eve", roles=frozenset[Role]({"viewer"}))
ANNA = Principal("anna", roles=frozenset[Role]({"approver"}))
SECRET = replace(QUESTION, sensitive=True, original=(CALL,), decision={"value": 3, "by": "anna"})
SAID = Verdict("approval_1", 1, 2.0, "anna", "cli", "approve", None, 3, None, None, calls=(CALL,))
HIDDEN = (Call("bank.pay", {"amount": "[redacted]"}),)


def test_whoever_may_not_decide_sees_names_and_no_values() -> None:
    seen = veil.question(SECRET, EVE)
    assert (seen.calls, seen.original, seen.digest) == (HIDDEN, HIDDEN, SECRET.digest)
    assert seen.decision == {"value": "[redacted]", "by": "anna"}
    [said] = veil.verdicts(SECRET, [SAID], EVE)
    assert (said.value, said.calls) == ("[redacted]", HIDDEN)


def test_what_is_not_there_is_not_hidden() -> None:
    bare = replace(SECRET, original=None, decision=None)
    seen = veil.question(bare, EVE)
    assert (seen.original, seen.decision) == (None, None)
    [said] = veil.verdicts(bare, [replace(SAID, value=None, calls=None)], EVE)
    assert (said.value, said.calls) == (None, None)


def test_whoever_may_decide_sees_all_of_it_and_everybody_what_is_not_sensitive() -> None:
    assert veil.question(SECRET, ANNA) == SECRET
    assert veil.verdicts(SECRET, [SAID], ANNA) == (SAID,)
    plain = replace(SECRET, sensitive=False)
    assert veil.question(plain, EVE) == plain
