"""For every test: how many examples hypothesis makes, and that nothing is skipped where that is forbidden."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", deadline=None, max_examples=2000, suppress_health_check=list(HealthCheck))
os.environ.pop("COLUMNS", None)  # the processes of xdist have it, and what commands print keeps to it
settings.load_profile(os.environ.get("AGENTFLOW_HYPOTHESIS", "default"))


def _forbid_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    """With AGENTFLOW_NO_SKIPS=1 a skipped test has failed: what it needs is missing on this machine."""
    if os.environ.get("AGENTFLOW_NO_SKIPS") == "1" and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: may not be skipped here: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    _forbid_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    _forbid_skip(report)
    return report
