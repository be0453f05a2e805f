"""Has a source checked and compiled in a throw-away process, and checks what that process says of it."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, fields
from typing import cast, get_args

from ..errors import GuestDied, GuestError, GuestLimit
from ..graph import read as read_graph
from ..records import Compiled, Finding, Graph, Json, Severity, ToolSpec
from . import reading
from .process import Allowance, Process

MAY = Allowance(seconds=10.0, cpu_seconds=2.0)
"""What one source may take. The clock on the wall is generous: the machine may be busy."""
LARGEST_SOURCE = 1024 * 1024
"""Letters; the policy has a smaller limit of its own, with a finding."""
MOST_FINDINGS = 1000


async def compile_source(
    source: str, tools: Sequence[ToolSpec] | None, start: Callable[[], Awaitable[Process]]
) -> Compiled:
    """Findings and, where none is an error, the blob. `start` gives a process for this source alone."""
    if len(source) > LARGEST_SOURCE:
        return _refused("AF004", "the source is larger than 1 MiB", "write a shorter plan")
    try:
        source.encode()
    except UnicodeEncodeError:
        return _refused(
            "AF005", "the source is no text: bytes that are not UTF-8, or half a surrogate pair", "save it in UTF-8"
        )
    specs = None if tools is None else [asdict(tool) for tool in tools]
    process = await start()
    try:
        return await reading.read(await process.send({"source": source, "tools": specs}, MAY), _compiled)
    except (GuestLimit, GuestDied) as error:
        why = f"checking this source {'took too long' if isinstance(error, GuestLimit) else 'needed too much memory'}"
        return _refused("AF006", f"{why}: {error}", "write a simpler plan, with less nesting")
    finally:
        await process.end()


def _refused(code: str, message: str, advice: str) -> Compiled:
    finding = Finding(code, "error", 1, 1, message, advice)
    return Compiled((finding,), None, None)


def _compiled(answer: Json) -> Compiled:
    _demand(isinstance(answer, dict) and set(answer) == {"findings", "blob", "entry", "tools", "graph"})
    _demand(isinstance(answer["findings"], list) and len(answer["findings"]) <= MOST_FINDINGS)
    findings = tuple(_finding(finding) for finding in answer["findings"])
    entry, tools = answer["entry"], answer["tools"]
    _demand(isinstance(tools, list) and all(isinstance(tool, str) for tool in tools))
    _demand(entry is None or (isinstance(entry, str) and entry.isidentifier()))
    refused = any(finding.severity == "error" for finding in findings)
    _demand((answer["blob"] is None) == refused and (refused or entry is not None))
    return Compiled(findings, _blob(answer["blob"]), entry, tuple(tools), _graph(answer["graph"]))


def _finding(document: Json) -> Finding:
    _demand(isinstance(document, dict) and set(document) == {field.name for field in fields(Finding)})
    _demand(all(isinstance(document[field], str) for field in ("code", "message", "advice")))
    _demand(document["severity"] in get_args(Severity))
    silent = document["suppressed"]
    _demand(silent is None or (isinstance(silent, str) and document["severity"] == "warning"))
    _demand(all(type(document[field]) is int and document[field] >= 0 for field in ("line", "column")))
    return Finding(**cast(dict[str, Json], document))


def _graph(document: Json) -> Graph | None:
    try:
        return read_graph(document)
    except ValueError:
        raise GuestError(_BROKEN) from None


def _blob(text: Json) -> bytes | None:
    if text is None:
        return None
    _demand(isinstance(text, str))
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise GuestError(_BROKEN) from None


_BROKEN = "the process that checks plans broke the protocol; this is a fault of agentflow, please report it"


def _demand(held: bool) -> None:
    if not held:
        raise GuestError(_BROKEN)
