"""What answers cost: by the list, by the settings, or nobody knows."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

import pytest

from agentflow.llm import PROVIDERS, Models
from agentflow.llm.prices import Price, listed
from agentflow.records import Usage
from agentflow.settings import PriceSettings, ProviderSettings

MILLION = 1_000_000


@pytest.mark.parametrize("model", listed())
def test_every_listed_price_has_a_provider_a_day_and_a_source(model: str) -> None:
    price = listed()[model]
    assert model.partition(":")[0] in PROVIDERS
    assert price.as_of is not None
    assert date(2026, 1, 1) < price.as_of
    assert urlsplit(price.source or "").scheme == "https"


@pytest.mark.parametrize("model", listed())
def test_a_cache_is_cheaper_to_read_than_not_to_use(model: str) -> None:
    price = listed()[model]
    assert 0 < (price.cached or 0) < price.input < price.output


def test_each_kind_of_token_has_its_own_price() -> None:
    price = Price(input=2.0, output=10.0, cached=0.1, written=2.5)
    assert price.of(Usage(MILLION, MILLION, 500_000, 250_000)) == pytest.approx(0.5 + 0.05 + 0.625 + 10.0)


def test_without_prices_of_its_own_a_cache_costs_what_input_costs() -> None:
    assert Price(2.0, 10.0).of(Usage(MILLION, 0, 400_000, 100_000)) == pytest.approx(2.0)


def test_a_price_for_short_prompts_says_nothing_of_long_ones() -> None:
    price = Price(1.0, 1.0, up_to=100)
    assert price.of(Usage(100, 0)) is not None
    assert price.of(Usage(101, 0)) is None


@pytest.mark.parametrize("snapshot", ["", "-20260928", "-2026-09-28", "@20260928"])
def test_a_snapshot_costs_what_its_model_costs(snapshot: str) -> None:
    models = Models({})
    answered = f"anthropic:claude-sonnet-5-5{snapshot}"
    assert models.priced(answered)
    assert models.cost(answered, "anthropic:other", Usage(MILLION, 0)) == pytest.approx(2.0)


def test_an_answer_by_a_name_without_a_price_costs_what_the_model_costs_that_was_asked() -> None:
    assert Models({}).cost("openai:gpt-6-sol-turbo", "openai:gpt-6-sol", Usage(0, MILLION)) == pytest.approx(10.0)


@pytest.mark.parametrize("model", ["openai:gpt-99", "openai-chat:gpt-6-sol", "anthropic:claude-sonnet-5-5x"])
def test_a_model_without_a_price_has_none_guessed(model: str) -> None:
    models = Models({})
    assert not models.priced(model)
    assert models.cost(model, model, Usage(1, 1)) is None


def test_the_settings_have_the_last_word() -> None:
    own = {"claude-sonnet-5-5": PriceSettings(input=1.0, output=1.0), "mine": PriceSettings(input=0.0, output=3.0)}
    models = Models({"anthropic": ProviderSettings(prices=own)})
    assert models.cost("anthropic:claude-sonnet-5-5", "", Usage(MILLION, 0)) == pytest.approx(1.0)
    assert models.cost("anthropic:mine", "", Usage(MILLION, MILLION)) == pytest.approx(3.0)
    assert models.priced("anthropic:claude-opus-5-5")


def test_where_no_model_is_asked_nothing_is_to_pay() -> None:
    assert Models({}).cost("offline:demo (no model was asked)", "offline:demo", Usage()) == 0
