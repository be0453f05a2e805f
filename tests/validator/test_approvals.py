"""Approvals hold on every way that leads to a call, or the finding says on which way they do not."""

from __future__ import annotations

import textwrap

import pytest

from agentflow.validator import check

from ..plans.catalogue import TOOLS
from .approvals import BAD, FINE, HEAD
from .test_rules import found, in_run, marked


def asking(body: str) -> str:
    return in_run(textwrap.dedent(HEAD) + textwrap.dedent(body))


def messages(body: str) -> list[str]:
    return [str(finding["message"]) for finding in check(asking(body), TOOLS)["findings"]]


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_a_call_that_no_approval_covers_is_found(body: str) -> None:
    source = asking(body)
    assert found(source) == marked(source)


@pytest.mark.parametrize("body", FINE.values(), ids=FINE.keys())
def test_a_plan_that_heeds_its_approvals_has_no_finding(body: str) -> None:
    assert check(asking(body), TOOLS)["findings"] == []


@pytest.mark.parametrize(
    ("row", "way"),
    [
        ("asked on one way alone", "when `amount > 100` is false"),
        ("asked in no round", "when the loop in line 38 has no round"),
        ("asked in one case", "when no case of line 38 fits"),
        ("asked side by side", "on every way"),
        ("nobody answers", "when nobody answers what line 39 asks and the handler in line 40 goes on"),
        ("a refusal that changes nothing", "a person refuses what line 39 asks and the handler in line 40 goes on"),
    ],
)
def test_the_finding_says_on_which_way_it_fails(row: str, way: str) -> None:
    (message,) = messages(BAD[row])
    assert way in message


def test_what_differs_from_what_was_shown_is_named() -> None:
    (message,) = messages(BAD["another constant than was shown"])
    assert "is called with another 'amount' than a person approved in line 38" in message


def test_a_plan_with_too_many_ways_is_let_pass() -> None:
    """The analysis gives up; it neither takes long nor guesses."""
    tests = "\n".join(f"if event.payload['{n}']:\n    await step.progress('{n}')" for n in range(400))
    body = f"{tests}\nif amount:\n    transfer = (await step.wait_for_approval('a', '?', call=transfer)).call\n"
    assert found(asking(body + "await step.do('b', transfer)")) == []
