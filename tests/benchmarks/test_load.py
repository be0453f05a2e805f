"""The load on the service, as `make load` measures it: little of it, on a service of this process."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from agentflow.app import AgentFlow
from agentflow.settings import Settings
from benchmarks.load import Ears, Load, Seen, Sizes, measure
from benchmarks.serve import Service
from benchmarks.stage import Ledger
from benchmarks.wire import Wire

from ..fakes.afar import address

LITTLE = Sizes(seconds=0.5, streams=4, reads=40, writes=30, history=3)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Service]:
    async with AgentFlow(tools=[Ledger().tool()], settings=Settings(folder=tmp_path)) as flow, address(flow) as url:
        port = urlsplit(url).port
        assert port is not None
        yield Service(os.getpid(), port)


async def test_nothing_is_lost_and_nothing_fails(served: Service) -> None:
    said: list[str] = []
    figures = {one.name: one for one in await measure(served, LITTLE, said.append)}
    assert [figures[name].values for name in ("lost: untold to somebody, or not listed", "errors")] == [[0], [0]], said
    counted = sum(
        int(word) for word in figures["lost: untold to somebody, or not listed"].note.split() if word.isdigit()
    )
    assert 5 < counted <= 30
    assert 0 < figures["reads, p50"].median <= figures["reads, p99"].median <= figures["reads, slowest"].median
    assert figures["told of a start, p50"].median > 0


async def test_what_somebody_was_not_told_is_lost() -> None:
    seen = Seen(started={"run_1", "run_2"}, sent={"event_1"})
    ears = Ears(Wire("127.0.0.1", 0), seen)
    ears._ended += [{"run_1", "run_2"}, {"run_2"}]
    assert ears.lost() == 2
    ears._events.add("event_1")
    assert ears.lost() == 1


async def test_an_error_is_counted_and_an_answer_that_waited_counts_from_when_it_was_due(served: Service) -> None:
    wire, seen = Wire("127.0.0.1", served.port), Seen()
    load = Load(wire, Ears(wire, seen), seen, ["run_none"])
    assert await load._asked(seen.reads, time.perf_counter() - 1, "GET", "/v1/runs/run_none") == {}
    wire.close()
    assert [took > 1000 for took in seen.reads] == [True]
    assert [": 404 " in error for error in seen.errors] == [True]
