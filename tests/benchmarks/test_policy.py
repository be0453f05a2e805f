"""What the policy costs, as `make bench` measures it."""

from __future__ import annotations

from benchmarks.policy import PLAN, costs


def test_guarded_code_is_at_most_two_times_slower_than_plain_python() -> None:
    """Both run the same plan in turns and give the same result."""
    ratio, validation, *parts = costs(1)
    assert ratio.verdict == "reached"
    assert validation.median > sum(part.median for part in parts[1:]) / 2
    assert 50 <= len(PLAN.splitlines()) <= 55
