"""A plugin for pytest: each file `NAME.run.json` in a folder of tests is a run that was exported, and is replayed.

It is asked for with `pytest_plugins = ["agentflow.testing.plugin"]` in the `conftest.py` at the top, and costs nothing
where nobody does. A run is replayed on its own code; where a line of the setting `agentflow_plans` has a pattern that
fits its file, on the plan that the line names; with `--agentflow-plan FILE`, on that one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from fnmatch import fnmatch
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from ..app import AgentFlow
from ..errors import AgentFlowError, PlanRefused, UsageError
from ..records import Json
from ..records.moments import Replay
from ..typed import document
from ..wording import step_name

ENDING = ".run.json"
_PLANS, _PLAN = "agentflow_plans", "--agentflow-plan"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        _PLANS, "on which plan runs are replayed: lines `PATTERN = FILE`, from the top folder", type="linelist"
    )
    parser.addoption(_PLAN, metavar="FILE", type=Path, help="replay all runs that were exported on this plan")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> RunFile | None:
    """A file with a run is a test."""
    if not file_path.name.endswith(ENDING):
        return None
    return RunFile.from_parent(parent, path=file_path)


def pytest_configure(config: pytest.Config) -> None:
    """There is a desk, on which nothing is open yet."""
    config.stash[_DESK] = Desk()


def pytest_unconfigure(config: pytest.Config) -> None:
    """What was opened is closed."""
    config.stash[_DESK].close()


class RunFile(pytest.File):
    """A file with a run that was exported."""

    def collect(self) -> Iterator[RunItem]:
        plan = _plan_for(self.config, self.path)
        yield RunItem.from_parent(self, name="own code" if plan is None else _told(self.config, plan), plan=plan)


class RunItem(pytest.Item):
    """A replay of it."""

    def __init__(self, *, plan: Path | None, **rest: Any) -> None:
        super().__init__(**rest)
        self._plan = plan

    def runtest(self) -> None:
        said = self.config.stash[_DESK].replay(self.path, self._plan, self.name)
        if said is not None:
            raise Otherwise(said)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What went another way, and no traceback: there is no test whose lines would say more."""
        if isinstance(excinfo.value, Otherwise | AgentFlowError | OSError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        return self.path, None, f"{self.path.name} on {self.name}"


class Otherwise(AssertionError):
    """A plan does something else than a run did."""


class Desk:
    """Where runs are replayed: one house for all of them, without agents, and a loop for it."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()
        self._flow: AgentFlow | None = None

    def replay(self, path: Path, plan: Path | None, name: str) -> str | None:
        """What a plan does otherwise than the run of a file did; None where it does the same."""
        told = document(_text(path), path.name, "export the run again")
        source = None if plan is None else _text(plan)
        return self._runner.run(self._replay(told, path.name, source, name))

    def close(self) -> None:
        """The house and its processes end."""
        if self._flow is not None:
            self._runner.run(self._open.aclose())
        self._runner.close()

    async def _replay(self, told: Json, what: str, source: str | None, name: str) -> str | None:
        run = await (await self._house()).runs.load(told, what)
        try:
            found = await run.replay(source)
        except PlanRefused as refused:
            errors = [one for one in refused.findings if one.severity == "error"]
            said = [f"  line {one.line}: {one.code} {one.message}. {one.advice}" for one in errors]
            return "\n".join([f"run {run.id} is not replayed: the checks refuse {name}", *said])
        if found.same:
            return None
        shown = (await run.plan()).source if source is None else source
        lines = [f"run {run.id} on {name}", *_lines(found, shown), *(f"note: {note}" for note in run.notes)]
        return "\n".join(lines)

    async def _house(self) -> AgentFlow:
        if self._flow is None:
            folder = self._open.enter_context(TemporaryDirectory(prefix="agentflow-"))
            self._flow = await self._open.enter_async_context(AgentFlow(Path(folder) / "empty.db", worker=False))
        return self._flow


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path.name} is not text in UTF-8 (byte {error.start}): save it in that encoding") from None


def _lines(found: Replay, source: str) -> Iterator[str]:
    yield f"{found.turns} of {found.of} turns are as they were"
    yield f"  turn  {found.turns + 1}"
    if found.step:
        yield f"  step  {step_name(found.step)}"
    yield f"  was   {found.was}"
    yield f"  now   {found.now}"
    if found.line:
        yield f"  line  {found.line}: {source.splitlines()[found.line - 1].strip()}"


def _plan_for(config: pytest.Config, path: Path) -> Path | None:
    """The plan that a run is replayed on; None for its own code. The last line that fits is the one that counts."""
    given: Path | None = config.getoption(_PLAN)
    if given is not None:
        return config.invocation_params.dir / given
    found, told = None, _told(config, path)
    for line in config.getini(_PLANS):
        pattern, equals, plan = (part.strip() for part in line.partition("="))
        if not equals or not plan:
            raise pytest.UsageError(f"{_PLANS} has a line {line!r}: write PATTERN = FILE")
        if fnmatch(told, pattern) or fnmatch(path.name, pattern):
            found = config.rootpath / plan
    return found


def _told(config: pytest.Config, path: Path) -> str:
    """A path as it is told: from the top folder, where it is below."""
    return path.relative_to(config.rootpath).as_posix() if path.is_relative_to(config.rootpath) else str(path)


_DESK = pytest.StashKey[Desk]()
