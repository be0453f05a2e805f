"""One thing may be written in many ways: none of these is refused, or even frowned upon."""

from __future__ import annotations

from dataclasses import asdict
from textwrap import dedent, indent

import pytest

from agentflow.validator import check

from .catalogue import TOOLS
from .ways import WAYS

SPECS = [asdict(tool.spec) for tool in TOOLS]
HEAD = '''
from agentflow import Workflow, tools

TABLE = {"x": lambda n: n * 2}
RATE = 0.19
HELP = "{n} thing"


class Money:
    def __init__(self, n):
        self.n = n

    @property
    def text(self):
        return f"{self.n} EUR"


class P(Workflow):
    """Does it in its own way."""

    LIMIT = 5
    NAMES = {"a": 1}

    async def run(self, event, step):
'''


@pytest.mark.parametrize("body", WAYS.values(), ids=WAYS.keys())
def test_it_is_accepted(body: str) -> None:
    source = HEAD + indent(dedent(body).strip("\n"), " " * 8) + "\n"
    assert check(source, SPECS)["findings"] == []
