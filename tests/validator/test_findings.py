"""Findings stand where they belong, in order, once, and are not too many to read."""

from __future__ import annotations

import ast

from agentflow.validator import check
from agentflow.validator.findings import Report, did_you_mean, listing


def test_a_column_counts_characters_not_bytes() -> None:
    source = (
        'from agentflow import Workflow\nclass P(Workflow):\n    async def run(self, event, step):\n        "é"; q\n'
    )
    (finding,) = check(source, None)["findings"]
    assert (finding["line"], finding["column"], finding["message"]) == (4, 14, "the name 'q' is not defined")


def test_the_same_thing_is_said_once_and_in_order() -> None:
    first, second = ast.parse("a\nb").body
    report = Report("a\nb")
    for node in (second, first, second):
        report.warning("AF000", node, "it is wrong", "make it right")
    assert [finding.line for finding in report.findings] == [1, 2]
    assert not report.refused


def test_only_a_warning_of_that_line_and_code_is_silenced() -> None:
    first, second = ast.parse("a\nb").body
    report = Report("a\nb")
    report.warning("AF000", first, "perhaps", "look")
    report.error("AF000", second, "surely", "look")
    reasons = {(1, "AF000"): "why", (2, "AF000"): "why", (1, "AF999"): "why"}
    assert report.silence(reasons) == {(1, "AF000")}
    assert [finding.suppressed for finding in report.findings] == ["why", None]
    assert report.refused


def test_more_than_a_hundred_are_cut_but_no_error_behind_warnings() -> None:
    tree = ast.parse("\n".join("a" * 150)).body
    report = Report("")
    for node in tree[:-1]:
        report.warning("AF000", node, "perhaps", "look")
    report.error("AF000", tree[-1], "surely " * 200, "look")
    assert len(report.findings) == 100
    assert report.findings[-1].severity == "error"
    assert report.findings[-1].message.endswith("...")


def test_a_name_far_from_all_others_gets_no_guess() -> None:
    assert did_you_mean("xyz", ["load", "save"]) == ""
    assert listing([]) == "none"
    assert listing("abc", limit=2) == "a, b, ..."


def test_names_that_lead_to_each_other_without_end_are_a_finding() -> None:
    functions = "\n".join(f"def f{number}():\n    return f{number + 1}()" for number in range(600))
    plan = f"""
from agentflow import Workflow, tools
{functions}
def f600():
    return tools.mail.send(to="a")
class P(Workflow):
    async def run(self, event, step):
        await step.do("a", f0)
"""
    (finding,) = check(plan, None)["findings"]
    assert finding["code"] == "AF001"
    assert "too long a chain" in finding["message"]


def test_without_tools_their_names_and_arguments_are_not_checked() -> None:
    plan = """
from agentflow import Workflow, tools
class P(Workflow):
    async def run(self, event, step):
        await step.do("a", tools.any.thing(at="all"))
        await step.do("b", tools.any.thing("all"))
"""
    assert [finding["code"] for finding in check(plan, None)["findings"]] == ["AF205"]


def test_an_agent_without_tools_is_told_so() -> None:
    plan = """
from agentflow import Workflow, tools
class P(Workflow):
    async def run(self, event, step):
        await step.do("a", tools.any.thing(at="all"))
"""
    (finding,) = check(plan, [])["findings"]
    assert finding["advice"] == "the agent has no tools: work without"


def test_a_backslash_at_the_end_is_found_where_letters_are_looked_at() -> None:
    [finding] = check("# é\nx = 1\n\\\r\n", None)["findings"]
    assert (finding["code"], finding["line"]) == ("AF001", 3)
    assert finding["message"] == "invalid syntax: the source ends with a backslash"
