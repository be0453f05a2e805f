"""The catalogue and the rules speak of the same codes, and every example is what it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import agentflow
from agentflow.checks import CHECKS, Check, name_of, whole
from agentflow.validator import check

from ..plans.catalogue import TOOLS

SOURCES = Path(agentflow.__file__).parent
CODE = re.compile(r"AF\d{3}")
WITHOUT_EXAMPLE = {"AF000", "AF004", "AF005", "AF006", "AF007", "AF008"}
"""What is said of an answer or of a whole text, outside of the process that checks plans."""
SHOWN = [one for one in CHECKS.values() if one.code not in WITHOUT_EXAMPLE]
READ = [one for one in SHOWN if not one.tried]
"""What is found by reading the plan; of the others, `tests/trial` plays the examples."""


def found(source: str) -> list[tuple[str, str]]:
    findings = check(source, TOOLS)["findings"]
    return [(str(one["severity"]), str(one["code"])) for one in findings if one["suppressed"] is None]


def spoken() -> Iterator[str]:
    """The codes that stand as strings of their own in the sources."""
    for path in SOURCES.rglob("*.py"):
        if "checks" not in path.parent.name:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
                    yield node.value


def reported() -> Iterator[tuple[str, str]]:
    """What the rules call: the severity and the code."""
    for path in (SOURCES / "validator").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            match node:
                case ast.Call(
                    func=ast.Attribute(attr="error" | "warning" as how), args=[ast.Constant(value=str(code)), *_]
                ):
                    yield how, code


def test_every_code_of_the_sources_is_in_the_catalogue_and_the_other_way_round() -> None:
    assert set(spoken()) == set(CHECKS)


def test_a_check_has_one_severity_wherever_it_is_reported() -> None:
    calls = set(reported())
    assert len(calls) > 15
    assert {(how, code) for how, code in calls if CHECKS[code].severity != how} == set()


def test_codes_and_names_are_unique_and_in_order() -> None:
    assert list(CHECKS) == sorted(CHECKS)
    assert all(CODE.fullmatch(code) for code in CHECKS)
    names = [one.name for one in CHECKS.values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)


def test_only_warnings_may_be_silenced() -> None:
    assert {one.severity for one in CHECKS.values() if one.suppressible} == {"warning"}


@pytest.mark.parametrize("one", SHOWN, ids=lambda one: one.code)
def test_what_is_wrong_is_a_sentence_and_why_a_paragraph(one: Check) -> None:
    assert one.wrong.endswith(".")
    assert one.wrong[0].isupper() or one.wrong.startswith("`")
    assert len(one.wrong) <= 110
    assert one.why.endswith(".")
    assert "\n" not in one.why


@pytest.mark.parametrize("one", READ, ids=lambda one: one.code)
def test_the_bad_example_has_its_finding_and_no_other_error(one: Check) -> None:
    findings = found(whole(one.bad))
    assert (one.severity, one.code) in findings
    assert {code for severity, code in findings if severity == "error"} <= {one.code}


@pytest.mark.parametrize("one", SHOWN, ids=lambda one: one.code)
def test_the_good_example_has_no_finding(one: Check) -> None:
    assert found(whole(one.good)) == []


@pytest.mark.parametrize("one", READ, ids=lambda one: one.code)
def test_a_check_that_needs_tools_says_nothing_without_them(one: Check) -> None:
    codes = {finding["code"] for finding in check(whole(one.bad), None)["findings"]}
    assert (one.code in codes) is not one.needs_tools


def test_only_what_is_no_check_of_code_has_no_example() -> None:
    assert {code for code, one in CHECKS.items() if not (one.bad and one.good)} == WITHOUT_EXAMPLE


def test_a_code_of_another_version_has_no_name() -> None:
    assert name_of("AF604") == "swallowed-failure"
    assert name_of("AF999") == ""
