"""The order of things disturbed on purpose, for one seed always in the same way: `AGENTFLOW_PERTURB=7 make test`.

What is asked of a database is asked late and answered late, and now and then the whole process stands still, as on a
machine that others keep busy. A test that fails then hangs on who comes first, or on how long something takes, and
fails by chance elsewhere: it shall wait for what must come, let either of two be first, or make sure of the order that
it is about. Where such an order is the product's promise, the product breaks it.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

import pytest

from agentflow.store import Store
from agentflow.store.sqlite import SqliteStore

SEED = os.environ.get("AGENTFLOW_PERTURB")
LATE = 0.005
"""Seconds, at most, before something is asked, and before its answer is heard."""
SELDOM = 1 / 400
"""How likely it is that the process stands still before what it does next."""
STILL = 0.15
"""For how many seconds."""
P = ParamSpec("P")
T = TypeVar("T")


@pytest.fixture(autouse=True)
def order(request: pytest.FixtureRequest) -> Iterator[None]:
    """It is disturbed where `AGENTFLOW_PERTURB` has a seed: in each test in another way."""
    if SEED is None:
        yield
        return
    with perturbed(f"{SEED} {request.node.nodeid}"):
        yield


@contextmanager
def perturbed(seed: str) -> Iterator[None]:
    """Inside, it is disturbed by this seed."""
    chance, run = random.Random(seed), asyncio.Handle._run  # nothing is kept secret by it

    def late(call: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        async def called(*args: P.args, **kwargs: P.kwargs) -> T:
            await asyncio.sleep(LATE * chance.random())
            found = await call(*args, **kwargs)
            await asyncio.sleep(LATE * chance.random())
            return found

        return called

    def still(handle: asyncio.Handle) -> None:
        if chance.random() < SELDOM:
            time.sleep(STILL)
        run(handle)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.Handle, "_run", still)
        patch.setattr(SqliteStore, "rows", late(SqliteStore.rows))
        patch.setattr(Store, "write", late(Store.write))
        yield
