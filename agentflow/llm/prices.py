"""What answers cost: the list prices in `prices.toml`, and those that the settings give in their place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from ..records import Usage
from ..settings import ProviderSettings

_LIST = Path(__file__).with_name("prices.toml")
_DATED = re.compile(r"[-@](\d{8}|\d{4}-\d{2}-\d{2})$")
"""How providers name the snapshot of a model that answered."""
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens, for prompts of at most `up_to`."""

    input: float
    output: float
    cached: float | None = None
    written: float | None = None
    up_to: int | None = None
    as_of: date | None = None
    """The day on which `source` said so; None for a price of the settings."""
    source: str | None = None

    def of(self, usage: Usage) -> float | None:
        """What an answer cost, None where this price is not for so long a prompt."""
        if self.up_to is not None and usage.input > self.up_to:
            return None
        cached = self.input if self.cached is None else self.cached
        written = self.input if self.written is None else self.written
        plain = max(0, usage.input - usage.cached - usage.written)
        spent = plain * self.input + usage.cached * cached + usage.written * written + usage.output * self.output
        return spent / _MILLION


FREE = Price(0.0, 0.0)
"""Of offline answers: no model was asked."""


class Prices:
    """Prices by `provider:model`."""

    def __init__(self, providers: Mapping[str, ProviderSettings]) -> None:
        self._own = {
            f"{provider}:{model}": Price(**price.model_dump())
            for provider, settings in providers.items()
            for model, price in settings.prices.items()
        }

    def of(self, model: str) -> Price | None:
        """The price of a model, by its name or by that of one of its snapshots; None where it is not known."""
        if model.startswith("offline:"):
            return FREE
        known = {**listed(), **self._own}
        return known.get(model) or known.get(_DATED.sub("", model))


@cache
def listed() -> Mapping[str, Price]:
    """The list prices that came with the package."""
    return {model: Price(**row) for model, row in tomllib.loads(_LIST.read_text("utf-8")).items()}
