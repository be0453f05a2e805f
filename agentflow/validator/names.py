"""Rule for names: each one that is read means something."""

from __future__ import annotations

import ast

from ..guest.allowed import ALLOWED, BUILTIN_INSTEAD
from ..guest.guards import namespace
from .findings import Report, did_you_mean, listing
from .plan import API, Plan

_BUILTINS = frozenset(namespace("plan", lambda *_: None, {})["__builtins__"])


def undefined_names(plan: Plan, report: Report) -> None:
    """AF104: a name that nothing in the plan defines; once for each name."""
    first: dict[str, ast.Name] = {}
    for node in sorted(plan.scopes.unknown, key=lambda node: (node.lineno, node.col_offset)):
        first.setdefault(node.id, node)
    for name, node in first.items():
        if name not in _BUILTINS and name not in BUILTIN_INSTEAD and not name.startswith("_"):
            bound = plan.scopes.module.bindings
            known = name in ("step", "event") or _importable(name)
            meant = "" if known else did_you_mean(name, [*bound, *_BUILTINS, *ALLOWED[API]])
            report.error("AF104", node, f"the name {name!r} is not defined{meant}", _advice(name))


def api_imports(plan: Plan, report: Report) -> None:
    """AF104: `from agentflow import ...` names what the plan API has."""
    for node in plan.of(ast.ImportFrom):
        if node.module == API and not node.level:
            for alias in node.names:
                if alias.name not in ALLOWED[API] and alias.name != "*":
                    report.error(
                        "AF104", alias, f"agentflow has no {alias.name!r}{did_you_mean(alias.name, ALLOWED[API])}",
                        f"import from: {listing(ALLOWED[API] - {'gather'}, limit=20)}",
                    )  # fmt: skip


def _importable(name: str) -> list[str]:
    """The modules that have the name."""
    return [module for module, names in ALLOWED.items() if name in names]


def _advice(name: str) -> str:
    if name in ("step", "event"):
        return f"hand {name} over as a parameter from `run`"
    if name in ALLOWED[API]:
        return f"write `from {API} import {name}`"
    ways = [f"`from {home} import {name}`" for home in _importable(name)] + [f"`import {name}`"] * (name in ALLOWED)
    return f"write {' or '.join(ways)}" if ways else "define it, or correct its spelling"
