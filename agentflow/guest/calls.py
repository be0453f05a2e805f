"""Tool calls as a plan builds them: `tools.mail.send(to=...)` is inert until a step runs it."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any

from .exceptions import UsageError
from .promises import Promise
from .running import running
from .values import ValueNotJson, canonical, compact, decode, encode

TOOL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)+")
"""A namespace, a dot and a name."""


class ToolCall:
    """A tool and its arguments, as they were when the call was built."""

    __slots__ = ("_approval", "_args", "_tool")

    _tool: str
    _args: dict[str, Any]
    _approval: str | None

    def __init__(self) -> None:
        raise UsageError("a tool call is written as tools.NAMESPACE.NAME(argument=value)")

    @property
    def tool(self) -> str:
        """The tool's name."""
        return self._tool

    @property
    def args(self) -> dict[str, Any]:
        """A copy of the arguments."""
        return {name: decode(value) for name, value in self._args.items()}

    def __repr__(self) -> str:
        return f"tools.{self._tool}({', '.join(f'{name}={value!r}' for name, value in self.args.items())})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ToolCall) and self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    def __await__(self) -> Generator[Promise, None, Any]:
        return self._start().wait()

    def _start(self) -> Promise:
        return running().request(plain(self))

    def _identity(self) -> tuple[str, str, str | None]:
        return self._tool, canonical(self._args), self._approval


class Tools:
    """The path to a tool, one attribute at a time; `tools` itself is the empty path."""

    __slots__ = ("_is_tool", "_name", "_parts")

    def __init__(self, name: str = "") -> None:
        self._name = name
        self._parts: dict[str, Tools] = {}
        self._is_tool = TOOL_NAME.fullmatch(name) is not None

    def __getattr__(self, part: str) -> Tools:
        made = self._parts.get(part)
        if made is None:
            if part.startswith("_"):
                raise AttributeError(f"there is no tool {part!r}")
            made = self._parts[part] = Tools(f"{self._name}.{part}" if self._name else part)
        return made

    def __getitem__(self, name: object) -> Tools:
        if self._name or not isinstance(name, str) or not TOOL_NAME.fullmatch(name):
            raise UsageError(f'a tool is named as tools["namespace.name"], not {name!r}')
        return Tools(name)

    def __call__(self, *positional: Any, **args: Any) -> ToolCall:
        if not self._is_tool:
            raise UsageError(f"{self!r} is not a tool: a tool is tools.NAMESPACE.NAME")
        if positional:
            raise UsageError(f"{self!r} takes its arguments by name: {self!r}(name=value)")
        for name in args:
            if name[:1] == "$":
                raise UsageError(f"{self!r} has no argument {name!r}: a name does not start with '$'")
        encoded = {}
        for name, value in args.items():
            try:
                encoded[name] = encode(value)
            except ValueNotJson as error:
                raise UsageError(f"{self!r}, argument {name!r}: {error}") from None
        return tool_call(self._name, encoded)

    def __repr__(self) -> str:
        return f"tools.{self._name}" if self._name else "tools"


def tool_call(tool: str, args: dict[str, Any], approval: str | None = None) -> ToolCall:
    """A call from encoded arguments; `approval` is the key of the step that has approved it."""
    call = object.__new__(ToolCall)
    call._tool, call._args, call._approval = tool, args, approval
    return call


def plain(call: ToolCall) -> dict[str, Any]:
    """A call as a step's function sends it."""
    return {"tool": call._tool, "args": call._args}


def approvable(call: ToolCall) -> str:
    """A call as a command sends it, as JSON: with the key of the step that has approved it, if one has."""
    approval = "null" if call._approval is None else compact(call._approval)
    return f'{{"tool":"{call._tool}","args":{compact(call._args)},"approval":{approval}}}'
