"""Any number of people say anything to one question, in any order, also at once: on plain records, and on the store."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from agentflow.approvals import Question, digest, opened, rows
from agentflow.approvals.policy import dumps, loads
from agentflow.approvals.ruling import Case, Decision, Moved, Ruling, writes
from agentflow.approvals.ruling import rule as ruled
from agentflow.errors import Conflict, Expired, Refused, Stale
from agentflow.records import Approval, ApprovalPolicy, Call, Principal, Run, Verdict
from agentflow.store import Store, Write

from .cases import QUESTION, check

NIGHTLY = os.environ.get("AGENTFLOW_HYPOTHESIS") == "nightly"
PEOPLE = ("anna", "bert", "carl")
NAMES = st.sampled_from([(), (), ("anna", "bert"), ("bert", "carl"), PEOPLE])
POLICIES = st.builds(ApprovalPolicy, NAMES, st.integers(1, 3), st.sampled_from([None, True, False]))


def about(amount: int) -> str:
    return digest((Call("bank.pay", {"amount": amount}),), "", None)


class Court:
    """A question, and what is stored of it, as plain records. `anna` asked."""

    def __init__(self, approval: Approval, policy: ApprovalPolicy) -> None:
        self.approval = approval
        self.policy = policy
        self.verdicts: tuple[Verdict, ...] = ()

    def case(self, now: float) -> Case:
        return Case(self.approval, now, self.policy, "anna", self.verdicts)

    def change(self, policy: ApprovalPolicy) -> None:
        self.policy = policy

    def keep(self, ruling: Ruling, policy: ApprovalPolicy) -> None:
        """Store it, as it was ruled by this policy. Raises `Moved` where that is not how things are any more."""
        if ruling.verdict.number != self.approval.verdicts + 1 or policy != self.policy:
            raise Moved(self.approval.id)
        over = ruling.status != "pending"
        told = {"agreed": list(ruling.agreed)} if over and len(ruling.agreed) > 1 else None
        self.approval = replace(
            self.approval,
            status=ruling.status,
            calls=ruling.calls,
            digest=ruling.digest,
            original=ruling.original,
            verdicts=ruling.verdict.number,
            decided_by=ruling.verdict.who if over else None,
            decision=told,
        )
        self.verdicts = (*self.verdicts, ruling.verdict)

    def close(self) -> None:
        """Nothing is open."""


class Bench(Court):
    """The same on a database."""

    def __init__(self, approval: Approval, policy: ApprovalPolicy) -> None:
        self._folder = TemporaryDirectory()
        self._loop = asyncio.Runner()
        self._store = self._loop.run(Store.open(Path(self._folder.name) / "a.db"))
        agent = dict.fromkeys(("tools", "agents", "hosts"), "[]") | {"limits": "{}", "approvals": dumps(policy)}
        model = {"model": "m", "instructions": "", "review": "never", "repairs": 1, "created_at": 0.0}
        none = dict.fromkeys(("fallback_model", "plan_tokens", "plan_cost"))
        nowhere = dict.fromkeys(("goal", "schedule", "parent", "parent_step", "root"))
        run = {"agent": "a", "version": 1, "payload": "{}", "depth": 0, "created_by": "anna", "now": 0.0, **nowhere}
        asked = Question("approval_1", "s#1", "call", "Go?", 1.0, 100.0, calls=approval.calls, editable=True)
        asked = replace(asked, approvers=approval.approvers, quorum=approval.quorum)
        owner = Run("run_1", "default", "a", 1, 1, "waiting", None, {}, None, "anna", 0.0, 0.0)
        self._write(
            Write("insert_agent", {"id": "a", "tenant": "default", "name": "a", **agent, **model, **none}),
            Write("insert_run", {"id": "run_1", "tenant": "default", **run}),
            opened(asked, owner),
        )

    def _write(self, *batch: Write) -> None:
        self._loop.run(self._store.write(batch))

    def _rows(self, name: str, **params: Any) -> Sequence[Any]:
        return self._loop.run(self._store.rows(name, **params))

    def case(self, now: float) -> Case:
        [row] = self._rows("approval", tenant="default", id="approval_1")
        [terms] = self._rows("approval_terms", id="approval_1")
        said = tuple(map(rows.verdict, self._rows("decisions", approval="approval_1")))
        return Case(rows.approval(row), now, loads(terms["policy"]), terms["asked_by"], said)

    def change(self, policy: ApprovalPolicy) -> None:
        [agent] = self._rows("agent", id="a")
        self._write(Write("update_agent", {**dict(agent), "approvals": dumps(policy)}))

    def keep(self, ruling: Ruling, policy: ApprovalPolicy) -> None:
        self._write(*writes(ruling, dumps(policy)))

    def close(self) -> None:
        self._loop.run(self._store.close())
        self._loop.close()
        self._folder.cleanup()


class Deciding(RuleBasedStateMachine):
    """The question in the hands of hypothesis, beside the simplest account of what should come of it."""

    court: type[Court] = Court

    @initialize(policy=POLICIES, wishes=st.sampled_from([(), (), (), ("anna", "bert")]), quorum=st.integers(1, 3))
    def ask(self, policy: ApprovalPolicy, wishes: tuple[str, ...], quorum: int) -> None:
        approval = replace(QUESTION, schema=None, digest=about(5), approvers=wishes, quorum=quorum)
        self.held = self.court(approval, policy)
        self.policy, self.wishes, self.least, self.now = policy, wishes, quorum, 2.0
        self.amount, self.edits, self.status = 5, 0, "pending"
        self.said: list[tuple[str, str, str]] = []
        self.winners: tuple[str, ...] = ()

    def teardown(self) -> None:
        if hasattr(self, "held"):
            self.held.close()

    @rule(policy=POLICIES)
    def change_the_policy(self, policy: ApprovalPolicy) -> None:
        self.policy = policy
        self.held.change(policy)

    @rule(seconds=st.sampled_from([1.0, 1.0, 1.0, 60.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule(
        who=st.sampled_from(PEOPLE),
        action=st.sampled_from(["approve", "approve", "approve", "reject"]),
        seen=st.sampled_from([None, None, None, 5, 6]),
        amount=st.sampled_from([None, None, None, 5, 6]),
    )
    def say(self, who: str, action: str, seen: int | None, amount: int | None) -> None:
        self._say(self.held.case(self.now), who, self._decision(action, seen, amount))

    @rule(first=st.sampled_from(PEOPLE), second=st.sampled_from(PEOPLE), amount=st.sampled_from([None, 6]))
    def say_at_once(self, first: str, second: str, amount: int | None) -> None:
        """Both have looked before either decides: who comes second is told so, and looks again."""
        before = self.held.case(self.now)
        moved = self._say(before, first, self._decision("approve", None, amount))
        decision = self._decision("reject", None, None)
        late = _ruled(before, decision, second)
        if moved and isinstance(late, Ruling):
            with pytest.raises(Moved):
                self.held.keep(late, before.policy)
        self._say(self.held.case(self.now), second, decision)

    @rule(who=st.sampled_from(PEOPLE), policy=POLICIES)
    def say_while_the_policy_changes(self, who: str, policy: ApprovalPolicy) -> None:
        """What was ruled by a policy that is not there any more is not stored."""
        before = self.held.case(self.now)
        ruling = _ruled(before, self._decision("approve", None, None), who)
        self.change_the_policy(policy)
        if isinstance(ruling, Ruling) and ruling.new and policy != before.policy:
            with pytest.raises(Moved):
                self.held.keep(ruling, before.policy)

    def _decision(self, action: str, seen: int | None, amount: int | None) -> Decision:
        args = None if amount is None or action == "reject" else {"amount": amount}
        return Decision(action, None, None, None if seen is None else about(seen), args)  # type: ignore[arg-type]

    def _say(self, case: Case, who: str, decision: Decision) -> bool:
        """Whether it has changed anything; what should have come of it is worked out beside it."""
        expected, ruling = self._expected(who, decision), _ruled(case, decision, who)
        if not isinstance(ruling, Ruling):
            assert type(ruling).__name__ == expected, ruling
            if expected == "Conflict":
                assert f"already {self.status} by {' and '.join(self.winners)}" in str(ruling)
            return False
        assert (ruling.status if ruling.new else "same") == expected
        if ruling.new:
            self.held.keep(ruling, case.policy)
        if ruling.new and self.status != "pending":
            assert ruling.message().get("agreed", [who]) == list(self.winners)
        return ruling.new

    def _expected(self, who: str, decision: Decision) -> str:
        if not self._may(who) or (decision.action == "approve" and self._own(who)):
            return "Refused"
        target = about(self.amount) if decision.args is None else about(decision.args["amount"])
        key = (who, decision.action, target if decision.args else decision.digest or target)
        over = {"approve": "approved", "reject": "rejected"}[decision.action]
        if self.status in ("pending", over) and key in self.said:
            return "same"
        if self.status == "pending" and self.now >= 100.0:
            return Expired.__name__
        if self.status != "pending":
            return Conflict.__name__
        if decision.digest not in (None, about(self.amount)):
            return Stale.__name__
        if target != about(self.amount):
            assert decision.args is not None
            self.amount, self.said, self.edits = decision.args["amount"], [], self.edits + 1
        self.said.append((who, decision.action, target))
        if decision.action == "reject":
            self.status, self.winners = "rejected", (who,)
        elif len(agreed := self._agreed()) >= max(self.policy.quorum, self.least):
            self.status, self.winners = "approved", agreed
        return self.status

    def _may(self, who: str) -> bool:
        return all(not names or who in names for names in (self.policy.approvers, self.wishes))

    def _own(self, who: str) -> bool:
        strict = max(self.policy.quorum, self.least) > 1 if self.policy.no_self is None else self.policy.no_self
        return who == "anna" and strict

    def _agreed(self) -> tuple[str, ...]:
        names = dict.fromkeys(who for who, action, _ in self.said if action == "approve")
        return tuple(who for who in names if self._may(who) and not self._own(who))

    @invariant()
    def what_is_stored_is_what_was_said(self) -> None:
        if not hasattr(self, "held"):
            return
        case = self.held.case(self.now)
        assert (case.approval.status, case.approval.digest) == (self.status, about(self.amount))
        assert (case.approval.original is None) == (self.edits == 0)
        assert [one.number for one in case.verdicts] == [*range(1, case.approval.verdicts + 1)]
        assert len(case.round()) == len(self.said) or not self.said
        if self.status == "pending":
            assert case.agreed == self._agreed()


def _ruled(case: Case, decision: Decision, who: str) -> Ruling | Exception:
    try:
        return ruled(case, decision, Principal(who), check)
    except (Conflict, Refused) as error:
        return error


class DecidingOnTheStore(Deciding):
    """The same with the compare-and-set of the database."""

    court = Bench


TestDeciding = Deciding.TestCase
TestDeciding.settings = settings(max_examples=2_000 if NIGHTLY else 100, stateful_step_count=25)
TestDecidingOnTheStore = DecidingOnTheStore.TestCase
TestDecidingOnTheStore.settings = settings(max_examples=100 if NIGHTLY else 15, stateful_step_count=20)
