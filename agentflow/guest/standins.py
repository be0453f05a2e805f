"""Stand-ins for what a plan cannot have as it is: clock and randomness are the run's, dataclasses ask for no types."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import inspect
import random
import re
import sys
import typing
import uuid
import zoneinfo
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from .classes import check_base, check_hash
from .names import GUARDED, attribute_problem

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
    for name, text in texts.items():
        _check_field(cls, name, text)
    cls.__annotations__ = {name: _meaning(text) for name, text in texts.items()}
    made: Any = dataclasses.dataclass(**options)(cls)
    for field in dataclasses.fields(made):
        field.type = texts.get(field.name, field.type)
    check_hash(made, made.__module__)
    return made


def _check_field(cls: type, name: str, text: object) -> None:
    """`dataclasses` writes source with these names in it; and `astuple` reads attributes by them, past every guard."""
    if not (isinstance(text, str) and name.isidentifier() and name.isascii()):
        raise TypeError("@dataclass goes over a class whose fields are written in its body")
    owners = [base for base in cls.__mro__ if name in vars(base) and base.__module__ in sys.modules]
    if owners and (name in GUARDED or attribute_problem(name)):
        raise TypeError(f"the field {name!r} would stand for '{owners[0].__name__}.{name}': choose another name")


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


class _Named(enum.EnumType):
    """The class of enums whose members have names that a plan may write, those made by a call too."""

    def _create_(cls, class_name: str, names: Any, *, module: Any = None, type: Any = None, **options: Any) -> Any:
        if type is not None:
            check_base(class_name, type)
        module = module or sys._getframe(2).f_globals["__name__"]
        return super()._create_(class_name, _checked(names), module=module, type=type, **options)  # type: ignore[misc]


def _checked(names: Any) -> list[Any]:
    """The members of an enum that is made by a call: names, or pairs of name and value."""
    if isinstance(names, str):
        names = str.__str__(names).replace(",", " ").split()
    members = list(names.items() if isinstance(names, Mapping) else names)
    for at, member in enumerate(members):
        name, *value = (member,) if isinstance(member, str) else member
        name = str.__str__(name)
        problem = attribute_problem(name)
        if problem:
            raise TypeError(f"an enum cannot have this member: {problem[0]}")
        members[at] = (name, *value) if value else name
    return members


def enums() -> Mapping[str, object]:
    """The classes to derive an enum from."""
    kinds = (enum.Enum, enum.Flag, enum.IntEnum, enum.IntFlag, enum.StrEnum)
    return {kind.__name__: _Named(kind.__name__, (kind,), _Named.__prepare__(kind.__name__, (kind,))) for kind in kinds}


class Zone(zoneinfo.ZoneInfo, metaclass=_Asks):
    """`zoneinfo.ZoneInfo`, which keeps zones by their key for all runs: the key is a text and nothing more."""

    def __new__(cls, key: str) -> zoneinfo.ZoneInfo:  # type: ignore[misc]
        return zoneinfo.ZoneInfo(str.__str__(key))
