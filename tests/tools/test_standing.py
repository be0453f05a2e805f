"""Stand-ins for tools, in the place of those."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from agentflow.errors import UsageError
from agentflow.records import ToolSpec
from agentflow.tools import Tool, Toolbox, ToolContext, tool
from agentflow.tools.standing import StandIn


@tool(namespace="orders")
def get(id: str) -> None: ...


async def act(spec: ToolSpec, args: Mapping[str, Any], context: ToolContext) -> None: ...


@pytest.mark.parametrize("of", [get, get.spec])
def test_two_stand_ins_of_one_name_are_refused_with_both_places(of: Tool | ToolSpec) -> None:
    """Those of the tools that they stand in for; of one that only a description is known of, where it is answered."""
    with pytest.raises(UsageError, match=r"two tools are called orders.get \((.*test_standing.py:\d+) and \1\)"):
        Toolbox([StandIn(of, act), StandIn(of, act)])
