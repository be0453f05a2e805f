"""Stand-ins for what a plan cannot have as it is: clock and randomness are the run's, dataclasses ask for no types."""

from __future__ import annotations

import dataclasses
import datetime
import inspect
import random
import re
import sys
import typing
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

Clock = Callable[[], datetime.datetime]
"""Gives the run's time: an aware datetime in UTC."""

_RANDOM = """betavariate choice choices expovariate gauss getrandbits lognormvariate normalvariate randbytes randint
    random randrange sample shuffle triangular uniform"""


class _Asks(type):
    """`isinstance` and `issubclass` of a stand-in ask the class that it stands for."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, cls.__mro__[1])

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, cls.__mro__[1])


def clocked_datetime(clock: Clock) -> type[datetime.datetime]:
    """`datetime.datetime` with the run's clock. It has no instances: what it makes are real datetimes."""

    class Datetime(datetime.datetime, metaclass=_Asks):
        def __new__(cls, *args: Any, **parts: Any) -> datetime.datetime:  # type: ignore[misc]
            return datetime.datetime(*args, **parts)  # noqa: DTZ001 - naive where the plan asks for it

        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
            return clock().replace(tzinfo=None) if tz is None else clock().astimezone(tz)

        @classmethod
        def utcnow(cls) -> datetime.datetime:  # type: ignore[override]
            return clock().replace(tzinfo=None)

        @classmethod
        def today(cls) -> datetime.datetime:  # type: ignore[override]
            return clock().replace(tzinfo=None)

    return Datetime


def clocked_date(clock: Clock) -> type[datetime.date]:
    """`datetime.date` with the run's clock; what it makes are real dates."""

    class Date(datetime.date, metaclass=_Asks):
        def __new__(cls, *args: Any, **parts: Any) -> datetime.date:  # type: ignore[misc]
            return datetime.date(*args, **parts)

        @classmethod
        def today(cls) -> datetime.date:  # type: ignore[override]
            return clock().date()

    return Date


def seeded(x: Any = None) -> random.Random:
    """`random.Random` as a function: a class derived from it could leave out its seed."""
    return _Seeded(_a_seed(x))


class _Seeded(random.Random):
    """A generator that never asks the operating system."""

    def seed(self, a: Any = None, version: int = 2) -> None:
        """Start again from a seed; there must be one."""
        super().seed(_a_seed(a), version)


def _a_seed(a: Any) -> Any:
    if a is None:
        raise TypeError("a seed is needed: random numbers of a plan are the same on every replay")
    return a


def seeded_random(rng: random.Random) -> Mapping[str, object]:
    """The functions of `random`, on the run's generator."""

    def seed(a: Any = None, version: int = 2) -> None:
        rng.seed(_a_seed(a), version)

    return {"Random": seeded, "seed": seed, **{name: getattr(rng, name) for name in _RANDOM.split()}}


def seeded_uuid(rng: random.Random) -> Callable[[], uuid.UUID]:
    """`uuid.uuid4` on the run's generator."""
    return lambda: uuid.UUID(int=rng.getrandbits(128), version=4)


def dataclass(cls: Any = None, /, **options: Any) -> Any:
    """`dataclasses.dataclass` over a class of a plan, whose annotations are texts that nobody evaluates."""
    if cls is None:
        return partial(dataclass, **options)
    if not isinstance(cls, type) or cls.__module__ in sys.modules:
        raise TypeError("@dataclass goes over a class that the plan defines")
    texts = inspect.get_annotations(cls)
    cls.__annotations__ = {name: _meaning(text) for name, text in texts.items()}
    made: Any = dataclasses.dataclass(**options)(cls)
    for field in dataclasses.fields(made):
        field.type = texts.get(field.name, field.type)
    return made


_SPECIAL = re.compile(r"(?:\w+\.)?(ClassVar|InitVar|KW_ONLY)\b")
_MEANINGS: Mapping[str, object] = {
    "ClassVar": typing.ClassVar,
    "InitVar": dataclasses.InitVar[object],
    "KW_ONLY": dataclasses.KW_ONLY,
}


def _meaning(text: str) -> object:
    """What `dataclasses` has to know of an annotation: nothing, but for three names."""
    special = _SPECIAL.match(text)
    return _MEANINGS[special[1]] if special else object
