"""What differs from one process to the next, or cannot be stored, is found; what only looks like it is not."""

from __future__ import annotations

import pytest

from agentflow.validator import check

from ..plans.catalogue import TOOLS
from .orders import BAD, FINE
from .test_rules import found, in_run, marked

MODULE = """\
from dataclasses import dataclass
from agentflow import Workflow

SEEN = []
NAMES = ["a"]


@dataclass
class Line:
    sku: str


def remember(row):
    SEEN.append(row)  # AF804
    return NAMES.index(row)


class Plan(Workflow):
    async def run(self, event, step):
        remember("a")
        return Line("a")  # AF821
"""


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_what_is_not_the_same_everywhere_is_found(body: str) -> None:
    source = in_run(body)
    assert found(source) == marked(source)


@pytest.mark.parametrize("body", FINE.values(), ids=FINE.keys())
def test_what_only_looks_like_it_has_no_finding(body: str) -> None:
    assert check(in_run(body), TOOLS)["findings"] == []


def test_a_list_of_the_module_and_a_dataclass_are_found() -> None:
    assert found(MODULE) == marked(MODULE)


def test_a_dataclass_is_to_be_made_a_dict() -> None:
    advice = [finding["advice"] for finding in check(MODULE, TOOLS)["findings"] if finding["code"] == "AF821"]
    assert advice == ["write dataclasses.asdict(...) around it"]


def test_a_class_that_says_itself_what_it_makes_is_believed() -> None:
    assert found(MODULE.replace("    sku: str", "    def __new__(cls, sku):\n        return sku"))[-1][1] != "AF821"
