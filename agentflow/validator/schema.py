"""Does an expression break a JSON schema? Only what is certain counts: what is not literal may be anything."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_PLURAL = {"array": "a list", "object": "a dict", "string": "a string", "integer": "an integer", "null": "None"}
_TYPES: dict[type, str] = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
_CALLS = {
    "str": "string",
    "int": "integer",
    "list": "array",
    "sorted": "array",
    "dict": "object",
    "len": "integer",
    "bool": "boolean",
}


class Misfit(NamedTuple):
    """Where an expression breaks the schema, below which argument, and why."""

    node: ast.expr
    path: str
    problem: str


@dataclass(frozen=True, slots=True)
class Schema:
    """A JSON schema with its definitions, and what names stand for in the plan."""

    document: Mapping[str, Any]
    constant: Callable[[ast.expr], ast.expr]
    depth: int = field(default=12)

    def misfits(self, node: ast.expr, schema: Any, path: str) -> list[Misfit]:
        """All that certainly breaks the schema; what a name stands for is blamed on the place that uses the name."""
        value = self.constant(node)
        found = self._misfits(value, self._resolved(schema), path)
        return [misfit if value is node else misfit._replace(node=node) for misfit in found]

    def _misfits(self, node: ast.expr, schema: Any, path: str) -> Iterator[Misfit]:
        kind = kind_of(node)
        if not isinstance(schema, Mapping) or kind is None:
            return
        wanted = _types(schema)
        if wanted and not _fits(kind, wanted, node):
            expected = " or ".join(_PLURAL.get(name, f"a {name}") for name in wanted)
            yield Misfit(node, path, f"is {_shown(node, kind)}, but must be {expected}")
            return
        yield from self._alternatives(node, schema, path)
        if isinstance(node, ast.Constant) or _negative(node):
            yield from (Misfit(node, path, problem) for problem in _bounds(_literal(node), schema))
        elif isinstance(node, ast.Dict):
            yield from self._properties(node, schema, path)
        elif isinstance(node, ast.List | ast.Tuple):
            for position, item in enumerate(node.elts):
                if not isinstance(item, ast.Starred):
                    yield from self.misfits(item, schema.get("items"), f"{path}[{position}]")

    def _properties(self, node: ast.Dict, schema: Mapping[str, Any], path: str) -> Iterator[Misfit]:
        known = schema.get("properties", {})
        pairs = zip(node.keys, node.values, strict=True)
        given = {str(key.value): value for key, value in pairs if isinstance(key, ast.Constant)}
        for name, value in given.items():
            if name in known:
                yield from self.misfits(value, known[name], f"{path}.{name}")
            elif schema.get("additionalProperties") is False:
                yield Misfit(value, path, f"has no {name!r} in its schema")
        if len(given) == len(node.keys):
            missing = [name for name in schema.get("required", []) if name not in given]
            if missing:
                yield Misfit(node, path, f"lacks {', '.join(map(repr, missing))}")

    def _alternatives(self, node: ast.expr, schema: Mapping[str, Any], path: str) -> Iterator[Misfit]:
        for part in schema.get("allOf", []):
            yield from self.misfits(node, part, path)
        for word in ("anyOf", "oneOf"):
            failed = [self.misfits(node, option, path) for option in schema.get(word, [])]
            if failed and all(failed):
                kinds = [" or ".join(_types(self._resolved(option))) for option in schema[word]]
                yield failed[0][0] if len(failed) == 1 else Misfit(node, path, f"fits none of: {', '.join(kinds)}")

    def _resolved(self, schema: Any) -> Any:
        for _ in range(self.depth):
            reference = schema.get("$ref") if isinstance(schema, Mapping) else None
            if not isinstance(reference, str):
                return schema
            schema = self._referenced(reference)
        return None

    def _referenced(self, reference: str) -> Any:
        found: Any = self.document
        for part in reference.removeprefix("#").strip("/").split("/"):
            found = found.get(part) if isinstance(found, Mapping) and part else found
        return found


def kind_of(node: ast.expr) -> str | None:
    """The JSON type that an expression certainly has, else None."""
    match node:
        case ast.Constant(value=value):
            return _TYPES.get(type(value))
        case ast.JoinedStr():
            return "string"
        case ast.Dict() | ast.DictComp():
            return "object"
        case ast.List() | ast.ListComp() | ast.Tuple():
            return "array"
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
            return _TYPES[type(value)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return "string" if "string" in (kind_of(left), kind_of(right)) else None
        case ast.Call(func=ast.Name(id=name)):
            return _CALLS.get(name)
    return None


def _types(schema: Any) -> list[str]:
    wanted = schema.get("type", []) if isinstance(schema, Mapping) else []
    return [wanted] if isinstance(wanted, str) else list(wanted)


def _fits(kind: str, wanted: list[str], node: ast.expr) -> bool:
    if kind == "number" and "integer" in wanted:
        return isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value.is_integer()
    return kind in wanted or (kind == "integer" and "number" in wanted)


def _bounds(value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield f"is {value!r}, but must be one of {', '.join(map(repr, schema['enum'][:12]))}"
    if "const" in schema and value != schema["const"]:
        yield f"is {value!r}, but must be {schema['const']!r}"
    if isinstance(value, str):
        if len(value) < schema.get("minLength", 0):
            yield f"is shorter than {schema['minLength']} characters"
        if len(value) > schema.get("maxLength", len(value)):
            yield f"is longer than {schema['maxLength']} characters"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _range(value, schema)


def _range(value: float, schema: Mapping[str, Any]) -> Iterator[str]:
    if value < schema.get("minimum", value):
        yield f"is {value}, but must be at least {schema['minimum']}"
    if value > schema.get("maximum", value):
        yield f"is {value}, but must be at most {schema['maximum']}"
    if "exclusiveMinimum" in schema and value <= schema["exclusiveMinimum"]:
        yield f"is {value}, but must be more than {schema['exclusiveMinimum']}"
    if "exclusiveMaximum" in schema and value >= schema["exclusiveMaximum"]:
        yield f"is {value}, but must be less than {schema['exclusiveMaximum']}"


def _negative(node: ast.expr) -> bool:
    return isinstance(node, ast.UnaryOp)


def _literal(node: ast.expr) -> Any:
    return ast.literal_eval(node)


def _shown(node: ast.expr, kind: str) -> str:
    if isinstance(node, ast.Constant | ast.UnaryOp):
        return f"{_literal(node)!r}"
    return _PLURAL.get(kind, f"a {kind}")
