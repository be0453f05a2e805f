"""What comes after a model's answers, from the answers alone."""

from __future__ import annotations

import pytest

from agentflow.agent.course import Ask, End, course
from agentflow.records import Agent, Attempt, Finding, Usage
from agentflow.settings import Planning

OWN, OTHER = "anthropic:own", "openai:other"
NO_BUDGET = Planning()


def agent(
    *, repairs: int = 3, fallback: str | None = None, tokens: int | None = None, cost: float | None = None
) -> Agent:
    return Agent(
        *("id", "t", "ada", OWN, "", (), "never", repairs, 0.0),
        fallback_model=fallback,
        plan_tokens=tokens,
        plan_cost=cost,
    )


def answers(*sources: str | None, tokens: int = 0, cost: float | None = None) -> list[Attempt]:
    """Answers with this code, each refused for one error, and each of so many tokens in and as many out."""
    error, warning = Finding("AF201", "error", 1, 1, "m", "a"), Finding("AF301", "warning", 1, 1, "m", "a")
    usage = Usage(tokens, tokens)
    return [
        Attempt(n, OWN, "p", source, source, (error, warning), usage, None, 0.0, 1.0, cost=cost)
        for n, source in enumerate(sources, 1)
    ]


def follows(of: Agent, attempts: list[Attempt], most: Planning = NO_BUDGET, known: bool = True) -> Ask | End:
    return course(of, attempts, most, lambda model: known)


def test_the_agents_model_is_asked_with_the_other_one_in_reserve() -> None:
    assert follows(agent(fallback=OTHER), []) == Ask(OWN, OTHER)
    assert follows(agent(), answers("a")) == Ask(OWN, None)


def test_after_so_many_repairs_it_is_over() -> None:
    assert follows(agent(repairs=1), answers("a")) == Ask(OWN, None)
    assert follows(agent(repairs=1), answers("a", "b")) == End("refused", "1 finding remains after 2 attempts")


def test_the_last_answer_is_the_other_models() -> None:
    of = agent(repairs=2, fallback=OTHER)
    assert follows(of, answers("a")) == Ask(OWN, OTHER)
    assert follows(of, answers("a", "b")) == Ask(OTHER, OWN)
    assert isinstance(follows(of, answers("a", "b", "c")), End)


def test_a_model_that_has_only_one_answer_gives_it_itself() -> None:
    assert follows(agent(repairs=0, fallback=OTHER), []) == Ask(OWN, OTHER)


@pytest.mark.parametrize("again", ["a = 1\n", "a = 1  \n\n", "# sorry\na = 1\n    # here\n"])
def test_the_same_code_three_times_ends_it_early(again: str) -> None:
    assert follows(agent(), answers("a = 1\n", again)) == Ask(OWN, None)
    assert follows(agent(), answers("a = 1\n", again, "a = 1\n")) == End(
        "refused", "1 finding remains after 3 attempts: the same code came again, though the model was told so"
    )


@pytest.mark.parametrize("other", ["a = 2\n", " a = 1\n", None])
def test_other_code_or_none_is_not_the_same(other: str | None) -> None:
    assert follows(agent(), answers("a = 1\n", other, "b", None)[:3]) == Ask(OWN, None)


def test_a_stuck_model_is_followed_by_the_other_one_once() -> None:
    of = agent(repairs=9, fallback=OTHER)
    assert follows(of, answers("a", "a", "a")) == Ask(OTHER, OWN)
    assert isinstance(follows(of, answers("a", "a", "a", "b")), End)


def test_a_budget_of_tokens_counts_in_and_out_of_all_answers() -> None:
    assert follows(agent(tokens=41), answers("a", "b", tokens=10)) == Ask(OWN, None)
    ended = follows(agent(tokens=1_040), answers("a", "b", tokens=260))
    assert ended == End(
        "refused",
        "the budget of 1,040 tokens is used up (1,040 in 2 answers): raise plan_tokens of the agent, or tokens in"
        " [planning]",
    )


def test_a_budget_of_money_is_kept_by_list_prices() -> None:
    assert follows(agent(cost=0.5), answers("a", cost=0.49)) == Ask(OWN, None)
    ended = follows(agent(cost=0.5), answers("a", cost=0.5))
    assert isinstance(ended, End)
    assert ended.reason.startswith("the budget of 0.5 USD is used up (0.5000 in 1 answer): raise plan_cost")


def test_a_budget_of_money_is_none_where_nobody_knows_the_price() -> None:
    """Before the first answer: it is not found out by spending."""
    ended = follows(agent(cost=1.0, fallback=OTHER), [], known=False)
    assert isinstance(ended, End)
    assert (ended.status, ended.reason.partition(",")[0]) == ("failed", f"nobody knows what {OWN} costs")


def test_a_budget_of_money_ends_where_an_answer_has_no_price() -> None:
    """A prompt may be too long for the list's price."""
    ended = follows(agent(cost=1.0), [*answers("a", cost=0.1), *answers("b")])
    assert isinstance(ended, End)
    assert (ended.status, ended.reason.partition(":")[0]) == ("failed", "nobody knows what an answer of anthropic")


@pytest.mark.parametrize(
    ("of", "most", "over"),
    [
        (agent(), Planning(tokens=20), True),
        (agent(tokens=21), Planning(tokens=20), False),
        (agent(tokens=20), Planning(tokens=99), True),
        (agent(), Planning(cost=1.0), True),
        (agent(cost=2.0), Planning(cost=1.0), False),
    ],
)
def test_an_agents_own_budget_counts_before_that_of_all(of: Agent, most: Planning, over: bool) -> None:
    assert isinstance(follows(of, answers("a", tokens=10, cost=1.0), most), End) is over
