"""One check as people read of it: its code and name, what is wrong, why it matters, and how it looks."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from typing import Literal

FRAME = """\
from agentflow import StepFailed, StepTimeout, Workflow, tools


class Plan(Workflow):
    async def run(self, event, step):
"""
"""Where an example stands that has no class of its own: it is the body of `run`."""

_CLASS = re.compile(r"^class ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Check:
    """An entry of the catalogue."""

    code: str
    name: str
    severity: Literal["error", "warning"]
    wrong: str
    """One sentence."""
    why: str
    """One paragraph."""
    bad: str
    """A plan, or the body of `run`; empty where the check is not one on the code of a plan."""
    good: str
    suppressible: bool = False
    """May a comment with a reason silence it? Errors protect the wall, replay or people: they stay."""
    needs_tools: bool = False
    """Does it know more than nothing only where the agent's tools are known?"""
    tried: bool = False
    """Is it found by trying the plan out, and not by reading it?"""


def error(
    code: str,
    name: str,
    *,
    wrong: str,
    why: str,
    bad: str = "",
    good: str = "",
    tools: bool = False,
    tried: bool = False,
) -> Check:
    """A check that refuses the plan."""
    examples = _example(bad), _example(good)
    return Check(code, name, "error", wrong, _paragraph(why), *examples, needs_tools=tools, tried=tried)


def warning(
    code: str,
    name: str,
    *,
    wrong: str,
    why: str,
    bad: str,
    good: str,
    tools: bool = False,
    suppressible: bool = True,
) -> Check:
    """A check whose findings a person may accept."""
    examples = _example(bad), _example(good)
    return Check(code, name, "warning", wrong, _paragraph(why), *examples, suppressible, needs_tools=tools)


def whole(example: str) -> str:
    """The plan that an example is, or is a part of."""
    return example if _CLASS.search(example) else FRAME + textwrap.indent(example, " " * 8)


def _paragraph(text: str) -> str:
    return " ".join(text.split())


def _example(text: str) -> str:
    return textwrap.dedent(text).strip("\n") + "\n" if text else ""
