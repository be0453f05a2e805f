"""Every rule finds what it is for, where it is, and good plans pass."""

from __future__ import annotations

import marshal
import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from agentflow.validator import check

from ..plans.catalogue import TOOLS
from . import bad_modules, bad_runs, fine_modules, fine_runs

GOOD = sorted((Path(__file__).parents[1] / "plans" / "good").glob("*.py"))
FRAME = """\
import asyncio
import functools
from agentflow import NonRetryableError, StepFailed, StepTimeout, Workflow, tools


class Helper:
    @staticmethod
    def name():
        return "a"

    @property
    def call(self):
        return tools.orders.get(id="1")

    async def load(self):
        return await tools.orders.get(id="1")

    def both(self, one, two):
        return one + two


class Plan(Workflow):
    ROUTES = {"get": "orders.get"}

    def work(self):
        return 1

    async def more(self):
        return 2

    async def run(self, event, step):
"""


def in_run(body: str) -> str:
    """A whole plan around the body of `run`."""
    return FRAME + textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8) + "\n"


def module(text: str) -> str:
    return textwrap.dedent(text).strip("\n") + "\n"


def marked(source: str) -> list[tuple[int, str]]:
    """What the comments of a source expect."""
    lines = enumerate(source.splitlines(), start=1)
    return [(number, code) for number, line in lines for code in re.findall(r"AF\d{3}", line.partition("#")[2])]


def found(source: str, tools: list[dict[str, Any]] | None = TOOLS) -> list[tuple[int, str]]:
    return [(finding["line"], finding["code"]) for finding in check(source, tools)["findings"]]


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_a_good_plan_has_no_finding(path: Path) -> None:
    answer = check(path.read_text(), TOOLS)
    assert answer["findings"] == []
    assert marshal.loads(answer["blob"]).co_filename == "<plan>"  # noqa: S302 - made a line above


@pytest.mark.parametrize("body", bad_runs.BAD.values(), ids=bad_runs.BAD.keys())
def test_a_bad_run_has_exactly_the_marked_findings(body: str) -> None:
    source = in_run(body)
    assert found(source) == marked(source)


@pytest.mark.parametrize("body", fine_runs.FINE.values(), ids=fine_runs.FINE.keys())
def test_what_is_unusual_but_fine_has_no_finding(body: str) -> None:
    assert check(in_run(body), TOOLS)["findings"] == []


@pytest.mark.parametrize("text", fine_modules.FINE.values(), ids=fine_modules.FINE.keys())
def test_an_unusual_but_fine_module_has_no_finding(text: str) -> None:
    assert check(module(text), TOOLS)["findings"] == []


@pytest.mark.parametrize("text", bad_modules.BAD.values(), ids=bad_modules.BAD.keys())
def test_a_bad_module_has_exactly_the_marked_findings(text: str) -> None:
    source = module(text)
    assert found(source) == marked(source)


def test_code_is_there_exactly_where_no_finding_is_an_error() -> None:
    for body in bad_runs.BAD.values():
        answer = check(in_run(body), TOOLS)
        refused = any(finding["severity"] == "error" for finding in answer["findings"])
        assert refused is (answer["blob"] is None)
