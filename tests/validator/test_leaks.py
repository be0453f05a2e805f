"""Loops that never wait or end, storms of retries and secrets in the open are found; what is patient is not."""

from __future__ import annotations

import pytest

from agentflow.validator import check

from ..plans.catalogue import TOOLS
from .leaks import BAD, FINE
from .test_rules import found, in_run, marked


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_it_is_found(body: str) -> None:
    source = in_run(body)
    assert found(source) == marked(source)


@pytest.mark.parametrize("body", FINE.values(), ids=FINE.keys())
def test_what_is_patient_and_discreet_has_no_finding(body: str) -> None:
    assert check(in_run(body), TOOLS)["findings"] == []


def test_the_finding_says_where_a_sensitive_value_comes_from() -> None:
    messages = [
        str(finding["message"]) for finding in check(in_run(BAD["sensitive values in the open"]), TOOLS)["findings"]
    ]
    assert messages[0] == "number comes from the sensitive step in line 32, and a step's name is shown to everybody"


def test_a_secret_is_not_repeated_in_its_finding() -> None:
    assert "hunter22" not in str(check(in_run(BAD["secrets by their names"]), TOOLS)["findings"])
