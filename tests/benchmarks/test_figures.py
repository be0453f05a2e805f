"""The table of `make bench`, and the ledger that every figure depends on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.figures import Figure, percentile, table, write
from benchmarks.stage import Ledger


@pytest.mark.parametrize(
    ("less", "target", "verdict"),
    [(False, 2.0, "reached"), (True, 2.0, "reached"), (False, 3.0, "missed"), (True, 1.0, "missed"), (True, None, "")],
)
def test_a_verdict_is_of_the_median(less: bool, target: float | None, verdict: str) -> None:
    assert Figure("x", "s", [100.0, 2.0, 0.1], target, less).verdict == verdict


def test_the_table_and_the_document_say_the_same(tmp_path: Path) -> None:
    figures = [Figure("steps", "1/s", [1400.0, 900.0, 1500.0], 1000, note="good")]
    [_, row] = table(figures).splitlines()
    assert row.split() == ["steps", "1/s", "900.0", "1,400", "1,500", ">=", "1,000", "reached", "good"]
    write(figures, {"processors": "2"}, tmp_path / "bench.json")
    document = json.loads((tmp_path / "bench.json").read_text())
    assert document["facts"] == {"processors": "2"}
    assert (document["figures"][0]["median"], document["figures"][0]["verdict"]) == (1400.0, "reached")


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile([7.0], 0.99)) == (51.0, 99.0, 7.0)


@pytest.mark.parametrize("calls", [{"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 1, "c": 1}])
def test_a_ledger_with_a_step_too_few_or_too_many_is_no_figure(calls: dict[str, int]) -> None:
    ledger = Ledger()
    ledger.calls.update({"a": 1, "b": 1})
    ledger.check(2)
    ledger.calls.clear()
    ledger.calls.update(calls)
    with pytest.raises(AssertionError):
        ledger.check(2)
