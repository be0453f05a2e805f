"""The standard library as a plan sees it: frozen objects of named functions and classes, never a module.

A real module leads to others (`json.codecs.open`, `enum.bltns`), so none is ever handed out.
"""

from __future__ import annotations

import codecs
import random
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from .allowed import ALLOWED, INSTEAD, instead
from .standins import Clock, Zone, clocked_date, clocked_datetime, dataclass, enums, seeded_random, seeded_uuid

__all__ = ["ALLOWED", "INSTEAD", "Facade", "facades", "importer"]

_OF_THE_RUN = frozenset({"agentflow", "asyncio", "datetime", "random", "time", "uuid"})
_PACKAGES = {"collections": "abc", "urllib": "parse"}

for _late in ("_strptime", "heapq", "unicodedata"):
    import_module(_late)  # the library imports these when it first needs them: behind the wall that is too late
_ENCODINGS = "cp1252 idna iso8859_15 punycode raw_unicode_escape unicode_escape utf_16 utf_32 utf_7 utf_8_sig"
for _late in _ENCODINGS.split():
    codecs.lookup(_late)


class Facade:
    """What stands for a module in a plan: its allowed names, which nobody can set.

    It has no `__name__`: with one, `from json import decoder` would look for `json.decoder` among the real modules.
    """

    def __init__(self, name: str, members: Mapping[str, object]) -> None:
        vars(self).update(members)
        object.__setattr__(self, "_name", name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(f"{self._name}.{name} is not available in a plan: {instead(f'{self._name}.{name}')}")

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{self._name}.{name} cannot be set: modules are read-only in a plan")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{self._name}.{name} cannot be deleted: modules are read-only in a plan")

    def __repr__(self) -> str:
        return f"<module {self._name!r}>"


def facades(clock: Clock, rng: random.Random, api: Mapping[str, object]) -> dict[str, object]:
    """Every module that a plan may import; those with the run's clock and randomness and the plan API are fresh."""
    return {
        **_SHARED,
        "agentflow": Facade("agentflow", api),
        "asyncio": Facade("asyncio", {"gather": api["gather"]}),
        "datetime": Facade(
            "datetime",
            _members("datetime") | {"datetime": clocked_datetime(clock), "date": clocked_date(clock)},
        ),
        "random": Facade("random", seeded_random(rng)),
        "time": Facade("time", {"time": lambda: clock().timestamp()}),
        "uuid": Facade("uuid", _members("uuid") | {"uuid4": seeded_uuid(rng)}),
    }


def importer(facades: Mapping[str, object]) -> Callable[..., object]:
    """The `__import__` of a plan: facades, and an answer to the imports that C code makes in the plan's name."""

    def load(
        name: str,
        globals: Mapping[str, Any] | None = None,
        locals: Mapping[str, Any] | None = None,
        fromlist: Any = (),
        level: int = 0,
    ) -> object:
        if type(fromlist) is list:
            # Only C code passes a list (strftime imports `time`); it ignores the answer and looks into sys.modules.
            if name in sys.modules:
                return None
        elif name in facades and level == 0:
            return facades[name if fromlist else name.partition(".")[0]]
        raise ImportError(f"import of {name!r} is not allowed: {instead(name)}")

    return load


def _members(module: str) -> dict[str, object]:
    return {name: getattr(import_module(module), name) for name in ALLOWED[module]}


def _shared() -> dict[str, object]:
    """The facades that are the same in every run: they hold nothing that can change."""
    members = {module: _members(module) for module in ALLOWED.keys() - _OF_THE_RUN - _PACKAGES.keys()}
    members["dataclasses"]["dataclass"] = dataclass
    members["enum"] |= enums()
    members["zoneinfo"]["ZoneInfo"] = Zone
    for name in ("day_abbr", "day_name", "month_abbr", "month_name"):
        members["calendar"][name] = tuple(getattr(import_module("calendar"), name))
    shared: dict[str, object] = {module: Facade(module, found) for module, found in members.items()}
    for package, part in _PACKAGES.items():
        found = {name: getattr(import_module(package), name) for name in ALLOWED[package] - {part}}
        shared[package] = Facade(package, {**found, part: shared[f"{package}.{part}"]})
    return shared


_SHARED = _shared()
