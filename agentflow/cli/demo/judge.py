"""Whether the demo kept its word: a pure function over the answers, the run, and what the tools wrote down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ...records import Attempt, Json, Run, StepView
from .ledger import Entry, What

FLAKY, PAYMENT, INTERRUPTED = "reserve the returned goods", "refund", "archive the receipt"
APPROVAL, SLEEP = "approve the refund", "let it clear"

SLEEPS = 2.0
"""Seconds for which the plan sleeps."""
ATTEMPTS = {"load order": 1, FLAKY: 3, PAYMENT: 1, INTERRUPTED: 2, "tell the customer": 1}
"""How often each step with a tool is begun; each is done once."""
RESULT: Json = {"reference": "refund-17", "order": "17"}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is judged. `killed` is the process id of the worker that was killed."""

    answers: Sequence[Attempt]
    run: Run
    steps: Sequence[StepView]
    ledger: Sequence[Entry]
    killed: int | None

    def step(self, name: str) -> StepView | None:
        """The only step of this name."""
        return next((step for step in self.steps if step.name == name), None)

    def entries(self, name: str, what: What) -> list[Entry]:
        """What the ledger says of a step."""
        return [entry for entry in self.ledger if entry.step == name and entry.what == what]

    def count(self, what: What) -> dict[str, int]:
        """How often the ledger says so, of each step."""
        return dict(Counter(entry.step for entry in self.ledger if entry.what == what))


@dataclass(frozen=True, slots=True)
class Check:
    """One promise, whether it was kept, and what was found."""

    promise: str
    kept: bool
    found: str


def judge(seen: Evidence) -> list[Check]:
    """Every promise of the demo."""
    return [check(seen) for check in (_repaired, _retried, _approved, _slept, _carried_on, _once, _result)]


def _repaired(seen: Evidence) -> Check:
    errors = [sum(finding.severity == "error" for finding in answer.findings) for answer in seen.answers]
    return Check("two errors were found in the first plan, none in the second", errors == [2, 0], f"errors: {errors}")


def _retried(seen: Evidence) -> Check:
    story = [(entry.what, entry.attempt) for entry in seen.ledger if entry.step == FLAKY]
    failed = [("begun", 1), ("failed", 1), ("begun", 2), ("failed", 2)]
    return Check(
        "a step failed twice and was done at its third attempt",
        story == [*failed, ("begun", 3), ("done", 3)] and _attempts(seen, FLAKY) == 3,
        ", ".join(f"{what} {attempt}" for what, attempt in story),
    )


def _approved(seen: Evidence) -> Check:
    decision, paid = seen.step(APPROVAL), seen.entries(PAYMENT, "begun")
    agreed_at = decision.ended_at if decision and decision.state == "done" else None
    kept = agreed_at is not None and len(paid) == 1 and agreed_at <= paid[0].at
    return Check("no money moved before a person had agreed", kept, f"agreed at {agreed_at}, paid {paid}")


def _slept(seen: Evidence) -> Check:
    sleep = seen.step(SLEEP)
    slept = sleep.ended_at - sleep.started_at if sleep and sleep.ended_at else 0.0
    return Check(f"the run slept for {SLEEPS:g} seconds", slept >= SLEEPS - 1e-3, f"{slept:.3f} s")


def _carried_on(seen: Evidence) -> Check:
    begun, done = seen.entries(INTERRUPTED, "begun"), seen.entries(INTERRUPTED, "done")
    kept = (
        [entry.attempt for entry in begun] == [1, 2]
        and begun[0].pid == seen.killed != begun[1].pid
        and begun[0].key == begun[1].key
        and [(entry.attempt, entry.pid) for entry in done] == [(2, begun[1].pid)]
        and _attempts(seen, INTERRUPTED) == 2
    )
    said = [f"{entry.what} {entry.attempt} by {entry.pid}" for entry in (*begun, *done)]
    promise = "the killed worker's attempt was counted, and another worker did the step"
    return Check(promise, kept, f"{', '.join(said)}; {seen.killed} was killed")


def _once(seen: Evidence) -> Check:
    done, begun = seen.count("done"), seen.count("begun")
    kept = done == dict.fromkeys(ATTEMPTS, 1) and begun == ATTEMPTS and len({entry.pid for entry in seen.ledger}) == 2
    return Check("two workers did every step exactly once, and repeated none", kept, f"done: {done}; begun: {begun}")


def _result(seen: Evidence) -> Check:
    run = seen.run
    kept = run.status == "completed" and run.result == RESULT
    return Check("the run is completed, and its result is right", kept, f"{run.status}, {run.result}, {run.error}")


def _attempts(seen: Evidence, name: str) -> int:
    step = seen.step(name)
    return step.attempts if step else 0
