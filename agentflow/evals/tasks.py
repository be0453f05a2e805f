"""Finds and reads tasks, strictly: what is said of a tool or an argument that there is not would never be noticed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import ValidationError

from ..errors import NotFound, UsageError
from ..records import Json
from ..tools.schema import check_schema, problems
from . import matching, task
from .document import read
from .refusing import keys, near, one_line
from .task import Call, Case, Expected, Task

SHIPPED = Path(__file__).parent / "tasks"
"""Those that come with the package."""


def tasks(paths: Sequence[Path] = (), *, only: str = "*") -> list[Task]:
    """The tasks of files and folders, by default the shipped ones; `only` is a pattern for their ids."""
    found: dict[str, Path] = {}
    chosen: list[Task] = []
    for file in (file for path in paths or [SHIPPED] for file in _files(path)):
        one = load(file)
        if one.id in found:
            raise UsageError(f"{file}: the id {one.id} is that of {found[one.id]}; choose another")
        found[one.id] = file
        if fnmatchcase(one.id, only):
            chosen.append(one)
    if not chosen:
        if not found:
            raise NotFound(f"no YAML file is in {', '.join(map(str, paths))}: name a folder with tasks")
        raise NotFound(f"none of {len(found)} tasks has an id like {only!r}; leave --only out to see them all")
    return sorted(chosen, key=lambda one: one.id)


def load(file: Path) -> Task:
    """The task of one file. Raises `UsageError`, which names the file and the key."""
    try:
        found = Task.model_validate(read(file))
    except ValidationError as error:
        raise UsageError(f"{file}: {one_line(error, _KEYS)}") from None
    if found.domain != file.resolve().parent.name:
        raise UsageError(f"{file}: id: {found.id} belongs into a folder {found.domain}; change one of them")
    if problem := next(_flaws(found), None):
        raise UsageError(f"{file}: {problem}")
    return found


def case(document: Json, where: str) -> Case:
    """A case that stands alone: what is played, for no task. Raises `UsageError`, which names the key."""
    try:
        return Case.model_validate({"name": where, **document})
    except ValidationError as error:
        raise UsageError(f"{where}: {one_line(error, _KEYS)}") from None


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.rglob("*.yaml"))
    if not path.exists():
        raise NotFound(f"there is no task {path}: name a YAML file, or a folder with some")
    return [path]


# what no single key shows


def _flaws(found: Task) -> Iterator[str]:
    for name, tool in found.tools.items():
        for part, schema in (("parameters", tool.parameters), ("returns", tool.returns)):
            if wrong := check_schema(schema):
                yield f"tools.{name}.{part}: {wrong}"
        if tool.parameters.get("type") != "object":
            yield f"tools.{name}.parameters: the type must be object"
    for number, case in enumerate(found.cases):
        yield from (f"cases.{number} ({case.name}).{flaw}" for flaw in _case_flaws(found, case))


def _case_flaws(found: Task, case: Case) -> Iterator[str]:
    for name, played in case.results.items():
        if name not in found.tools:
            yield f"results.{name}: {_no_tool(name, found)}"
            continue
        if not played:
            yield f"results.{name}: is empty; say what a call comes to, or leave it out"
        for number, one in enumerate(played):
            wrong = problems(found.tools[name].returns, one.value) if "value" in one.model_fields_set else ()
            yield from (f"results.{name}.{number}.return: {problem}" for problem in wrong)
            yield from _call_flaws(f"results.{name}.{number}.when", Call(tool=name, args=one.when), found)
    if "*" in case.decisions and list(case.decisions)[-1] != "*":
        yield "decisions.*: decides all that comes after it; write it last"
    yield from (f"expect.{flaw}" for flaw in _expect_flaws(found, case.expect))


def _expect_flaws(found: Task, expect: Expected) -> Iterator[str]:
    for key, calls in (("calls", expect.calls), ("never", expect.never)):
        for number, call in enumerate(calls):
            yield from _call_flaws(f"{key}.{number}", call, found)
    for key, names in (
        ("approved", expect.approved),
        ("most", (*expect.most,)),
        ("undone", (*expect.undone, *expect.undone.values())),
    ):
        yield from (f"{key}: {_no_tool(name, found)}" for name in names if name not in found.tools)
    if wrong := matching.flaw(expect.result):
        yield f"result: {wrong}"


def _call_flaws(where: str, call: Call, found: Task) -> Iterator[str]:
    if call.tool not in found.tools:
        yield f"{where}: {_no_tool(call.tool, found)}"
        return
    known = found.tools[call.tool].parameters.get("properties", {})
    for name, wanted in call.args.items():
        if name not in known:
            yield f"{where}: {call.tool} has no argument {near(name, known)}"
        if wrong := matching.flaw(wanted):
            yield f"{where}.{name}: {wrong}"


def _no_tool(name: str, found: Task) -> str:
    return f"there is no tool {near(name, found.tools)}"


_KEYS = keys(Task, Case, Expected, Call, task.OfferedTool, task.Played, task.Sent)
