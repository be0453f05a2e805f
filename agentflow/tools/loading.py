"""Imports the files and modules with tools that agentflow.toml names."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from ..errors import UsageError
from .decorator import Tool

_AGENTFLOW = Path(__file__).resolve().parents[1]


def load(paths: Sequence[str], folder: Path) -> list[Tool]:
    """The tools of files (`tools.py`, relative to the folder) and modules (`pkg.tools`), in that order."""
    folder = folder.resolve()
    _make_importable(folder)
    found: dict[int, Tool] = {}
    for entry in paths:
        module = _file((folder / entry).resolve(), folder) if _is_file(entry) else _module(entry, folder)
        tools = [value for value in vars(module).values() if isinstance(value, Tool)]
        if not tools:
            raise UsageError(f"{entry} has no tools; put @tool above a function in it, or take it out of `tools`")
        found.update({id(one): one for one in tools})
    return list(found.values())


def _is_file(entry: str) -> bool:
    return entry.endswith(".py") or "/" in entry


def _make_importable(folder: Path) -> None:
    # At the end: what lies beside agentflow.toml must not take the place of an installed package.
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def _file(path: Path, folder: Path) -> ModuleType:
    if not path.is_file():
        raise UsageError(
            f"there is no file {path}, which `tools` in agentflow.toml names; create it or correct the name"
        )
    name = f"{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file; `tools` in agentflow.toml names files that end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise UsageError(_cause(error, str(path), folder if path.is_relative_to(folder) else path.parent)) from error
    return module


def _module(name: str, folder: Path) -> ModuleType:
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:
        if isinstance(error, ModuleNotFoundError) and error.name and f"{name}.".startswith(f"{error.name}."):
            message = (
                f"there is no module {name!r}, which `tools` in agentflow.toml names; it is looked for in {folder}"
            )
            raise UsageError(f"{message} and among the installed packages") from error
        raise UsageError(_cause(error, name, folder)) from error


def _cause(error: BaseException, entry: str, folder: Path) -> str:
    """One line: the file and line of the user's own code that failed, and why."""
    place = _place(error, folder)
    first = (str(error).splitlines() or [""])[0]
    text = first if isinstance(error, UsageError) else f"{type(error).__name__}: {first}"
    return f"{f'{place[0]}, line {place[1]}' if place else entry}: {text}"


def _place(error: BaseException, folder: Path) -> tuple[str, int] | None:
    if isinstance(error, SyntaxError) and error.filename:
        return error.filename, error.lineno or 1
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if _is_own(Path(frame.filename), folder)]
    return (own[-1].filename, own[-1].lineno or 1) if own else None


def _is_own(path: Path, folder: Path) -> bool:
    return path.is_relative_to(folder) and not path.is_relative_to(_AGENTFLOW) and "site-packages" not in path.parts
