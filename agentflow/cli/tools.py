"""agentflow tools: what plans can call."""

from __future__ import annotations

from dataclasses import asdict

from ..records import ToolSpec
from .session import Session, command, width
from .text import Cell, state, table

_POLICY = {"predicate": "by arguments"}


@command
async def tools(session: Session) -> None:
    """Tools that plans can call: names, signatures, risk, approval policy, effect."""
    async with session.nowhere() as flow:
        specs = flow.tools
    rows = [_row(spec) for spec in specs]
    lines = table(("tool", "takes and gives", "effect", "risk", "approval"), rows, wrap=1, width=width())
    session.show([asdict(spec) for spec in specs], lines)


def _row(spec: ToolSpec) -> tuple[Cell, ...]:
    policy = _POLICY.get(spec.approval, spec.approval)
    risk = state(spec.risk)
    return spec.name, signature(spec), spec.effect, risk, policy


def signature(spec: ToolSpec) -> str:
    """What a tool takes and gives, as a plan's author reads it."""
    from ..tools.stubs import stub

    written = next(line for line in stub([spec]).splitlines() if line.lstrip().startswith("def "))
    return written[written.index("(") :].replace("(*, ", "(").removesuffix(":")
