"""The layer of undoing: a run that has to undo something ends in this way. Pure.

The guest is not heard any more, attempts in flight end, what they did is registered, and then a chain of rollbacks is
worked off like any other step: with attempts, retries, questions. Where one fails for good, the chain stops, the run
says what was undone and what was not, and `run rollback` goes on from there.
"""

from __future__ import annotations

from ..engine import Item
from ..records import Json
from .book import Ending
from .failures import Failure
from .rollbacks import Chain, Rollback
from .steps import UNDO, OpenStep
from .trying import Trying


class Undoing(Trying):
    """A machine that can take back what it did."""

    def _cancelled(self, item: Item) -> None:
        rollback = bool((item.body or {}).get("rollback"))
        if self.ending:
            said = {"type": "Cancelled", "message": "the undoing was cancelled by a person"}
            self.rollback = self._rollbacks.report(self.steps, said)
            self.finish("cancelled", None, None, rollback=False)
        elif rollback and self._has_to_undo():
            self._begin_ending(Ending("cancelled", None))
        else:
            self.finish("cancelled", None, None, rollback=rollback)

    def _has_to_undo(self) -> bool:
        return self._rollbacks.pending or any(
            step.spec.get("rollback") and step.state in ("running", "registering", "unknown")
            for step in self.open.values()
        )

    def _begin_ending(self, ending: Ending) -> None:
        """Attempts in flight end first; all else that is open is withdrawn."""
        self.ending = ending
        self._ready.clear()
        for step in list(self.open.values()):
            needed = step.state == "unknown" and (step.spec.get("rollback") or step.command.kind == "undo")
            at_work = step.state == "running" and step.command.kind != "delegate"
            if not (needed or at_work or step.state == "registering" or step.command.kind == "undo"):
                self._withdraw(step)
        self._go_on_ending()

    def _go_on_ending(self) -> None:
        if self.ending and not self.open:
            self._advance(Chain())

    def _advance(self, chain: Chain) -> None:
        """Undo the next of a chain, or close the chain."""
        found = self._rollbacks.next(chain, self.steps, self.open)
        if found is None:
            self._chain_done(chain)
        elif found.call is None:
            self._chain_failed(chain, found, found.error)
        else:
            self._undo(chain, found)

    def _undo(self, chain: Chain, rollback: Rollback) -> None:
        command = rollback.command()
        step = self.steps.setdefault(command.key, OpenStep(command, self.now, since=self.now))
        step.command, step.state, step.spared, step.ended_at, step.error = command, "running", step.attempt, None, None
        self.open[step.key] = step
        self._chains[step.key] = chain
        if refused := rollback.facts.get("refused"):
            self._fail(step, Failure("ToolRefused", refused, fault="plan"))
        else:
            self._begin_do(step)

    def _undo_ended(self, step: OpenStep) -> None:
        chain = self._chains.pop(step.key)
        rollback = self._rollbacks[step.key.removesuffix(UNDO)]
        rollback.undone = step.state == "done"
        if rollback.undone:
            chain.undone.append(rollback.step.key)
        if chain.owner is not None and chain.owner not in self.open:
            return  # who asked for it has been withdrawn
        if not rollback.undone:
            self._chain_failed(chain, rollback, step.error)
        elif chain.owner is not None:  # the end of a run goes on by itself, when the step is closed
            self._advance(chain)

    def _chain_done(self, chain: Chain) -> None:
        if chain.owner is not None:
            self._settle(self.open[chain.owner], chain.undone)
        elif self.ending:
            self._finish_ending(None)

    def _chain_failed(self, chain: Chain, rollback: Rollback, error: Json) -> None:
        what = f"{rollback.step.command.name} could not be undone: {error['message']}"
        failed = Failure(error["type"], what, error.get("data"), error.get("fault", "plan"))
        if chain.owner is not None:
            self._fail(self.open[chain.owner], failed)
        elif self.ending:
            self._finish_ending(
                {"type": failed.type, "message": what, "step": rollback.step.key, "fault": failed.fault}
            )

    def _finish_ending(self, error: Json) -> None:
        assert self.ending is not None
        ending = self.ending
        self.rollback = self._rollbacks.report(self.steps, error)
        self.finish(ending.status, None, ending.error)

    @property
    def refused_undoings(self) -> dict[str, Json]:
        """The calls that would undo something and that nobody might make when they were registered."""
        return self._rollbacks.refused

    def _undo_again(self, item: Item) -> None:
        """Try once more what could not be undone; the run then ends as it did. The word for it says what holds now of
        calls that were refused."""
        self._rollbacks.known((item.body or {}).get("facts", {}))
        if self.rollback and self.rollback["outcome"] == "failed" and self.ended in ("failed", "cancelled"):
            self.ending, self.ended = Ending(self.ended, self.error), None
            self._go_on_ending()
