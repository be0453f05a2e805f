"""A run as a pure machine: what happened goes in, what is wanted comes out. No I/O, no clock, no randomness.

The theory, once. A run's whole truth is its history: what was delivered to it, numbered, in order. This machine folds
over it. Each item moves the steps that are open (the table below); a step that is settled makes one delivery for the
guest; the guest's turn answers with commands, and each command opens a step. The same history and the same commands
therefore always give the same machine: after a crash, on another worker, or years later, folding the rows again is all
that recovery is. The guest's own replay is the same idea one floor below: it is handed `deliveries`, in order.

    state        means                                      left by
    running      an attempt is in flight                    its outcome
    held         an attempt may start, the run is paused    resume
    pacing       the plan's own delay is being worked out   its outcome
    retrying     waits for its next attempt                 timer `retry`
    asking       a person must agree first                  decision, timer `expire`
    unknown      a person must say what happened            decision
    registering  done; its rollback is being worked out     its outcome
    sleeping     until a moment                             timer `due`
    timing       a `step.timeout` block is open             timer `due`, withdraw
    waiting      for an event                               event, timer `expire`
    delegated    for another run                            its end, timer `expire`
    undoing      for the undoing of other steps             the last of them
    done, failed, withdrawn                                 never

A run ends at once, unless something is to be undone. Then it is `ending`: the guest is not heard any more, attempts in
flight end, what they did is registered, and the chain of rollbacks (undoing.py) is worked off like any other step.

What is wanted of the engine is a state, not a list of orders (wishes.py). The machine stands in four layers, each a
file: book.py (what it remembers), trying.py (attempts), undoing.py (the way back), and this one (what comes in).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..engine import Item
from ..guest.values import canonical
from ..records import Call, Json
from .book import Ending
from .events import first_wait
from .failures import Failure
from .rollbacks import Chain
from .steps import Granted, Issued, OpenStep
from .trying import POLICY_WAIT
from .undoing import Undoing

__all__ = ["POLICY_WAIT", "Issued", "Machine", "OpenStep"]


class Machine(Undoing):
    """Folds a run's history. `take` what goes to the guest, `issue` what it answers, look at what is wanted."""

    # what goes in

    def deliver(self, item: Item) -> None:
        """One thing happened. What no longer concerns the run changes nothing."""
        self.now = max(self.now, item.at)
        if item.kind in ("decision", "child") and item.key in self._inherited and item.key not in self.steps:
            self._early.append(item)
            return
        if self.ended:
            if item.kind == "rollback":
                self._undo_again(item)
            return
        if arrival := _ARRIVALS.get(item.kind):
            arrival(self, item)

    def take(self) -> dict[str, Json] | None:
        """The next delivery for the guest, or None: nothing to deliver, or the run is paused or ends."""
        if self.ended or self.ending or self.paused_since is not None or not self._ready:
            return None
        self.turn += 1
        self.deliveries.append(self._ready.popleft())
        return self.deliveries[-1]

    def issue(self, commands: Sequence[Issued]) -> None:
        """The commands of the turn that was just taken."""
        for command in commands:
            if command.kind == "withdraw":
                self._let_go(self.steps[command.key])
            elif command.kind == "end":
                self.end(None, command.spec["error"])
            else:
                begun = self._begun.get(command.key, self.now)
                step = OpenStep(command, begun, since=begun)
                self.steps[step.key] = self.open[step.key] = step
                self._begin(step)
                self._hear_of(step)

    def end(self, result: Json, error: Json) -> None:
        """`run` has returned, or an error has left it. What is still open is withdrawn."""
        if error and self._has_to_undo():
            self._begin_ending(Ending("failed", error))
        else:
            self.finish("failed" if error else "completed", result, error)

    def renew(self, payload: Json) -> None:
        """`run` continues as new, with this payload: this generation is over. What it did not hear of is unread."""
        for ready in self._ready:
            if "key" in ready and (bound := self.steps[ready["key"]].bound):
                self.unread.keep(bound)
        self.finish("continued", payload, None)

    def _hear_of(self, step: OpenStep) -> None:
        """What answered a step that is taken over, before the turn was played anew in which it starts."""
        answers = [item for item in self._early if item.key == step.key]
        for item in answers:
            self._early.remove(item)
            _ARRIVALS[item.kind](self, item)

    # beginning a step

    def _begin(self, step: OpenStep) -> None:
        if refused := step.command.facts.get("refused"):
            self._fail(step, Failure("ToolRefused", refused, fault="plan"))
            return
        _BEGINNINGS[step.command.kind](self, step)

    def _begin_sleep(self, step: OpenStep) -> None:
        self._sleep(step, step.started_at + step.spec["seconds"], lasting=True)

    def _begin_sleep_until(self, step: OpenStep) -> None:
        self._sleep(step, step.spec["at"], lasting=False)

    def _begin_timeout(self, step: OpenStep) -> None:
        self._sleep(step, self._limit(step), lasting="until" not in step.spec, state="timing")

    def _sleep(self, step: OpenStep, until: float, *, lasting: bool, state: str = "sleeping") -> None:
        step.enter(state, self.now, until)
        self._time(step, "due", until, lasting=lasting)

    def _begin_wait(self, step: OpenStep) -> None:
        bound = self.unread.take(step.spec)
        if bound is not None:
            self._bind(step, bound)
            return
        until = self._limit(step)
        step.enter("waiting", self.now, until)
        self._time(step, "expire", until, lasting="until" not in step.spec)

    def _begin_delegate(self, step: OpenStep) -> None:
        if step.spec.get("until") is not None or step.spec.get("timeout") is not None:
            step.deadline = self._limit(step)
            self._time(step, "expire", step.deadline, lasting="until" not in step.spec)
        self._attempt(step)

    def _begin_approval(self, step: OpenStep) -> None:
        calls = tuple(Call(**call) for call in step.spec["calls"])
        self._ask(step, "call", step.spec["question"], calls=calls, until=self._limit(step))

    def _begin_ask(self, step: OpenStep) -> None:
        self._ask(step, "ask", step.spec["question"], until=self._limit(step))

    def _begin_rollback(self, step: OpenStep) -> None:
        step.enter("undoing", self.now)
        self._advance(Chain(step.key, step.spec["names"]))

    def _begin_progress(self, step: OpenStep) -> None:
        self.progress = {**step.spec, "at": self.now}
        self._settle(step, None)

    # what happened to a step that waits

    def _start(self, item: Item) -> None:
        if not self.deliveries:  # a second one is for the next generation: this one has lost its claim
            self._ready.append({"at": self.now, "start": True})

    def _timer_rang(self, item: Item) -> None:
        timer = item.key
        key, _, what = timer.rpartition(":")
        step = self.open.get(key)
        if not self.wishes.rang(timer) or step is None:
            return
        match what:
            case "due":
                self._settle(step, None)
            case "retry":
                self._attempt(step)
            case "expire":
                self._expire(step)

    def _expire(self, step: OpenStep) -> None:
        match step.command.kind:
            case "wait_for_event":
                types = ", ".join(step.spec["types"])
                self._refuse(step, "WaitTimeout", "WaitTimeout", f"no event of type {types} came in time", fault="plan")
            case "delegate":
                self._withdraw_child(step)
                message = f"{step.spec['agent']} did not end in time"
                self._refuse(step, "StepTimeout", "StepTimeout", message, fault="plan")
            case _:
                self._expire_question(step)

    def _expire_question(self, step: OpenStep) -> None:
        self.closed_questions.append((self._question(step), "expired"))
        if step.spec.get("default") is not None:
            self._settle(step, step.spec["default"]["value"])
        else:
            self._refuse(step, "ApprovalExpired", "ApprovalExpired", "nobody decided in time", fault="person")

    def _event(self, item: Item) -> None:
        event: Json = item.body
        numbered = self.unread.arrived(event)
        waits = ((step, step.spec) for step in self.open.values() if step.state == "waiting")
        step = first_wait(waits, event)
        if step is None:
            self.unread.keep(numbered)
        else:
            self._bind(step, numbered)

    def _decision(self, item: Item) -> None:
        step, said = self.open.get(item.key), item.body
        if step is None or step.state not in ("asking", "unknown") or said["approval"] != self._question(step):
            return
        self.wishes.drop_timer(f"{step.key}:expire")
        if step.state == "unknown":
            self._outcome_decided(step, said)
        elif said["action"] == "reject":
            reason = said["comment"] or "rejected without a reason"
            more = {"by": [said["by"]], "reason": said["comment"], "fault": "person"}
            self._refuse(step, "ApprovalRejected", "ApprovalRejected", reason, **more)
        elif step.command.kind in ("do", "undo"):
            self._attempt(step)
        elif step.command.kind == "ask":
            self._settle(step, said["value"])
        else:
            self._grant(step, said)

    def _grant(self, step: OpenStep, said: Json) -> None:
        """People have agreed: to the calls that were asked about, or as they were edited."""
        calls, by = said.get("calls", step.spec["calls"]), said.get("agreed", [said["by"]])
        self._granted[step.key] = [Granted(canonical([call["tool"], call["args"]])) for call in calls]
        answer = {"by": by, "comment": said["comment"], "decided_at": said["at"], "calls": calls}
        self._settle(step, answer)

    def _child_ended(self, item: Item) -> None:
        """What a delegated run or goal came to; of another one than this step's, nothing."""
        step = self.open.get(item.key)
        if step is None or step.command.kind != "delegate" or item.body["child"] not in self._children(step):
            return
        if error := item.body.get("error"):
            self._fail(step, Failure(error["type"], error["message"], error.get("data"), error.get("fault", "plan")))
        else:
            self._settle(step, item.body["ok"])

    # pausing: an attempt in flight ends, no turn starts; what counts by length keeps what was left

    def _pause(self, item: Item) -> None:
        if self.paused_since is None:
            self.paused_since = self.now
            self.wishes.freeze(self.now)
            self._tell_children("pause")

    def _resume(self, item: Item) -> None:
        if self.paused_since is None:
            return
        goes_on, stood = self.now, item.body
        if stood is None:
            self._begun = {key: at + goes_on - self.paused_since for key, at in self._begun.items()}
        else:  # the clocks of a run that was moved go on as they did
            goes_on = self.paused_since + stood
        self.paused_since = None
        for timer, at in self.wishes.thaw(goes_on).items():
            key, _, what = timer.rpartition(":")
            step = self.open[key]
            if step.command.kind == "delegate" and what == "expire":
                step.deadline = at
            if what != "expire" or step.state in ("waiting", "delegated"):
                step.until = at
        for step in [step for step in self.open.values() if step.state == "held"]:
            self._attempt(step)
        self._tell_children("resume")

    def _tell_children(self, kind: str) -> None:
        delegated = [step for step in self.open.values() if step.command.kind == "delegate"]
        self.told += [(child, kind, None) for step in delegated for child in self._children(step)]


_ARRIVALS: dict[str, Callable[[Machine, Item], None]] = {
    "start": Machine._start,
    "outcome": Machine._outcome,
    "timer": Machine._timer_rang,
    "event": Machine._event,
    "decision": Machine._decision,
    "child": Machine._child_ended,
    "pause": Machine._pause,
    "resume": Machine._resume,
    "cancel": Machine._cancelled,
}
_BEGINNINGS: dict[str, Callable[[Machine, OpenStep], None]] = {
    "do": Machine._begin_do,
    "undo": Machine._begin_do,
    "sleep": Machine._begin_sleep,
    "sleep_until": Machine._begin_sleep_until,
    "timeout": Machine._begin_timeout,
    "wait_for_event": Machine._begin_wait,
    "wait_for_approval": Machine._begin_approval,
    "ask": Machine._begin_ask,
    "delegate": Machine._begin_delegate,
    "rollback": Machine._begin_rollback,
    "progress": Machine._begin_progress,
}
"""What happens when something of a kind comes in, and when the plan asks for something of a kind."""
