"""The log on standard error: a line for people, or a JSON document for programs."""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

from ..errors import UsageError
from . import failures
from .text import one_line

FORMATS = ("plain", "json")


class OneLine(logging.Formatter):
    """A log record as one line: the time, what is said, and of an exception only what it says."""

    def __init__(self) -> None:
        super().__init__(datefmt="%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return failures.redact(self._format(record))

    def _format(self, record: logging.LogRecord) -> str:
        begins = f"{self.formatTime(record, self.datefmt)}  {one_line(record.getMessage())}"
        if not record.exc_info or record.exc_info[1] is None:
            return begins
        said = f"{begins}: {_error(record.exc_info[1])}"
        return f"{said}\n{self.formatException(record.exc_info)}" if failures.debugging() else said


class Document(logging.Formatter):
    """A log record as one JSON document on a line; what a record has of `fields` stands in it by name."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, Any] = {"at": at, "level": record.levelname.lower(), "logger": record.name}
        told |= {"message": record.getMessage(), **getattr(record, "fields", {})}
        if record.exc_info and record.exc_info[1] is not None:
            told["error"] = _error(record.exc_info[1])
            told |= {"traceback": self.formatException(record.exc_info)} if failures.debugging() else {}
        return failures.redact(json.dumps(told, ensure_ascii=False, default=str))


def log_to_stderr(level: int) -> None:
    """Let what the rooms below log be seen on standard error, one line each."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(OneLine())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # it tells each address, and what a plan puts into one
    log_as("plain")


def log_as(form: str) -> None:
    """Write the log in this format; AGENTFLOW_LOG wins over what agentflow.toml says."""
    form = os.environ.get("AGENTFLOW_LOG") or form
    if form not in FORMATS:
        raise UsageError(f"AGENTFLOW_LOG cannot be {form!r}: it is one of {', '.join(FORMATS)}")
    for handler in logging.root.handlers:
        if isinstance(handler.formatter, OneLine | Document):  # not what a test or a library has put there
            handler.setFormatter(Document() if form == "json" else OneLine())


def _error(error: BaseException) -> str:
    return one_line(f"{type(error).__name__}: {error}")
