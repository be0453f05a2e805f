"""What `make scale` says of workers depends on their ledger, in which each step stands once."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.scale import _share


def test_the_share_is_that_of_the_busiest_worker(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("11 a\n12 b\n11 c\n11 d\n")
    assert _share(tmp_path / "ledger", 4) == 0.75


@pytest.mark.parametrize("lines", ["11 a\n12 a\n", "11 a\n"])
def test_a_step_that_is_missing_or_was_done_twice_ends_the_measurement(lines: str, tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text(lines)
    with pytest.raises(AssertionError, match="2 steps"):
        _share(tmp_path / "ledger", 2)
