"""What came of one goal given to a model, as plain data: its answers, the judgements on its plan, what it took."""

from __future__ import annotations

from dataclasses import dataclass

from ..records import GoalStatus, Usage
from ..records.shown import Shown
from .scoring import Judgement


@dataclass(frozen=True, slots=True)
class Scored(Shown):
    """One model, one task, one repeat."""

    model: str
    task: str
    repeat: int
    prompt: str | None
    """Prompt id, version and digest; None where there was no answer."""
    answers: int
    status: GoalStatus
    """What became of the goal."""
    problem: str | None
    """Why no answer was accepted."""
    codes: tuple[tuple[str, ...], ...]
    """Of each answer, the codes of the errors that were found in it, each once."""
    judgements: tuple[Judgement, ...]
    usage: Usage
    cost: float | None
    seconds: float
    stale: int = 0
    """Answers that were written for another conversation than the one that asks for them now."""

    @property
    def domain(self) -> str:
        """The first part of the task's id."""
        return self.task.partition("/")[0]

    @property
    def answered(self) -> bool:
        """Whether the model said anything; where it did not, nothing is known of it."""
        return self.answers > 0

    @property
    def waits(self) -> bool:
        """Whether it ended because there was no answer."""
        return self.status == "failed"

    @property
    def valid(self) -> bool:
        """Whether one of the answers was accepted."""
        return self.status in ("planned", "review")

    @property
    def first(self) -> bool:
        """Whether its first answer was accepted."""
        return self.valid and self.answers == 1

    @property
    def solved(self) -> bool:
        """Whether its plan did in every case all that is expected."""
        return self.valid and all(judgement.solved for judgement in self.judgements)

    @property
    def tokens(self) -> int | None:
        """In and out; None where the provider does not tell."""
        return self.usage.input + self.usage.output or None

    def keeps(self, rule: str) -> bool:
        """Whether its plan kept a rule in every case."""
        return self.valid and all(judgement.holds(rule) for judgement in self.judgements)

    def reasons(self) -> tuple[str, ...]:
        """Why it is not solved, one line each."""
        if not self.valid:
            last = f" ({', '.join(self.codes[-1])})" if self.codes and self.codes[-1] else ""
            return (f"{self.problem}{last}",)
        return tuple(
            f"{judgement.case}: {why}"
            for judgement in self.judgements
            for wrongs in judgement.wrong.values()
            for why in wrongs
        )
