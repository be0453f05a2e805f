"""How a goal goes on, from its stored answers alone: which model is asked next, or why none is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..planner.repair import repeats
from ..records import Agent, Attempt, GoalStatus
from ..settings import Planning

_PRICES = "give its prices in agentflow.toml ([models.PROVIDER.prices]), or take the budget away"


@dataclass(frozen=True, slots=True)
class Ask:
    """A model is asked; the fallback in its place, where its server is overloaded or silent."""

    model: str
    fallback: str | None


@dataclass(frozen=True, slots=True)
class End:
    """No model is asked any more."""

    status: GoalStatus
    reason: str


def course(
    agent: Agent, attempts: Sequence[Attempt], most: Planning, priced: Callable[[str], bool], since: int = 0
) -> Ask | End:
    """What comes after these answers, of which none was accepted `since` people said something last.

    The last answer is another model's, where the agent has one. A model that gives the same code again is told so; when
    it does so once more, the last answer comes at once. Tokens and money are counted over all answers.
    """
    own, other = agent.model, agent.fallback_model
    given = len(attempts) - since
    is_stuck = _repeats(attempts, since) > 1
    was_stuck = _repeats(attempts[:-1], since) > 1
    if given > agent.repairs or was_stuck or (is_stuck and other is None):
        return End("refused", _remaining(attempts, is_stuck=is_stuck))
    if ended := _spent(agent, attempts, most, priced):
        return ended
    is_last = is_stuck or given == agent.repairs
    if other is not None and given and is_last:
        return Ask(other, own)
    return Ask(own, other)


def _repeats(attempts: Sequence[Attempt], since: int) -> int:
    """How many of the answers since then have code that was there before."""
    sources = [attempt.source for attempt in attempts]
    return repeats(sources) - repeats(sources[:since])


def _remaining(attempts: Sequence[Attempt], *, is_stuck: bool) -> str:
    count = sum(finding.severity == "error" for finding in attempts[-1].findings)
    stuck = ": the same code came again, though the model was told so" if is_stuck else ""
    remain = "1 finding remains" if count == 1 else f"{count} findings remain"
    after = "1 attempt" if len(attempts) == 1 else f"{len(attempts)} attempts"
    return f"{remain} after {after}{stuck}"


def _spent(agent: Agent, attempts: Sequence[Attempt], most: Planning, priced: Callable[[str], bool]) -> End | None:
    """The end where a budget is used up, or where nobody knows whether it is."""
    tokens = sum(attempt.usage.input + attempt.usage.output for attempt in attempts)
    budget = agent.plan_tokens or most.tokens
    if budget is not None and tokens >= budget:
        raising = "raise plan_tokens of the agent, or tokens in [planning]"
        return End(
            "refused", f"the budget of {budget:,} tokens is used up ({tokens:,} in {_many(attempts)}): {raising}"
        )
    money = agent.plan_cost or most.cost
    if money is None:
        return None
    unknown = [model for model in (agent.model, agent.fallback_model) if model and not priced(model)]
    if unknown:
        return End(
            "failed", f"nobody knows what {unknown[0]} costs, so a budget of {money:g} USD cannot be kept: {_PRICES}"
        )
    if any(attempt.cost is None for attempt in attempts):
        return End("failed", f"nobody knows what an answer of {agent.model} cost: {_PRICES}")
    cost = sum(attempt.cost for attempt in attempts if attempt.cost is not None)
    if cost >= money:
        raising = "raise plan_cost of the agent, or cost in [planning]"
        return End("refused", f"the budget of {money:g} USD is used up ({cost:.4f} in {_many(attempts)}): {raising}")
    return None


def _many(attempts: Sequence[Attempt]) -> str:
    return "1 answer" if len(attempts) == 1 else f"{len(attempts)} answers"
