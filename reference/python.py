"""The page of the Python API, from the classes and their docstrings."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import fields
from typing import Any, get_args

from agentflow import AgentFlow, ToolContext, errors, records, tool
from agentflow.app import (
    agents,
    approvals,
    audit,
    doors,
    goals,
    keys,
    notices,
    runs,
    schedules,
    tenants,
    trials,
)
from agentflow.records import moments, people, revisions, usage
from agentflow.roles import ALL, VERBS

from .reading import cell, code, notes, told
from .signing import signature

HEAD = """# Python API

`from agentflow import AgentFlow, tool`. Everything that can be asked of a house is a method here; [the
commands](commands.md) and
[the HTTP API](http.md) are made of these. Nearly all are `async`. What comes back is plain data (frozen dataclasses,
at the end of this
page) or a *handle*: an object with an `id`, a `record` as it was last read, and the verbs of that one thing.

Each verb says which role it needs. Whoever opens the database has all of them; a key has those that it was given.

[`agentflow.testing`](../testing.md) has an `AgentFlow` for tests. The names that plans import are another world: [the
plan API](plan.md).
"""

ROOMS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("Agents", (agents.Agents, agents.AgentHandle)),
    ("Goals", (goals.Goals, goals.GoalHandle)),
    ("Runs", (runs.Runs, runs.RunHandle)),
    ("Approvals", (approvals.Approvals, approvals.ApprovalHandle)),
    ("Schedules", (schedules.Schedules, schedules.ScheduleHandle)),
    ("Trials", (trials.Trials,)),
    ("Keys", (keys.Keys,)),
    ("Tenants", (tenants.Tenants,)),
    ("Notices", (notices.Notices,)),
    ("Audit", (audit.Audit,)),
)

PLAIN: tuple[type, ...] = (
    records.Agent,
    records.Goal,
    records.Attempt,
    records.Finding,
    records.Compiled,
    records.PlanVersion,
    records.Pinned,
    records.Run,
    records.StepView,
    records.Approval,
    records.Call,
    records.Verdict,
    records.Schedule,
    records.ToolSpec,
    moments.Replay,
    moments.Moment,
    revisions.Migration,
    usage.Spent,
    people.Principal,
    people.Tenant,
    people.Key,
    people.NewKey,
    people.Act,
)


DATA = """What ends in `_at` is a moment, in seconds since 1970. `Json` is plain JSON, in which `{"$datetime": ...}`,
`{"$decimal": ...}` and `{"$bytes": ...}` stand for what that lacks. A tenant's name stands with everything it owns.
"""


def page() -> str:
    """The page."""
    parts = [
        HEAD,
        "## Opening a house\n",
        _class(AgentFlow, "AgentFlow"),
        *_members(doors.Doors, "flow", {"acting_as"}),
    ]
    for name in ("connect", "sync"):
        parts.append(f"### `AgentFlow.{name}`\n")
        parts.append(f"```py\n{signature(f'AgentFlow.{name}', getattr(AgentFlow, name))}\n```\n")
        parts.append(f"{told(getattr(AgentFlow, name))}\n")
    parts.append("## Tools\n")
    parts += [f"```py\n{_tool()}\n```\n\n{told(tool)}\n", "### ToolContext\n", f"{told(ToolContext)}\n"]
    parts += _fields(ToolContext)
    for title, kinds in ROOMS:
        parts.append(f"## {title}\n")
        for kind in kinds:
            handle = kind.__name__.endswith("Handle")
            name = title.lower().removesuffix("s") if handle else f"flow.{title.lower()}"
            parts += [f"### {kind.__name__}\n", f"`{name}`: {told(kind)[:1].lower()}{told(kind)[1:]}\n"]
            parts += _members(kind, name)
    parts += ["## Errors\n", f"```text\n{inspect.cleandoc(errors.__doc__ or '')}\n```\n", "## Plain data\n", DATA]
    for kind in PLAIN:
        parts += [f"### {kind.__name__}\n", f"{told(kind)}\n", *_fields(kind)]
    return "\n".join(parts)


def _class(kind: type, name: str) -> str:
    return f"```py\n{signature(name, kind.__init__)}\n```\n\n{told(kind)}\n"  # type: ignore[misc]  # its own, as it is written


def _tool() -> str:
    """`tool`, as it is with arguments: the signature of the function itself, without what makes it bare."""
    return signature("@tool", tool).replace("\n    function: Callable[..., Any] | None = None,\n    /,", "")


def _members(kind: type, name: str, apart: frozenset[str] | set[str] = frozenset()) -> Iterator[str]:
    """The public methods and properties of a class, in the order of its source."""
    for member, value in vars(kind).items():
        if member.startswith("_") or member in apart:
            continue
        if isinstance(value, property):
            if value.__doc__:
                yield f"**`{name}.{member}`**: {told(value)}\n"
        elif callable(value):
            inner = inspect.unwrap(value)
            waits = "await " if inspect.iscoroutinefunction(inner) else "async for ... in " if _streams(inner) else ""
            yield f"#### `{name}.{member}` {{: #{kind.__name__.lower()}-{member} }}\n"
            yield f"```py\n{waits}{signature(f'{name}.{member}', value)}\n```\n"
            yield f"{told(value)}{_role(value)}\n"


def _streams(function: Any) -> bool:
    return inspect.isasyncgenfunction(function)


def _role(value: Any) -> str:
    if (verb := getattr(value, "verb", None)) is None:
        return ""
    needed = [role for role in ALL if role in VERBS[verb]]
    return f"\n\nRole: {'any' if len(needed) == len(ALL) else ', '.join(needed)}."


def _fields(kind: type) -> Iterator[str]:
    said = notes(kind)
    yield "| Field | Type | |"
    yield "|---|---|---|"
    for field in fields(kind):
        words = [said.get(field.name, ""), _choices(str(field.type))]
        yield f"| `{field.name}` | {code(str(field.type))} | {cell(' '.join(word for word in words if word))} |"
    yield ""


def _choices(name: str) -> str:
    """The words that a type with a name of its own allows."""
    words = get_args(getattr(records, name, None))
    return f"One of {', '.join(f'`{word}`' for word in words)}." if words and all(map(_is_word, words)) else ""


def _is_word(value: object) -> bool:
    return isinstance(value, str)
