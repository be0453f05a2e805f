"""Where the secrets of tools come from: the program that opens the house, a file, the environment; never the database.

A tool gets those that it names and no others. Whatever comes from here is known to the redactor from then on.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import tomllib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path

from ..errors import SecretMissing, ToolError, UsageError
from ..redaction import Redactor
from ..settings import SecretSettings
from .context import ToolSecrets
from .decorator import Tool

Given = Mapping[str, str] | Callable[[str], str | Awaitable[str | None] | None]
"""What a program gives: values by name, or a function of the name, which may be async."""


class Secrets:
    """The sources, in this order: what the program gives, the file, the environment. The first that has one wins."""

    def __init__(self, settings: SecretSettings, folder: Path, given: Given | None, redactor: Redactor) -> None:
        self._ask = given if callable(given) else None
        self._prefix = settings.prefix
        self._in_file = settings.file is not None
        self._redactor = redactor
        self._values = dict(_read(folder / Path(settings.file).expanduser()) if settings.file else {})
        self._values.update(_text(given) if isinstance(given, Mapping) else {})
        for name, value in self._values.items():
            redactor.learn(name, value)

    def learn(self, names: Iterable[str]) -> None:
        """Have the redactor know those of these secrets that need not be asked for."""
        for name in names:
            self._stored(name)

    async def of(self, tool: Tool) -> ToolSecrets:
        """What a tool has named. Raises `SecretMissing` where one of it is nowhere."""
        return ToolSecrets({name: await self._value(name, tool) for name in tool.secrets})

    async def named(self, name: str) -> str:
        """A secret that the house itself needs. Raises `SecretMissing`."""
        value = await self._found(name)
        if value is None:
            raise SecretMissing(f"the secret {name} is missing: {self.repair(name)}")
        return value

    def lacks(self, tool: Tool) -> tuple[str, ...]:
        """The secrets that a tool names and that are nowhere. Of a function that is asked, nobody knows beforehand."""
        return () if self._ask else tuple(name for name in tool.secrets if self._stored(name) is None)

    async def has(self, name: str) -> bool:
        """Whether a secret is in one of the sources; the program's function is asked."""
        try:
            return await self._found(name) is not None
        except Exception:  # noqa: BLE001  # a source that fails has nothing now, whatever it stumbled over
            return False

    def repair(self, name: str) -> str:
        """What to do about a secret that is missing."""
        places = [f"set the environment variable {self._prefix}{name}"]
        places += ["add it to the file of [secrets]"] if self._in_file else []
        places += ["have the function that was given as `secrets=` return it"] if self._ask else []
        return ", or ".join(places)

    async def _value(self, name: str, tool: Tool) -> str:
        value = await self._found(name)
        if value is None:
            raise SecretMissing(f"tool {tool.spec.name} needs the secret {name}, which is missing: {self.repair(name)}")
        return value

    async def _found(self, name: str) -> str | None:
        value = await self._asked(name)
        return self._stored(name) if value is None else value

    def _stored(self, name: str) -> str | None:
        return self._learned(name, self._values.get(name) or os.environ.get(self._prefix + name))

    async def _asked(self, name: str) -> str | None:
        """What the program's function says; one that is not async may take its time, in a thread."""
        if self._ask is None:
            return None
        if inspect.iscoroutinefunction(self._ask):
            value = await self._ask(name)
        else:
            value = await asyncio.to_thread(self._ask, name)
            value = await value if inspect.isawaitable(value) else value
        if value is not None and not isinstance(value, str):
            raise ToolError(f"the secret {name} is text, and `secrets=` returned {type(value).__name__}: return a str")
        return self._learned(name, value)

    def _learned(self, name: str, value: str | None) -> str | None:
        """The value, once it is known to be secret; an empty one is none."""
        if not value:
            return None
        self._redactor.learn(name, value)
        return value


def _text(given: Mapping[str, str]) -> Mapping[str, str]:
    """What a program gives, if all of it is text."""
    for name, value in given.items():
        if not isinstance(value, str):
            raise UsageError(f"the secret {name} in `secrets=` is text, not {type(value).__name__}: give a str")
    return given


def _read(file: Path) -> Mapping[str, str]:
    """The secrets in a file. Raises `UsageError` where others may read it, or it is anything but names and text."""
    try:
        mode = file.stat().st_mode & 0o777
        if mode & 0o077:
            raise UsageError(f"{file} can be read by others (mode {mode:o}): `chmod 600 {file}`, for it holds secrets")
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}, which [secrets] names, cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UsageError(f'{file} is not TOML: write a line such as NAME = "value" for each secret') from None
    for name, value in values.items():
        if not isinstance(value, str):
            raise UsageError(f'{file}: the secret {name} is no text: write {name} = "value"')
    return values
