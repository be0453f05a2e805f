"""Runs plans in a copy of this process, where whatever a plan must never reach raises an alarm."""

from __future__ import annotations

import os
import resource
import sys
import warnings
from collections.abc import Callable, Sequence
from random import Random
from types import CodeType, FrameType, ModuleType, TracebackType
from typing import Any

from agentflow.guest.policy import build

from .chains import START, link
from .language import world

SECONDS = 5
MEBIBYTES = 1024
LINKS = 40
QUIET = frozenset(
    {
        "object.__getattr__",
        "builtins.id",
        "marshal.loads",
        "code.__new__",
        "sys._getframe",
        "sys._getframemodulename",
        "exec",
        "compile",
    }
)
"""What the library itself does for a plan: `namedtuple` and `dataclass` write source."""
INSIDES = (FrameType, CodeType, TracebackType, ModuleType)
FORBIDDEN = [
    eval,
    exec,
    compile,
    open,
    getattr,
    setattr,
    delattr,
    vars,
    globals,
    dir,
    __import__,
    type,
    BaseException,
    input,
]


class Escaped(BaseException):
    """A plan got to where it must not."""


def alarm(seeds: Sequence[int]) -> str:
    """What the plans with these seeds got hold of that they must not, or nothing."""
    return in_a_copy(lambda: next(filter(None, map(_walk, seeds)), ""))


def in_a_copy(work: Callable[[], str]) -> str:
    """What work says in a confined copy of this process; nothing if it takes too much."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            _confine()
            os.write(writer, work().encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEBIBYTES * 1024 * 1024,) * 2)
    warnings.simplefilter("ignore")  # a warning looks for the line of source that it is about
    sys.unraisablehook = lambda unraisable: None
    sys.addaudithook(_watch)


def _watch(event: str, args: tuple[Any, ...]) -> None:
    known = event in QUIET or (event == "import" and (args[0] in sys.modules or args[0].startswith("encodings.")))
    own = event.startswith("object.__") and getattr(args[0], "__module__", None) == "plan"
    if not known and not own:
        raise Escaped(f"the event {event}{args!r:.200}")


def _walk(seed: int) -> str:
    """A walk of some links; an alarm is told with the lines that led to it."""
    random, names, lines = Random(seed), world(), list[str]()
    exec(START_CODE, names)  # noqa: S102 - behind the guards, in a process of its own
    for _ in range(LINKS):
        lines.append(link(random, names["things"]))
        code, _ = build(lines[-1])
        found = run(code, names) if code else ""
        if found:
            return "\n".join([found, *lines])
    return ""


def run(code: CodeType, names: dict[str, Any]) -> str:
    """The next link goes to the others, if it is one; the alarm, if it raises one."""
    try:
        exec(code, names)  # noqa: S102 - behind the guards, in a process of its own
    except Escaped as escaped:
        return str(escaped)
    except BaseException:  # noqa: BLE001 - most links lead nowhere
        return ""
    names["things"].append(names["result"])
    wrong = (thing for thing in (names["result"], *names["kept"]) if is_forbidden(thing))
    return "".join(f"it holds {thing!r:.200}" for thing in wrong)


def is_forbidden(thing: object) -> bool:
    """Is it something from which all the rest can be reached?"""
    return isinstance(thing, INSIDES) or any(thing is one for one in FORBIDDEN)


def _start() -> CodeType:
    code, problems = build(START)
    assert code is not None, problems
    return code


START_CODE = _start()
