"""The example for marimo runs, and marimo shows the objects in it as Jupyter does."""

from __future__ import annotations

import asyncio
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any

from marimo._output.formatting import try_format

from .running import FOLDER


def cells() -> tuple[Any, Any]:
    """What its cells show, and what they define, after all of them have run."""
    spec = spec_from_file_location("first_goal_marimo", FOLDER / "first_goal_marimo.py")
    assert spec is not None
    assert spec.loader is not None
    example = module_from_spec(spec)
    spec.loader.exec_module(example)
    return example.app.run()  # type: ignore[no-any-return]


async def test_it_comes_to_its_result_and_shows_each_thing_as_a_page() -> None:
    shown, defined = await asyncio.to_thread(cells)
    try:
        kinds = [type(one).__name__ for one in shown if "agentflow-shown" in str(try_format(one).data)]
        assert kinds == ["AgentHandle", "PlanVersion", "GoalHandle", "ApprovalHandle", "RunHandle"]
        assert defined["result"] == {"reference": "refund-17", "order": "17"}
    finally:
        defined["flow"].close()
