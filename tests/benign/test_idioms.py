"""Ordinary Python means in a plan what it means elsewhere: each function of idioms/ gives there what it gives here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import pytest

from agentflow.testing import TestFlow

IDIOMS = sorted((Path(__file__).parent / "idioms").glob("*.py"))
pytestmark = pytest.mark.filterwarnings("ignore")  # of what is in the idioms; people do write them
PLAN = '''

from agentflow import Workflow
from json import dumps


class Idioms(Workflow):
    """Calls every function of this module."""

    async def run(self, event, step):
        results = {}
        for name, function in FUNCTIONS.items():
            try:
                results[name] = dumps(function())
            except Exception as error:
                results[name] = repr(error)
        return results
'''


@pytest.fixture(params=IDIOMS, ids=lambda path: path.stem)
def module(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A file of idioms, as Python runs it; `SOURCE` is its text."""
    path: Path = request.param
    made = ModuleType(f"idioms_{path.stem}")
    made.SOURCE = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, made.__name__, made)  # dataclasses look it up
    exec(compile(made.SOURCE, path, "exec"), vars(made))  # noqa: S102  a file of this folder
    return made


async def test_it_gives_the_same_in_a_plan(module: ModuleType) -> None:
    cases = {name: value for name, value in vars(module).items() if _is_case(value, module)}
    table = ", ".join(f"{name!r}: {name}" for name in cases)
    async with TestFlow() as flow:
        run = await flow.run(module.SOURCE + PLAN.replace("FUNCTIONS", f"{{{table}}}"))
        assert await run.result() == {name: json.dumps(case()) for name, case in cases.items()}


def _is_case(value: Any, module: ModuleType) -> bool:
    own = isinstance(value, FunctionType) and value.__module__ == module.__name__
    return own and not value.__code__.co_argcount
