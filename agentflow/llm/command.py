"""Any program in the place of a model: the conversation on its standard input, the answer on its standard output."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress

from ..errors import ProviderError, UsageError
from ..records import Usage
from .conversation import Answer, Request, ignore, plain

_SHOWN = 200
"""Letters of what a program complains of."""
_MOST = 16 * 1024 * 1024
"""Bytes of an answer: a program that talks without end would take all memory."""


class Command:
    """Models behind a command line. A model's name is the command; it goes to no shell.

    A command is code of this machine: only those that the settings list are run, whoever names one for an agent.
    """

    name = "exec"

    def __init__(self, allowed: Sequence[str], timeout: float) -> None:
        self._allowed = frozenset(allowed)
        self._timeout = timeout

    def check(self, command: str) -> None:
        """Raise `UsageError` where the settings do not list a command."""
        if command not in self._allowed:
            raise UsageError(
                f"the command of the model 'exec:{command}' may not be run: list it in agentflow.toml, under"
                " [models.exec], as one of `commands`"
            )

    async def ask(self, request: Request, on_text: Callable[[str], None] = ignore) -> Answer:
        command = request.model
        self.check(command)
        text = await self._run(command, plain(request))
        on_text(text)
        return Answer(text, Usage(), "end", None, f"{self.name}:{command}")

    async def close(self) -> None:
        """There is nothing to give back."""

    async def _run(self, command: str, told: str) -> str:
        process = await _started(command)
        try:
            async with asyncio.timeout(self._timeout):
                talk = (_heard(process, process.stdout), _heard(process, process.stderr), _tell(process, told))
                said, complained, _ = await asyncio.gather(*talk)
                await process.wait()
        except TimeoutError:
            raise _failed(
                command, f"gave no answer in {self._timeout:g} s; raise `timeout` under [models.exec]", retryable=True
            ) from None
        finally:
            await _end(process)
        if max(len(said), len(complained)) > _MOST:
            raise _failed(command, f"said more than {_MOST} bytes; an answer is a plan and some words")
        if process.returncode:
            raise _failed(command, f"ended with status {process.returncode}: {_last_line(complained)}")
        return said.decode(errors="replace")


async def _started(command: str) -> Process:
    try:
        words = shlex.split(command)
        return await asyncio.create_subprocess_exec(
            *words, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True
        )
    except (OSError, ValueError, TypeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise _failed(command, f"cannot be started: {why}; correct the command, or install what it names") from None


async def _heard(process: Process, stream: asyncio.StreamReader | None) -> bytes:
    """All that it says; who says too much is ended, and read to the end all the same: only there its pipe is closed."""
    assert stream is not None
    said = bytearray()
    while part := await stream.read(65_536):
        if len(said) > _MOST:
            continue
        said += part
        if len(said) > _MOST:
            _kill(process)
    return bytes(said)


async def _tell(process: Process, told: str) -> None:
    """It need not listen."""
    assert process.stdin is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(told.encode(errors="replace"))
        await process.stdin.drain()
    process.stdin.close()


def _kill(process: Process) -> None:
    """Whatever it has started goes with it."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


async def _end(process: Process) -> None:
    _kill(process)
    await process.wait()


def _last_line(complained: bytes) -> str:
    lines = complained.decode(errors="replace").split("\n")
    return next((line.strip()[:_SHOWN] for line in reversed(lines) if line.strip()), "it did not say why")


def _failed(command: str, why: str, *, retryable: bool = False) -> ProviderError:
    return ProviderError(f"exec ({command[:_SHOWN]}): it {why}", retryable=retryable)
