"""What a module notes is what coverage's tracer would have told of it."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
from coverage import Coverage
from coverage.python import PythonFileReporter

from .fakes.seen import Noting

SOURCE = '''"""A module."""
from __future__ import annotations
import asyncio
from functools import cache

class Thing:
    """A class."""
    kind = "thing"

    @property
    def name(self):
        """A docstring, and no more."""

    @cache
    @staticmethod
    def twice(number):
        return (
            number
            * 2
        )

async def some(number):
    for each in range(number):
        yield each

async def count(number):
    total = 0
    async for each in some(number):
        if each == 3:
            break
        total += each
    else:
        total = -total
    async with asyncio.Lock():
        while total < 2:
            total += 1
    return total

def named(value):
    match value:
        case 0:
            return "nothing"
        case 1 | 2 if value != 2:
            word = "one"
        case str():
            word = "a word"
    return word

def sure(value):
    match value:
        case 5:
            pass
        case _:
            return value

def tried(value):
    try:
        return 1 // value
    except (KeyError, ValueError):
        return "key"
    except ZeroDivisionError:
        if value:
            return "never"
        elif value == 0:
            return "zero"
    except TypeError:
        raise
    finally:
        Thing.twice(3)

def play(value):
    seen = [tried(value), sure(value), asyncio.run(count(value)), Thing().name]
    for each in seen:
        if each:
            continue
        seen.append(None if len(seen) > 5 else 0)
        if len(seen) > 6:
            break
    return [*seen, named(value)]
'''


@pytest.mark.parametrize("values", [[], [0], [1], [5], ["a"], [1, 0], [2, 5, 0, "a"]], ids=str)
def test_a_module_notes_what_the_tracer_would_have_told(values: list[object], tmp_path: Path) -> None:
    path = tmp_path / "sample.py"
    path.write_text(SOURCE, encoding="utf-8")
    coverage = Coverage(data_file=None, branch=True, include=[str(path)], config_file=False)
    coverage.start()
    played = _play(SourceFileLoader("sample", str(path)), values)
    coverage.stop()
    noting = Noting("sample", str(path))
    reporter = PythonFileReporter(str(path), coverage)
    assert _play(noting, values) == played
    assert _told(reporter, noting.arcs(coverage)) == _told(reporter, coverage.get_data().arcs(str(path)) or [])


def test_a_module_that_is_loaded_anew_goes_on_with_its_notes(tmp_path: Path) -> None:
    path = tmp_path / "again.py"
    path.write_text("def play(value):\n    if value:\n        return 1\n    return 2\n", encoding="utf-8")
    first, second = Noting("again", str(path)), Noting("again", str(path))
    assert (_play(first, [0]), _play(second, [1])) == (["2"], ["1"])
    assert set(second.arcs(Coverage(data_file=None, config_file=False))) >= {(2, 3), (2, 4), (-1, 3), (-1, 4)}


def _play(loader: SourceFileLoader, values: Iterable[object]) -> list[str]:
    """What comes of the module's `play` with each of them."""
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return [_said(module, value) for value in values]


def _said(module: object, value: object) -> str:
    try:
        return str(module.play(value))  # type: ignore[attr-defined]
    except (TypeError, UnboundLocalError) as error:
        return type(error).__name__


def _told(reporter: PythonFileReporter, arcs: Iterable[tuple[int, int]]) -> tuple[set[int], set[tuple[int, int]]]:
    """The lines and the branches that are reported as seen."""
    ways = list(arcs)
    several = {line for line, number in reporter.exit_counts().items() if number > 1}
    lines = {line for way in ways for line in way if line > 0}
    branches = {way for way in reporter.translate_arcs(ways) if way[0] in several}
    return set(reporter.translate_lines(lines)) & reporter.lines(), branches & reporter.arcs()
