"""What xdist tells of a test has its group in it, and nothing else has."""

from __future__ import annotations

import pytest

from .fakes import grouped


def test_a_group_is_told_and_forgotten(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    before = request.node.nodeid
    with grouped.told([request.node]):
        assert request.node.nodeid == before
    monkeypatch.setattr(request.node, "_nodeid", f"{before}@group", raising=False)
    with grouped.told([request.node]):
        assert request.node.nodeid == f"{before}@group"
    assert request.node.nodeid == before
