"""Which lines and branches of the house tests have been to, as the house notes it: `-p tests.fakes.seen`, with `--cov`.

Coverage's tracer is asked at each line of all that runs, of libraries and tests, too, and doubles the time it takes.
Here each statement of the house sets an item of a list before it begins, and coverage is told of that at the end. What
tests start as processes of their own is traced. From Python 3.14 on, `COVERAGE_CORE=sysmon` is as quick and needs none
of this.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Generator, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

import pytest
from coverage import Coverage, CoverageData
from coverage.python import PythonFileReporter

from .marking import Marks, marked

HOUSE = "agentflow"


class Noting(SourceFileLoader):
    """Loads a module that notes where it has been; what is loaded anew goes on with the same notes."""

    def __init__(self, name: str, path: str) -> None:
        super().__init__(name, path)
        first = KNOWN.setdefault(path, self)
        self.marks: Marks = [] if first is self else first.marks
        self.seen: list[int] = [] if first is self else first.seen
        """What the module itself calls `__loader__.seen`: an item for each mark."""

    def get_code(self, fullname: str) -> CodeType:
        """Of the source as it stands: bytecode is neither read nor left behind."""
        tree, self.marks[:] = marked(ast.parse(self.get_data(self.path)))
        self.seen.extend([0] * (len(self.marks) - len(self.seen)))
        return compile(tree, self.path, "exec", dont_inherit=True)

    def arcs(self, coverage: Coverage) -> Iterator[tuple[int, int]]:
        """The ways between lines that it went, as the tracer tells them."""
        ways: dict[int, set[int]] = {}
        for line, target in PythonFileReporter(self.path, coverage).arcs():
            ways.setdefault(line, set()).add(target)
        for seen, (line, target, elsewhere) in zip(self.seen, self.marks, strict=True):
            if seen and elsewhere:
                yield from ((line, other) for other in ways.get(line, set()) - {target})
            elif seen:
                yield line, target


KNOWN: dict[str, Noting] = {}
"""By the paths of their files."""


class Finder:
    """Finds the modules of the house before anybody else does."""

    @staticmethod
    def find_spec(name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Where Python would find it, too."""
        if name.partition(".")[0] != HOUSE:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = Noting(spec.loader.name, spec.loader.path)
        return spec


@pytest.hookimpl
def pytest_load_initial_conftests() -> None:
    """Before the first module of the house is loaded."""
    if Coverage.current() is not None:
        assert HOUSE not in sys.modules, "a plugin has loaded the house"
        sys.meta_path.insert(0, Finder)
        _untrace()


@pytest.hookimpl(trylast=True)
def pytest_sessionstart() -> None:
    """In processes of xdist, pytest-cov has just started a tracer of its own."""
    if Finder in sys.meta_path:
        _untrace()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop() -> Generator[None, object, object]:
    """After the last test: a file is left beside those of other processes, which pytest-cov combines."""
    result = yield
    if Finder in sys.meta_path:
        coverage = Coverage()
        data = CoverageData(coverage.config.data_file, suffix=True)
        data.add_arcs({path: list(module.arcs(coverage)) for path, module in KNOWN.items()})
        data.write()
    return result


def _untrace() -> None:
    while (coverage := Coverage.current()) is not None:
        coverage.stop()
