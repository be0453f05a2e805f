"""Rules for tool calls: the tool is known, and its arguments are what its schema says."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..guest.calls import TOOL_NAME
from .findings import Report, did_you_mean, listing
from .plan import TOOLS, Plan
from .schema import Schema


def tools_used(plan: Plan) -> list[str]:
    """The names of all tools that a plan calls or mentions, sorted."""
    called = {name for call in plan.calls for name in plan.tool_names(call) or ()}
    named = {plan.tool_reference(node) or "" for node in _references(plan)}
    return sorted(name for name in called | named if TOOL_NAME.fullmatch(name))


def known_tools(plan: Plan, report: Report) -> None:
    """AF201: every tool that is named is one that the agent has."""
    if plan.tools is None:
        return
    for node in _references(plan):
        name = plan.tool_reference(node)
        if name and name not in plan.tools and not _is_namespace(plan, node, name):
            _unknown(plan, report, node, name)
    for call in plan.calls:
        for name in plan.tool_names(call) or ():
            if name not in plan.tools and plan.tool_reference(call.func) is None:
                _unknown(plan, report, call, name)


def tool_arguments(plan: Plan, report: Report) -> None:
    """AF202 to AF205: names and literal values of a tool's arguments."""
    for call in plan.calls:
        names = plan.tool_names(call) or []
        if plan.tool_names(call) is not None and call.args:
            example = names[0] if names else "namespace.name"
            report.error(
                "AF205",
                call.args[0],
                f"tools.{example} is given a positional argument",
                f"pass every argument by name: tools.{example}({_signature(plan, example)})",
            )
        for name in names:
            if plan.tools is not None and name in plan.tools and not call.args:
                _check_arguments(plan, report, call, plan.tools[name])


def literal_tools(plan: Plan, report: Report) -> None:
    """AF206: which tool is called can be read in the plan."""
    for node in plan.of(ast.Subscript, ast.Call):
        match node:
            case ast.Subscript(value=value, slice=key, ctx=ast.Load()) if plan.origin(value) == TOOLS:
                if not _known_strings(plan, key):
                    report.error(
                        "AF206",
                        node,
                        f"tools[{ast.unparse(key)}] names a tool that cannot be known before the run",
                        "name the tool: tools.namespace.name(...), or look it up in a constant table of tool names",
                    )
            case ast.Subscript(value=value) if (name := plan.tool_reference(value)) and plan.tool_reference(
                node
            ) is None:
                report.error(
                    "AF206",
                    node,
                    f"tools.{name}[...] is not a tool",
                    'write tools.namespace.name(...) or tools["namespace.name"](...)',
                )
            case ast.Call(func=ast.Name(id="getattr"), args=[first, *_]) if (plan.origin(first) or "").startswith(
                TOOLS
            ):
                report.error(
                    "AF206",
                    node,
                    "getattr names a tool that cannot be known before the run",
                    "name the tool: tools.namespace.name(...)",
                )


def _references(plan: Plan) -> Iterator[ast.AST]:
    """The longest paths below `tools`, each once."""
    for node in plan.of(ast.Attribute, ast.Subscript):
        if plan.tool_reference(node) is not None:
            parent = plan.scopes.parent(node)
            if not (isinstance(parent, ast.Attribute | ast.Subscript) and plan.tool_reference(parent) is not None):
                yield node


def _is_namespace(plan: Plan, node: ast.AST, name: str) -> bool:
    """`mail = tools.mail` names no tool yet."""
    parent = plan.scopes.parent(node)
    called = isinstance(parent, ast.Call) and parent.func is node
    return not called and any(known.startswith(f"{name}.") for known in plan.tools or ())


def _unknown(plan: Plan, report: Report, node: ast.AST, name: str) -> None:
    known = plan.tools or {}
    meant = did_you_mean(name, known) or _same_name(name, known)
    report.error(
        "AF201",
        node,
        f"the agent has no tool {name!r}{meant}",
        f"use one of: {listing(known)}" if known else "the agent has no tools: work without",
    )


def _same_name(name: str, known: Mapping[str, Any]) -> str:
    last = name.rpartition(".")[2]
    same = [other for other in known if other.rpartition(".")[2] == last]
    return f"; did you mean {same[0]!r}?" if len(same) == 1 else ""


def _check_arguments(plan: Plan, report: Report, call: ast.Call, tool: Mapping[str, Any]) -> None:
    schema: Mapping[str, Any] = tool["parameters"]
    known: Mapping[str, Any] = schema.get("properties", {})
    given = {keyword.arg: keyword for keyword in call.keywords if keyword.arg}
    closed = not schema.get("additionalProperties", "properties" not in schema)
    unknown = [name for name in given if name not in known] if closed else []
    missing = [name for name in schema.get("required", ()) if name not in given]
    for name in unknown:
        meant = did_you_mean(name, [other for other in known if other not in given])
        report.error(
            "AF202",
            given[name],
            f"{tool['name']} has no argument {name!r}{meant}",
            f"write tools.{tool['name']}({_signature(plan, tool['name'])})",
        )
        missing = [other for other in missing if repr(other) not in meant]
    if missing and len(given) == len(call.keywords):
        report.error(
            "AF203",
            call,
            f"{tool['name']} lacks its argument{'s' * (len(missing) > 1)} {', '.join(map(repr, missing))}",
            f"write tools.{tool['name']}({_signature(plan, tool['name'])})",
        )
    checked = Schema(schema, plan.constants.value)
    for name, keyword in given.items():
        for misfit in checked.misfits(keyword.value, known.get(name), name):
            report.error(
                "AF204",
                misfit.node,
                f"{tool['name']}: {misfit.path} {misfit.problem}",
                f"its schema is {_described(known[name])}",
            )


def _signature(plan: Plan, name: str) -> str:
    schema = (plan.tools or {}).get(name, {}).get("parameters", {})
    required = schema.get("required", ())
    parts = [f"{key}=..." if key in required else f"[{key}=...]" for key in schema.get("properties", {})]
    return ", ".join(parts) if schema else "name=value"


def _described(schema: Any) -> str:
    text = json.dumps(schema)
    return text if len(text) <= 200 else f"{text[:197]}..."


def _known_strings(plan: Plan, key: ast.expr) -> bool:
    leaves = plan.constants.leaves(key)
    return all(isinstance(leaf, ast.Constant) and isinstance(leaf.value, str) for leaf in leaves)
