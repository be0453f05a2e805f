"""Workers come from a process that has imported what they need: it took half of what they used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import BinaryIO

from ..fakes.nursery import Child, Nursery
from .orders import Orders

_open: list[Nursery] = []


class Worker(Child):
    """A process that works on a scene."""


@contextmanager
def opened() -> Iterator[None]:
    """Inside, there are workers."""
    _open.append(Nursery("tests.crash.child"))
    yield
    _open.pop().close()


def worker(orders: Orders, errors: BinaryIO) -> Worker:
    """A new one, which writes what it complains of into that file."""
    return Worker(_open[-1].order(json.dumps(asdict(orders)).encode(), [errors.fileno()]))
