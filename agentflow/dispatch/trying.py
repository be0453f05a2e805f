"""The layer of attempts: a step is tried, tried again, asked about, given up. Pure."""

from __future__ import annotations

from ..engine import Item
from ..guest.values import canonical
from ..records import Call, Json, total
from .book import Book
from .failures import Failure, failure
from .retries import DEFAULTS, delay
from .spending import taken
from .steps import OpenStep
from .veiling import in_doubt

POLICY_WAIT = 7 * 86_400.0
"""Seconds for which a question that a tool's policy asks stays open (design, section 8)."""


class Trying(Book):
    """A machine that knows what an attempt's outcome means."""

    def _begin_do(self, step: OpenStep) -> None:
        facts, call = step.command.facts, step.spec["call"]
        if facts.get("needs_person") and not self._covered(step):
            asked = Call(call["tool"], call["args"])
            why = " to undo it" if step.command.kind == "undo" else ""
            question = f"{step.command.name}: may {call['tool']} be called{why}?"
            self._ask(step, "call", question, calls=(asked,), until=self._begun_at(step) + POLICY_WAIT)
        else:
            self._attempt(step)

    def _covered(self, step: OpenStep) -> bool:
        """Whether an approval that the plan itself asked for covers this very call, and no other step used it."""
        call = step.spec["call"]
        for grant in self._granted.get(call.get("approval") or "", []):
            if grant.call == canonical([call["tool"], call["args"]]) and grant.used_by is None:
                grant.used_by = step.key
                return True
        return False

    def _attempt(self, step: OpenStep) -> None:
        if self.paused_since is not None:
            step.enter("held", self.now)
            return
        step.attempt += 1
        if step.attempt == 1 and step.spec.get("deadline") is not None:
            step.deadline = self._begun_at(step) + step.spec["deadline"]
        step.enter("running", self.now)
        self.wishes.want(f"{step.key}:{step.attempt}", step)

    def _begun_at(self, step: OpenStep) -> float:
        """Now; or before, for a step that another version of the plan began in the same way."""
        return self.now if step.phases else step.started_at

    def _evaluate(self, step: OpenStep, state: str, what: str) -> None:
        """Have the plan's own function work something out, beside the run."""
        step.enter(state, self.now)
        step.evaluations += 1
        self.wishes.want(f"{step.key}:{what}{step.evaluations}", step)

    def _outcome(self, item: Item) -> None:
        step = self.wishes.ended(item.key)
        if step is None:
            return
        if answers := taken(item.body):
            step.spent = total([*([step.spent] if step.spent else []), *answers])
        match step.state:
            case "registering":
                self._registered(step, item.body)
            case "pacing":
                self._paced(step, item.body)
            case _ if "ok" not in item.body:
                self._failed(step, failure(item.body, step.command.facts["effect"]))
            case _ if step.command.kind == "delegate":
                step.enter("delegated", self.now, step.deadline)
            case _:
                self._completed(step, item.body["ok"])

    def _completed(self, step: OpenStep, ok: Json) -> None:
        """It has happened: what undoes it is worked out first, where the plan gave a function for that."""
        step.result = ok
        if step.spec.get("rollback"):
            self._evaluate(step, "registering", "rollback")
        else:
            self._settle(step, ok)

    def _registered(self, step: OpenStep, body: Json) -> None:
        if body.get("interrupted"):
            self._evaluate(step, "registering", "rollback")
            return
        found = body.get("ok") or {}
        if found.get("call") or "error" in body:
            self._rollbacks.register(step, found.get("call"), found.get("facts", {}), body.get("error"))
        self._settle(step, step.result)

    def _failed(self, step: OpenStep, failed: Failure) -> None:
        step.last = step.phases[-1].failure = failed
        policy = step.spec.get("retries", DEFAULTS)
        tried = step.attempt - step.spared
        if failed.unknown and self._matters(step):
            self._ask_what_happened(step, failed)
        elif self._is_cut_short(step):
            self._fail(step, failed)
        elif failed.held:
            step.spared += 1
            self._attempt(step)
        elif failed.final or failed.late or tried > policy["limit"]:
            self._give_up(step, failed, out_of_time=failed.late)
        elif failed.interrupted:
            self._retry(step, failed, 0.0)
        elif policy["delay"] is None:
            self._evaluate(step, "pacing", "delay")
        else:
            self._retry(step, failed, delay(policy, tried))

    def _ask_what_happened(self, step: OpenStep, failed: Failure) -> None:
        call = step.spec["call"]
        calls = (Call(call["tool"], call["args"]),) if call else ()
        said, more = in_doubt(step, failed)
        self._ask(step, "outcome", f"{step.command.name}: did it happen? {said}", calls=calls, until=None, more=more)

    def _is_cut_short(self, step: OpenStep) -> bool:
        """Whether no further attempt is made: the run ends, and this is not its undoing."""
        return self.ending is not None and step.command.kind != "undo"

    def _matters(self, step: OpenStep) -> bool:
        """Whether somebody has to know if it happened: the plan, or whoever is to undo it."""
        return not self._is_cut_short(step) or bool(step.spec.get("rollback"))

    def _paced(self, step: OpenStep, body: Json) -> None:
        assert step.last is not None
        if body.get("interrupted"):
            self._evaluate(step, "pacing", "delay")
        elif "error" in body:
            wrong = body["error"]
            message = f"retries.delay: {wrong['message']}; last attempt: {step.last.message}"
            self._fail(step, Failure(wrong["type"], message, wrong.get("data"), "plan"))
        else:
            self._retry(step, step.last, float(body["ok"]))

    def _retry(self, step: OpenStep, failed: Failure, pause: float) -> None:
        if step.deadline is not None and self.now + pause >= step.deadline:
            self._give_up(step, failed, out_of_time=True)
        elif pause == 0.0:
            self._attempt(step)
        else:
            again = self.now + pause
            step.enter("retrying", self.now, again)
            self._time(step, "retry", again, lasting=True)

    def _give_up(self, step: OpenStep, failed: Failure, *, out_of_time: bool) -> None:
        if out_of_time:
            allowed = step.spec.get("deadline") or step.spec.get("timeout") or 0.0
            message = f"the deadline of {allowed:g} s passed; last attempt: {failed.message}"
            self._refuse(step, "StepTimeout", "StepTimeout", message, fault=failed.fault)
        else:
            self._fail(step, failed)

    def _outcome_decided(self, step: OpenStep, said: Json) -> None:
        assert step.last is not None
        if step.deadline is not None:
            step.deadline += self.now - step.since
        if said["action"] == "happened":
            self._completed(step, said["value"])
        elif said["action"] == "reject" or self._is_cut_short(step):
            self._fail(step, step.last)
        elif step.last.late:
            self._give_up(step, step.last, out_of_time=True)
        else:
            self._attempt(step)
