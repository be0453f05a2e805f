"""The page of the plan API, from the docstrings of what a plan imports."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from agentflow.guest import verbs
from agentflow.guest.allowed import ALLOWED
from agentflow.guest.answers import Approval, Attempt, Event
from agentflow.guest.step import Step

from .reading import cell, code, notes, told
from .signing import signature

HEAD = """# Plan API

What a plan may import and call: this page is for people and models that write plans. It describes version {version}
of the API; every
version that was ever released stays, so that old runs go on.

A plan is one Python module with one class that derives from `Workflow` and has `async def run(self, event, step)`.
Whatever must last
or touches the world is a *step*. Everything between steps is ordinary Python, which runs again from the top whenever
the run wakes;
[Concepts](../concepts.md) says why that is safe.

```python
from agentflow import Workflow, tools

class Greet(Workflow):
    \"\"\"Ask a model for a greeting, a day later.\"\"\"

    async def run(self, event, step):
        await step.sleep("sleep on it", "1 day")
        return await step.do("write", tools.llm.generate(prompt=f"Greet {{event.payload['name']}} in one line."))
```
"""

WORDS = """## Words that all verbs share

**Names.** A step has a name of at most 256 characters, for people. It need not be unique: the second step of a name
in a run is
`NAME#2`.

**Lengths of time** are a number of seconds, a `timedelta`, or words: `"10 seconds"`, `"3 days"`, `"2 weeks"`; at most
365 days. A
`timeout` and a `deadline` may also be the moment at which they end, as an aware `datetime`.

**Values** that go into a step or come out of one are JSON, and `datetime` (aware), `Decimal` and `bytes`; at most 1
MiB each. What a
step returns is always a decoded copy of what was stored, so changing it changes nothing else.

**Wrong arguments** raise `UsageError` at the line of the call, most of them already when the plan is checked.
"""

CALLS = """## Tool calls

`tools.NAMESPACE.NAME(argument=value)`, or `tools["namespace.name"](argument=value)`, builds a *tool call*. Nothing
happens until a
step runs it. It has `.tool` (the name) and `.args` (a copy of the arguments). Arguments are given by name, and are
checked against the
tool's schema when the plan is checked, where they can be, and always when the step runs.

`agentflow tools` lists the tools; `tools.llm.generate(prompt=, schema=None)` asks the agent's own model, and comes
with agentflow.
"""

STANDS = {
    "do": {"call": "", "timeout": '="10 minutes"'},
    "wait_for_event": {"timeout": '="24 hours"'},
    "wait_for_approval": {"timeout": '="7 days"'},
    "ask": {"answer": "=str", "default": "=...", "timeout": '="7 days"'},
}
"""What stands where the code has a mark for "not given"."""

ERRORS = (
    verbs.WorkflowError,
    verbs.StepFailed,
    verbs.StepTimeout,
    verbs.WaitTimeout,
    verbs.ApprovalRejected,
    verbs.ApprovalExpired,
    verbs.NonRetryableError,
    verbs.PlanFailed,
    verbs.UsageError,
)


def page() -> str:
    """The page."""
    parts = [HEAD.format(version=verbs.API_VERSION), WORDS, CALLS, "## Verbs\n", f"{told(Step)}\n", *_verbs()]
    parts.append("## What a plan is handed\n")
    for kind in (Event, Approval, Attempt):
        parts += [f"### {kind.__name__}\n", f"{told(kind)}\n", *_fields(kind)]
    parts += ["## Errors\n", "Those that a step raises are `WorkflowError`s, which a plan may catch.\n"]
    parts += [f"### {kind.__name__}\n\n{told(kind)}\n" for kind in ERRORS]
    return "\n".join([*parts, *_library()])


def _verbs() -> Iterator[str]:
    for name, value in vars(Step).items():
        if name.startswith("_"):
            continue
        waits = "async with " if name == "timeout" else "" if name in {"now", "random", "uuid"} else "await "
        written = signature(f"step.{name}", _bare(value), stands=STANDS.get(name, {}))
        yield f"### step.{name}\n\n```py\n{waits}{written}\n```\n\n{told(value)}\n"


def _bare(function: Callable[..., Any]) -> Callable[..., Any]:
    """A verb without its types, which are those of the machinery: what it takes and gives is said in words."""
    found = inspect.signature(function)

    def bare() -> None: ...

    bare.__signature__ = found.replace(  # type: ignore[attr-defined]  # what inspect looks for
        parameters=[one.replace(annotation=one.empty) for one in found.parameters.values() if one.name != "nameless"],
        return_annotation=inspect.Signature.empty,
    )
    return bare


def _fields(kind: type) -> Iterator[str]:
    said = notes(kind)
    yield "| Field | Type | |"
    yield "|---|---|---|"
    for field in fields(kind):
        yield f"| `{field.name}` | {code(str(field.type))} | {cell(said.get(field.name, ''))} |"
    yield ""


def _library() -> Iterator[str]:
    yield "## The standard library\n"
    yield "These names and no others. The clock (`datetime.now`, `time.time`) and chance (`random`, `uuid4`) are the"
    yield "run's own, so that they say the same on every replay.\n"
    yield "| Module | Names |"
    yield "|---|---|"
    for module, names in sorted(ALLOWED.items()):
        yield f"| `{module}` | {', '.join(f'`{name}`' for name in sorted(names))} |"
    yield ""
