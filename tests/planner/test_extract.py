"""Taking a plan out of a reply, however a model wraps it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agentflow.planner.extract import source

PLAN = """\
from agentflow import Workflow


class Refund(Workflow):
    async def run(self, event, step):
        return 1
"""
OTHER = "class Older(Workflow):\n    pass\n"
NOTES = '```json\n{"order_id": "17"}\n```'

WRAPPED = {
    "python fence": f"Here it is.\n\n```python\n{PLAN}```\nDone.",
    "py fence": f"```py\n{PLAN}\n\n```",
    "upper case": f"```Python\n{PLAN}```",
    "plain fence": f"```\n{PLAN}```",
    "a word after the language": f"```python title=plan.py\n{PLAN}```",
    "tildes": f"~~~python\n{PLAN}~~~",
    "four backticks": f"````python\n{PLAN}````",
    "wrong language": f"```javascript\n{PLAN}```",
    "unclosed fence": f"So:\n```python\n{PLAN}",
    "code tags": f"I think so. <code>\n{PLAN}</code> That is all.",
    "unclosed tag": f"<code>\n{PLAN}",
    "fence in tags": f"<code>\n```python\n{PLAN}```\n</code>",
    "whole text": PLAN,
    "words before the whole text": f"This plan refunds an order.\n\n{PLAN}",
    "windows lines": f"```python\n{PLAN}```".replace("\n", "\r\n"),
    "in a list": "1. The plan:\n   ```python\n" + "".join(f"   {line}\n" for line in PLAN.splitlines()) + "   ```",
    "several blocks": f"{NOTES}\n```python\nx = 1\n```\n```python\n{PLAN}```\n```\nOK\n```",
    "corrected at the end": f"```python\n{OTHER}```\nNo, better:\n```python\n{PLAN}```",
}


@pytest.mark.parametrize("wrapping", WRAPPED)
def test_a_plan_is_found_in(wrapping: str) -> None:
    found = source(WRAPPED[wrapping])
    assert found is not None
    assert [line for line in found.split("\n") if line] == [line for line in PLAN.split("\n") if line]
    assert found.endswith("return 1\n")


def test_a_fence_inside_a_docstring_does_not_end_the_plan() -> None:
    plan = 'class Doc(Workflow):\n    """Like\n\n        ```python\n        x\n    """\n'
    assert source(f"````python\n{plan}````") == plan


def test_without_a_workflow_class_the_longest_python_block_is_shown_to_the_checks() -> None:
    assert source("```python\nx = 1\n```\n```\ny = 22\n```\n```json\n[1, 2, 3, 4, 5]\n```") == "y = 22\n"


@pytest.mark.parametrize("text", ["", "I cannot help with that.", NOTES, "```\n\n```", "class of its own", "<code>"])
def test_where_there_is_no_code_there_is_no_source(text: str) -> None:
    assert source(text) is None


FRAGMENTS = ["```", "~~~", "```python\n", "\n", "<code>", "</code>", "class A(Workflow):", "    ", "\x00", "import a\n"]


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=20), max_size=30).map("".join))
@example("`" * 10_000)
@example("class " + " " * 50_000)
@example("class A(" + "Workflow" * 10_000)
def test_no_reply_makes_it_fail(text: str) -> None:
    found = source(text)
    assert found is None or found.endswith("\n")
