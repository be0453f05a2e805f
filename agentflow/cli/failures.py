"""Every error as one line on standard error and an exit status; a traceback only where AGENTFLOW_DEBUG=1 asks."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence

import typer

from ..errors import AgentFlowError, UsageError
from .text import one_line

redact: Callable[[str], str] = str
"""Takes the secrets out of what is said; that of the house which was opened last."""

INTERRUPTED = 130
"""128 and the number of SIGINT, as shells say it."""


def debugging() -> bool:
    """Whether the person wants to see tracebacks."""
    return os.environ.get("AGENTFLOW_DEBUG", "") not in ("", "0")


def explain(error: BaseException) -> int:
    """Say what went wrong, and give the exit status for it."""
    match error:
        case SystemExit():
            return error.code if isinstance(error.code, int) else 1
        case BrokenPipeError():
            return _deaf()
        case KeyboardInterrupt() | typer.Abort():
            return _say("interrupted", INTERRUPTED)
    if debugging():
        sys.stderr.write(redact("".join(traceback.format_exception(error))))
    match error:
        case OSError():
            return _say(_from_system(error), 1)
        case AgentFlowError():
            return _say(str(error), error.exit_status)
        case typer.TyperException():
            return _misused(error)
    why = f"{type(error).__name__}: {error}".removesuffix(": ")
    return _say(f"this is a bug in agentflow, please report it ({why}); AGENTFLOW_DEBUG=1 shows the traceback", 1)


def check_streams(words: Sequence[str]) -> None:
    """Make sure that there is somewhere to write to, and that what was typed is text."""
    if sys.stdout is None:  # closed by whoever started us (`>&-`): what is written is for nobody
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # for as long as the process lives
    for word in words:
        if any("\ud800" <= sign <= "\udfff" for sign in word):
            raise UsageError(f"{word.encode(errors='surrogateescape')!r} is not UTF-8 text: type it as UTF-8")


def _from_system(error: OSError) -> str:
    """What the system refused, and of which file."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}: the system refused it; see that files, folders and output can be written"


def _say(line: str, status: int) -> int:
    sys.stderr.write(f"agentflow: {one_line(redact(line))}\n")
    return status


def _misused(error: typer.TyperException) -> int:
    """Wrong usage; without a message the help has been shown already."""
    message = error.format_message().replace("Value error, ", "").rstrip(".")
    if not message:
        return error.exit_code
    context = getattr(error, "ctx", None)
    help = f"`{context.command_path} --help`" if context else "its --help"
    return _say(f"{message[:1].lower()}{message[1:]}; see {help}", error.exit_code)


def _deaf() -> int:
    """Nobody reads on (`agentflow run list | head -1`): stop without a word, also when the interpreter ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
