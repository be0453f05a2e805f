"""agentflow tools: what plans can call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from rich.text import Text

from ..records import ToolSpec
from .session import Session, command, width
from .text import Cell, state, table

_POLICY = {"predicate": "by arguments"}


@command
async def tools(session: Session) -> None:
    """Tools that plans can call: names, signatures, risk, approval policy, effect."""
    async with session.nowhere() as flow:
        specs, secrets = flow.tools, await flow.secrets()
    titles = ("tool", "takes and gives", "effect", "risk", "approval", *(["secrets"] if secrets else []))
    named = [(_named(secrets.get(spec.name, {})),) if secrets else () for spec in specs]
    rows = [(*_row(spec), *last) for spec, last in zip(specs, named, strict=True)]
    session.show(
        [{**asdict(spec), "secrets": secrets.get(spec.name, {})} for spec in specs],
        table(titles, rows, wrap=1, width=width()),
    )
    for tool, name in missing(secrets):
        session.say(f"{tool} cannot be called here: the secret {name} is missing")


def missing(secrets: Mapping[str, Mapping[str, bool]]) -> list[tuple[str, str]]:
    """The secrets that tools name and this process lacks, as `AgentFlow.secrets()` knows them: tool and secret."""
    return [(tool, name) for tool, named in secrets.items() for name, here in named.items() if not here]


def _named(secrets: Mapping[str, bool]) -> Cell:
    """The secrets that a tool names; red where one is missing."""
    said = ", ".join(name if here else f"{name} (missing)" for name, here in secrets.items())
    return said if all(secrets.values()) else Text(said, "red")


def _row(spec: ToolSpec) -> tuple[Cell, ...]:
    from ..tools.stubs import signature

    policy = _POLICY.get(spec.approval, spec.approval)
    risk = state(spec.risk)
    return spec.name, signature(spec), spec.effect, risk, policy
