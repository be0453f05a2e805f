"""The page of all keys of agentflow.toml, from the classes that read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from agentflow import settings

from .reading import cell, notes, told

HEAD = """# Settings

Everything that may stand in `agentflow.toml`, as the code reads it. The file is found in the current folder or above,
or where
`AGENTFLOW_CONFIG` says; without one, all is as the tables say under *Default*. A key that does not exist is refused,
with the one that
was probably meant. Keys of providers and other secrets never stand in it.

A *length of time* is a number of seconds or words: `"90 seconds"`, `"12h"`, `"30 days"`, `"2 weeks"`.

| Variable of the environment | |
|---|---|
| `AGENTFLOW_CONFIG` | the file, instead of the nearest `agentflow.toml` |
| `AGENTFLOW_DB` | the database, instead of the file's `db` |
| `AGENTFLOW_ENGINE`, `AGENTFLOW_RESTATE_URL` | the engine, and where Restate is, instead of the file's `[engine]` |
| `AGENTFLOW_URL`, `AGENTFLOW_KEY` | a service to ask instead of a database, and the key for it |
| `AGENTFLOW_TENANT` | whose things commands work on; else those of `default` |
| `AGENTFLOW_LOG` | `json` or `plain`: how `worker` and `serve` write their log |
| `AGENTFLOW_DEBUG` | `1` shows tracebacks |
| `AGENTFLOW_UNSAFE_SANDBOX` | `1` lets plans run where this machine cannot confine them |
| `ANTHROPIC_API_KEY`, `OPENAI_API_KEY` | the keys of the providers |
"""

TABLES: tuple[type[BaseModel], ...] = (
    settings.Settings,
    settings.EngineSettings,
    settings.AgentSettings,
    settings.AgentLimitSettings,
    settings.ApprovalSettings,
    settings.EscalationSettings,
    settings.Planning,
    settings.Limits,
    settings.ProviderSettings,
    settings.PriceSettings,
    settings.SecretSettings,
    settings.HttpSettings,
    settings.ServeSettings,
    settings.NotifySettings,
    settings.Retention,
    settings.LogSettings,
)


def page() -> str:
    """The page."""
    return "\n".join([HEAD, *(line for table in TABLES for line in _table(table))])


def _table(table: type[BaseModel]) -> Iterator[str]:
    name, _, does = told(table).partition(": ")
    if not name.startswith("`["):
        name, does = "The file itself", told(table)
    schema, said = table.model_json_schema(), notes(table)
    if table is settings.AgentLimitSettings:
        said = notes(settings.Limits)
    yield f"## {name}\n\n{does[:1].upper()}{does[1:]}\n"
    yield "| Key | Value | Default | |"
    yield "|---|---|---|---|"
    for key, of in schema["properties"].items():
        if key == "folder":
            continue
        field = table.model_fields[key]
        duration = "Duration" in str(table.__annotations__[key])
        value = "length of time" if duration else _words(of, schema.get("$defs", {}))
        default = "**must be given**" if field.is_required() else _default(field.default)
        yield f"| `{key}` | {cell(value)} | {default} | {cell(said.get(key, ''))} |"
    yield ""


def _words(of: dict[str, Any], named: dict[str, Any]) -> str:
    """What a value may be, in words."""
    if "anyOf" in of:
        return " or ".join(_words(one, named) for one in of["anyOf"] if one.get("type") != "null")
    if "$ref" in of:
        return "table"
    if "enum" in of:
        return ", ".join(f"`{json.dumps(one)}`" for one in of["enum"])
    match of.get("type"):
        case "array":
            return f"list of {_words(of['items'], named)}s"
        case "object":
            values = of.get("additionalProperties", of.get("patternProperties"))
            return "tables by name" if "$ref" in json.dumps(values) else "texts by name"
        case "boolean":
            return "`true` or `false`"
        case "string":
            return "text"
        case kind:
            return ("whole number" if kind == "integer" else "number") + _bounds(of)


def _bounds(of: dict[str, Any]) -> str:
    least, above = of.get("minimum"), of.get("exclusiveMinimum")
    most, below = of.get("maximum"), of.get("exclusiveMaximum")
    words = [
        f"at least {least:,}" if least is not None else f"above {above:,}" if above is not None else "",
        f"at most {most:,}" if most is not None else f"below {below:,}" if below is not None else "",
    ]
    said = ", ".join(word for word in words if word)
    return f", {said}" if said else ""


def _default(value: object) -> str:
    if value is None or isinstance(value, BaseModel) or value in ({}, [], ""):
        return ""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return f"`{value:_}`" if type(value) is int and value >= 10_000 else f"`{json.dumps(value)}`"
