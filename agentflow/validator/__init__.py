"""Says what is wrong with a plan before it ever runs: the policy of the guest, and rules for the plan API."""

from __future__ import annotations

import ast
import marshal
from collections.abc import Mapping, Sequence
from typing import Any

from ..guest.policy import Problem, build, parse
from .approving import approvals_hold
from .awaiting import awaitables
from .effects import one_effect
from .findings import Finding, Report
from .functions import captured_changes, people_in_function, step_in_function
from .graph import draw
from .jsonable import forgotten_state, json_only
from .names import api_imports, undefined_names
from .ordering import addresses, set_order
from .plan import Plan
from .polling import endless_runs, polling, retry_storms
from .roles import Roles
from .secrets import secrets_in_source, sensitive_values
from .suppressions import apply_comments
from .toolcalls import known_tools, literal_tools, tool_arguments, tools_used
from .verbs import function_steps, known_verbs, verb_arguments
from .waiting import blocking, endless_loops, swallowed_failures, timeouts_inside
from .workflow import module_body, one_workflow, run_method

__all__ = ["Finding", "check"]

RULES = (
    one_workflow,
    run_method,
    module_body,
    undefined_names,
    api_imports,
    known_tools,
    tool_arguments,
    literal_tools,
    known_verbs,
    verb_arguments,
    function_steps,
    blocking,
    endless_loops,
    swallowed_failures,
    timeouts_inside,
    approvals_hold,
    set_order,
    addresses,
    forgotten_state,
    polling,
    endless_runs,
    retry_storms,
    secrets_in_source,
    sensitive_values,
)
RULES_ON_ROLES = (awaitables, captured_changes, step_in_function, people_in_function, one_effect, json_only)

_SAID_BETTER = frozenset({"AF104", "AF206", "AF501", "AF606"})
"""Rules that know more than the policy about what both refuse on a line."""


def check(source: str, tools: Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    """All findings on a source and, where none is an error, its code as `blob`; `tools=None` checks no tools."""
    report = Report(source)
    tree, problems = parse(source)
    for problem in problems:
        report.place(_finding("AF001", problem))
    if tree is None:
        return _answer(report)
    try:
        plan, roles = _apply_rules(tree, tools, report)
    except RecursionError:
        advice = "call functions directly, and give a value one name"
        report.error("AF001", tree, "the plan's names and functions lead to each other in too long a chain", advice)
        return _answer(report)
    entry = plan.workflows[0].name if len(plan.workflows) == 1 else None
    tools_of_plan = tools_used(plan)
    graph = draw(plan, roles)  # before the policy changes the tree
    code, problems = build(source, tree)
    for problem in problems:
        if not report.errors_at(problem.line) & _SAID_BETTER:
            report.place(_finding(_policy_code(problem), problem))
    apply_comments(source, report, tools_known=tools is not None)
    if code is None or report.refused:
        return _answer(report, entry=entry, tools=tools_of_plan)
    return _answer(report, blob=marshal.dumps(code), entry=entry, tools=tools_of_plan, graph=graph)


def _apply_rules(tree: ast.Module, tools: Sequence[Mapping[str, Any]] | None, report: Report) -> tuple[Plan, Roles]:
    plan = Plan(tree, tools)
    roles = Roles(plan)
    for rule in RULES:
        rule(plan, report)
    for rule_on_roles in RULES_ON_ROLES:
        rule_on_roles(plan, roles, report)
    return plan, roles


def _answer(
    report: Report,
    *,
    blob: bytes | None = None,
    entry: str | None = None,
    tools: Sequence[str] = (),
    graph: dict[str, Any] | None = None,
) -> dict[str, Any]:
    findings = [finding.to_dict() for finding in report.findings]
    return {"findings": findings, "blob": blob, "entry": entry, "tools": [*tools], "graph": graph}


def _finding(code: str, problem: Problem) -> Finding:
    return Finding(problem.line, problem.column, code, "error", problem.message, problem.advice)


def _policy_code(problem: Problem) -> str:
    if problem.message.startswith("invalid syntax"):
        return "AF001"
    return "AF003" if problem.message.startswith(("import of ", "'import *'")) else "AF002"
