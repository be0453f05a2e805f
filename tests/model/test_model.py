"""Hypothesis does what it likes to random runs, and the real engine must agree with the model at every rest."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

import agentflow.app
from agentflow.sandbox.local import ProcessSandbox

from ..fakes.near import NearSandbox, bury
from .comparison import Compared, Comparison
from .house import Trap
from .plans import TYPES, Body, bodies

NIGHTLY = os.environ.get("AGENTFLOW_HYPOTHESIS") == "nightly"
LOTS = st.integers(0, 5)
"""Which run, call, worker, question: counted around those that there are."""


class Engine(RuleBasedStateMachine):
    """The engine in the hands of hypothesis. Its guests are in this process."""

    sandbox: type[Any] = NearSandbox

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="agentflow-model-"))
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(agentflow.app, "ProcessSandbox", self.sandbox)
        self.comparison: Comparison

    @initialize(plans=st.lists(bodies, min_size=1, max_size=2), linger=st.sampled_from([0.0, 3.0]))
    def begin(self, plans: Sequence[Body], linger: float) -> None:
        self.comparison = Comparison(self.folder, linger)
        self.runner.run(self.comparison.open(plans))

    def settle(self) -> None:
        self.runner.run(self.comparison.settle())

    def run_at(self, lot: int) -> Compared:
        return self.comparison.runs[lot % len(self.comparison.runs)]

    @rule(lots=st.lists(LOTS, min_size=1, max_size=2), what=st.sampled_from(["ok", "ok", "error", "final", "doubt"]))
    def a_tool_answers(self, lots: Sequence[int], what: str) -> None:
        for lot in lots:
            if calls := self.comparison.calls():
                self.comparison.answer(calls[lot % len(calls)], what)
        self.settle()

    @rule(lot=LOTS, types=st.lists(st.sampled_from(TYPES), min_size=1, max_size=3))
    def events_come(self, lot: int, types: Sequence[str]) -> None:
        for type in types:
            self.runner.run(self.comparison.send(self.run_at(lot), type))
        self.settle()

    @rule(seconds=st.sampled_from([0.25, 1, 5, 20, 30, 40, 60, 3_000, 100_000]))
    def time_passes(self, seconds: float) -> None:
        self.comparison.house.clock.advance(seconds)
        self.settle()

    @rule()
    def time_passes_until_the_next_moment(self) -> None:
        now = self.comparison.house.clock.now()
        dues = [due for run in self.comparison.runs for due in run.now.waits().values() if due is not None]
        self.comparison.house.clock.advance(max(0.0, min(dues, default=now) - now))
        self.settle()

    @rule(seconds=st.sampled_from([10, 3_600]))
    def the_clock_is_put_back(self, seconds: float) -> None:
        self.comparison.put_back(seconds)
        self.settle()

    @rule(lot=LOTS, verb=st.sampled_from(["pause", "resume"]))
    def a_person_holds_it(self, lot: int, verb: str) -> None:
        self.runner.run(self.comparison.control(self.run_at(lot), verb))
        self.settle()

    @rule(lot=LOTS, verb=st.sampled_from(["cancel", "restart", "restart"]), late=st.booleans())
    def a_person_ends_it(self, lot: int, verb: str, late: bool) -> None:
        run, comparison = self.run_at(lot), self.comparison
        known = comparison.calls() if late else []
        doing = comparison.restart(run) if verb == "restart" else comparison.control(run, verb)
        self.runner.run(doing)
        for call in known:
            if call.open:
                comparison.answer(call, "ok")
        self.settle()

    @rule(lot=LOTS, action=st.sampled_from(["happened", "not", "reject"]))
    def a_person_decides(self, lot: int, action: str) -> None:
        self.runner.run(self.comparison.decide(lot, action))
        self.settle()

    @rule(lot=LOTS)
    def a_worker_is_killed(self, lot: int) -> None:
        house = self.comparison.house
        if house.workers:
            self.runner.run(house.kill(house.workers[lot % len(house.workers)]))
        self.settle()

    @rule()
    def a_worker_comes(self) -> None:
        if len(self.comparison.house.workers) < 2:
            self.runner.run(self.comparison.house.hire())
        self.settle()

    @rule(lot=LOTS, commits=st.integers(0, 3), when=st.sampled_from(["before", "after"]))
    def a_worker_is_doomed(self, lot: int, commits: int, when: str) -> None:
        """It dies at one of its next commits, whatever makes it commit."""
        workers = self.comparison.house.workers
        if workers and workers[lot % len(workers)].trap is None:
            workers[lot % len(workers)].trap = Trap(commits, when)

    @rule(lot=LOTS)
    def a_worker_goes(self, lot: int) -> None:
        house = self.comparison.house
        if house.workers and not self.comparison.calls():
            self.runner.run(house.dismiss(house.workers[lot % len(house.workers)]))
        self.settle()

    def teardown(self) -> None:
        try:
            if hasattr(self, "comparison"):
                self.runner.run(self.comparison.finish())
        finally:
            self.patch.undo()
            if hasattr(self, "comparison"):
                self.runner.run(self.comparison.house.close())
                del self.comparison
            self.runner.close()
            shutil.rmtree(self.folder)
            bury()


class EngineAndGuests(Engine):
    """The same with guests behind the wall."""

    sandbox = ProcessSandbox


def _examples(few: int, many: int) -> settings:
    return settings(max_examples=many if NIGHTLY else few, stateful_step_count=20)


TestEngine = Engine.TestCase
TestEngine.settings = _examples(25, 2_000)
TestEngineAndGuests = EngineAndGuests.TestCase
TestEngineAndGuests.settings = _examples(3, 50)
