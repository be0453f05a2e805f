"""The page of all commands, from the command line itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from agentflow.cli.commands import tree

from .reading import cell, code, flat

HEAD = """# Commands

Every command with all it takes, as `--help` says it. `agentflow COMMAND --help` shows the same in a terminal.

Every command takes these, before or after its own words:

{shared}
Exit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 refused, 5 a person's turn, 130 interrupted. Data goes to
standard output,
messages to standard error; `--json` prints one document.
"""
SHARED = ("--db", "--tenant", "--json", "--url")


def page() -> str:
    """The page."""
    app = tree()
    own = [one for one in app.params if one.opts[0] in SHARED]
    parts = [HEAD.format(shared="\n".join([*_table(app, own), ""]))]
    for name, command in sorted(app.commands.items()):
        below = getattr(command, "commands", None)
        parts.append(f"## agentflow {name}\n\n{_told(command)}\n")
        if below is None:
            parts += _usage(f"agentflow {name}", command)
        for word, one in (below or {}).items():
            parts.append(f"### agentflow {name} {word}\n\n{_told(one)}\n")
            parts += _usage(f"agentflow {name} {word}", one)
    return "\n".join(parts)


def _told(command: Any) -> str:
    paragraphs = (command.help or "").replace("\b", "").split("\n\n")
    return "\n\n".join(flat(paragraph) for paragraph in paragraphs)


def _usage(words: str, command: Any) -> Iterator[str]:
    context = command.make_context(words, [], resilient_parsing=True)
    yield f"```text\n{words} {_pieces(command, context)}\n```\n"
    own = [one for one in command.params if one.opts[0] not in SHARED and one.name != "help"]
    if own:
        yield "\n".join([*_table(command, own), ""])


def _plain(written: str) -> str:
    """An option as people read it, without the names of Python's types."""
    return re.sub(r" <(str|path|list\[\w+\])>", "", re.sub(r"<(int|int range|float|float range)>", "N", written))


def _pieces(command: Any, context: Any) -> str:
    """What follows the command, without typer's braces around what must be given."""
    return " ".join(command.collect_usage_pieces(context)).replace("{", "").replace("}", "").replace("......", "...")


def _table(command: Any, parameters: list[Any]) -> Iterator[str]:
    yield "| | |"
    yield "|---|---|"
    context = command.make_context("agentflow", [], resilient_parsing=True)
    for one in parameters:
        record = one.get_help_record(context)
        if record is None:
            continue
        written, says = record
        yield f"| {code(_plain(written))} | {cell(says)} |"
