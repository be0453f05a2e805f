"""The tools of one process by name: who may use which, and whether arguments fit."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ..errors import NotFound, UsageError
from ..guest.values import decode
from ..records import Json, ToolSpec
from .decorator import Tool, tool
from .schema import Check


class Toolbox:
    """All tools that this process can call, each name once."""

    def __init__(self, tools: Iterable[Tool | Callable[..., Any]]) -> None:
        self._tools: dict[str, Tool] = {}
        self._checks: dict[str, Check] = {}
        for entry in tools:
            self._add(entry if isinstance(entry, Tool) else tool(entry))

    def get(self, name: str) -> Tool:
        """The tool of that name, or NotFound with the nearest names."""
        if name not in self._tools:
            near = difflib.get_close_matches(name, self._tools, n=3)
            advice = f"did you mean {' or '.join(near)}?" if near else "`agentflow tools` lists those that exist"
            raise NotFound(f"there is no tool {name!r}; {advice}")
        return self._tools[name]

    def names(self) -> tuple[str, ...]:
        """All names, sorted."""
        return tuple(sorted(self._tools))

    def granted(self, patterns: Sequence[str]) -> tuple[ToolSpec, ...]:
        """What the patterns allow of the tools that exist, sorted by name."""
        return tuple(self._tools[name].spec for name in self.names() if self.allows(patterns, name))

    def allows(self, patterns: Sequence[str], name: str) -> bool:
        """Whether one of the patterns (`mail.send`, `mail.*`, `*`) covers the name."""
        return any(_covers(pattern, name) for pattern in patterns)

    def unmatched(self, patterns: Sequence[str]) -> list[str]:
        """The patterns that cover no tool of this box."""
        return [pattern for pattern in patterns if not any(_covers(pattern, name) for name in self._tools)]

    def check(self, name: str, args: Json) -> list[str]:
        """What is wrong with encoded arguments, one line each with the argument's path. Empty: they fit."""
        if name not in self._checks:
            self._checks[name] = Check(self.get(name).spec.parameters)
        try:
            values = decode(args)
        except ValueError as error:
            return [str(error)]
        return self._checks[name].problems(values)

    def problems(self, name: str, args: Json) -> list[str]:
        """What is wrong with encoded arguments of a tool that there may not be."""
        try:
            return self.check(name, args)
        except NotFound as error:
            return [str(error)]

    def _add(self, entry: Tool) -> None:
        name = entry.spec.name
        if name in self._tools:
            places = " and ".join(_place(one) for one in (self._tools[name], entry))
            raise UsageError(f"two tools are called {name} ({places}); give one of them another name or namespace")
        self._tools[name] = entry


def _covers(pattern: str, name: str) -> bool:
    return pattern in ("*", name) or (pattern.endswith(".*") and name.startswith(pattern[:-1]))


def _place(entry: Tool) -> str:
    code = getattr(entry.function, "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code else repr(entry.function)
