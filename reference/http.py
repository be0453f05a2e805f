"""The page of the HTTP API, from its OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from agentflow.app.doors import Doors
from agentflow.web import service

from .python import PLAIN
from .reading import cell, flat

HEAD = """# HTTP API

`agentflow serve` answers under `/v1/`, and describes itself at `/openapi.json`, from which this page is made.
[Operating](../operating.md)
says how it is started and how keys are made; [the Python API](python.md) has the same verbs, and says which role each
needs.
`AgentFlow.connect(url, key)` speaks it for you.

* **Who asks** says so with `Authorization: Bearer KEY`.
* **Bodies and answers** are JSON. `{"$datetime": "..."}`, `{"$decimal": "..."}` and `{"$bytes": "..."}` stand for
  what JSON lacks.
  Moments are seconds since 1970.
* **Lists** have `items` and `next`; the next part is the same request with `cursor` set to it.
* **Errors** are problem documents (RFC 9457) of the type `application/problem+json`: `title` is the cause, `detail`
  what to do about it.
* **Repeating is safe** with a header `Idempotency-Key` of your own: the same request with the same key has the same
  answer.
"""


KNOWN = {kind.__name__ for kind in PLAIN}
NAMED = {"str": "texts"}
"""How the parts of a list are called where that is no name of plain data."""


def page() -> str:
    """The page."""
    document = service(Doors(None)).openapi()
    schemas = document["components"]["schemas"]
    rooms: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            lines = rooms.setdefault(operation["tags"][0], [])
            lines += _operation(f"{method.upper()} {path}", operation, schemas)
    parts = [HEAD, _statuses(document)]
    for tag, lines in rooms.items():
        parts += [f"## {tag.capitalize()}\n", *lines]
    return "\n".join(parts)


def _statuses(document: dict[str, Any]) -> str:
    """What the statuses of errors mean: said once, since it is the same of every operation."""
    of = next(iter(document["paths"].values()))["get"]["responses"]
    said = flat(f"{of['4XX']['description']} {of['5XX']['description']}")
    parts = [part.strip().rstrip(".") for part in said.replace(". ", ".\n").splitlines()]
    rows = [f"| {status} | {what} |" for status, _, what in (part.partition(": ") for part in parts) if what]
    return "\n".join(["| Status | |", "|---|---|", *rows, ""])


def _operation(title: str, operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    yield f"### {title}\n\n{flat(operation.get('description', ''))}\n"
    fields = [
        (one["name"], one["in"], one.get("required", False), one["schema"], one.get("description", ""))
        for one in operation.get("parameters", ())
        if one["in"] != "path"
    ]
    if body := operation.get("requestBody"):
        schema = _found(next(iter(body["content"].values()))["schema"], schemas)
        required = schema.get("required", ())
        fields += [
            (name, "body", name in required, of, of.get("description", ""))
            for name, of in schema.get("properties", {}).items()
        ]
    if fields:
        yield "| | In | Value | |\n|---|---|---|---|"
        for name, place, must, schema, says in fields:
            note = ("Must be given. " if must else "") + says
            yield f"| `{name}` | {place} | {cell(_type(schema, schemas))} | {cell(note)} |"
        yield ""
    yield f"Answers {' or '.join(_answers(operation, schemas))}.\n"


def _answers(operation: dict[str, Any], schemas: dict[str, Any]) -> Iterator[str]:
    for status, of in operation["responses"].items():
        if status[0] == "2":
            content = of.get("content", {})
            kinds = [f"{_type(one.get('schema', {}), schemas)}" for one in content.values()]
            stream = " a stream of events" if "text/event-stream" in content else ""
            yield f"{status}{stream}" + ("" if stream or not kinds or not kinds[0] else f" with {kinds[0]}")


def _found(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: dict[str, Any] = schemas[schema["$ref"].rpartition("/")[2]]
        return found
    return next((_found(one, schemas) for one in schema.get("anyOf", ()) if one.get("type") != "null"), schema)


def _type(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """What a value is, in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name.startswith("Listed_"):
            return f"`items`: a list of {_named(name[7:-1])}, and `next`"
        return _named(name.rpartition("__")[2] or name)
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(one, schemas) for one in schema["anyOf"]))
    if "enum" in schema:
        return ", ".join(f"`{json.dumps(one)}`" for one in schema["enum"])
    if "const" in schema:
        return f"`{json.dumps(schema['const'])}`"
    match schema.get("type"):
        case "array":
            return f"list of {_type(schema.get('items', {}), schemas) or 'values'}"
        case "object":
            return "an object"
        case None:
            return "any JSON" if not schema or "title" in schema else ""
        case kind:
            return {"string": "text", "str": "text", "integer": "whole number", "null": "null"}.get(
                str(kind), str(kind)
            )


def _named(name: str) -> str:
    """The name of a form; those that the Python API has as well lead there, where their fields are told."""
    return f"[{name}](python.md#{name.lower()})" if name in KNOWN else NAMED.get(name, name)
