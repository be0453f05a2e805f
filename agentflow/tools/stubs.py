"""Shows tools as typed Python stubs, which is how a model reads them. The text always parses as Python."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from typing import Any

from ..records import Json, ToolSpec

_PLAIN = {
    "string": "str",
    "number": "float",
    "integer": "int",
    "boolean": "bool",
    "null": "None",
    "object": "dict[str, Any]",
    "array": "list[Any]",
}
_FORMATS = {"date-time": "datetime", "decimal": "Decimal", "binary": "bytes", "base64": "bytes", "base64url": "bytes"}
_INDENT = "    "
_EXAMPLES = 3


def stub(specs: Sequence[ToolSpec]) -> str:
    """One class for each namespace, one function for each tool, and the records that they take and give."""
    records: dict[str, str] = {}
    spaces: dict[str, list[str]] = {}
    for spec in specs:
        space, _, name = spec.name.partition(".")
        spaces.setdefault(space, []).append(_function(name, spec, records))
    classes = [f"class {space}:\n" + "\n\n".join(functions) for space, functions in spaces.items()]
    return "\n\n\n".join([*records.values(), *classes]) + "\n"


def signature(spec: ToolSpec) -> str:
    """What a tool takes and gives, as a plan's author reads it: `(id: str) -> dict[str, Any]`."""
    written = next(line for line in stub([spec]).splitlines() if line.lstrip().startswith("def "))
    return written[written.index("(") :].replace("(*, ", "(").removesuffix(":")


def _function(name: str, spec: ToolSpec, records: dict[str, str]) -> str:
    types = _Types(spec.parameters.get("$defs", {}), records)
    result = _Types(spec.returns.get("$defs", {}), records).of(spec.returns)
    lines = [
        f"# effect: {spec.effect}, risk: {spec.risk}, approval: {_approval(spec)}",
        f"def {name}({_parameters(spec.parameters, types)}) -> {result}:",
        *(f"{_INDENT}{line}" for line in _docstring(spec)),
        f"{_INDENT}...",
    ]
    return "\n".join(f"{_INDENT}{line}" if line.strip() else "" for line in lines)


def _approval(spec: ToolSpec) -> str:
    return "depends on the arguments" if spec.approval == "predicate" else spec.approval


def _parameters(schema: Json, types: _Types) -> str:
    properties: Mapping[str, Json] = schema.get("properties", {})
    if not properties:
        return ""
    if not all(map(_is_name, properties)):
        return "**arguments: Any"
    required = schema.get("required", [])
    ordered = sorted(properties, key=lambda name: name not in required)
    return "*, " + ", ".join(_parameter(name, properties[name], types, name in required) for name in ordered)


def _parameter(name: str, schema: Json, types: _Types, required: bool) -> str:
    if required:
        return f"{name}: {types.of(schema)}"
    default = repr(schema["default"]) if isinstance(schema, dict) and "default" in schema else "..."
    return f"{name}: {types.of(schema)} = {default}"


def _docstring(spec: ToolSpec) -> list[str]:
    text, notes = _lines(spec.description), _notes(spec.parameters.get("properties", {}))
    lines = [*text, *([""] if text and notes else []), *notes]
    safe = [line.replace("\\", "\\\\").replace('"""', "'''") for line in lines]
    if len(safe) <= 1:
        return [f'"""{line}{" " if line.endswith(chr(34)) else ""}"""' for line in safe]
    return [f'"""{safe[0]}', *safe[1:], '"""']


def _notes(properties: Mapping[str, Json]) -> list[str]:
    said = {name: _note(part) for name, part in properties.items() if isinstance(part, dict)}
    return [" ".join(_lines(f"{name}: {text}")) for name, text in said.items() if text]


def _note(schema: dict[str, Json]) -> str:
    """What a parameter is for, and examples of it."""
    examples = schema.get("examples")
    shown = ", ".join(repr(one) for one in examples[:_EXAMPLES]) if isinstance(examples, list) else ""
    described = str(schema.get("description") or "")
    return f"{described} (for example {shown})".lstrip() if shown else described


def _comment(schema: Json) -> str:
    """What a field of a record is, behind it."""
    text = " ".join(_lines(_note(schema))) if isinstance(schema, dict) else ""
    return f"  # {text}" if text else ""


def _lines(text: str) -> list[str]:
    printable = "".join(one if one.isprintable() or one == "\n" else " " for one in text)
    return [line.rstrip() for line in printable.strip().split("\n")] if printable.strip() else []


def _is_name(text: str) -> bool:
    return text.isidentifier() and not keyword.iskeyword(text)


class _Types:
    """Python types for JSON schemas; objects with known fields become records, shared by equal ones."""

    def __init__(self, definitions: Mapping[str, Json], records: dict[str, str]) -> None:
        self._definitions = definitions
        self._records = records
        self._named: dict[str, str] = {}

    def of(self, schema: Json) -> str:
        if not isinstance(schema, dict):
            return "Any"
        if "$ref" in schema:
            return self._defined(str(schema["$ref"]).rpartition("/")[2])
        if "enum" in schema or "const" in schema:
            return _literal(schema["enum"] if "enum" in schema else [schema["const"]])
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        for keyword_ in ("anyOf", "oneOf", "allOf"):
            if keyword_ in schema:
                return _union(self.of(part) for part in schema[keyword_])
        return self._typed(schema, schema.get("type"))

    def _typed(self, schema: dict[str, Json], kind: Any) -> str:
        if isinstance(kind, list):
            return _union(self._typed(schema, one) for one in kind)
        if kind == "array" and "items" in schema:
            return f"list[{self.of(schema['items'])}]"
        if kind == "object" and schema.get("properties"):
            return self._record(str(schema.get("title", "Record")), schema)
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            return f"dict[str, {self.of(schema['additionalProperties'])}]"
        return _PLAIN.get(str(kind), "Any")

    def _defined(self, name: str) -> str:
        if name not in self._named:
            self._named[name] = name if _is_name(name) else "Any"  # what a record says of itself, while it is written
            self._named[name] = self.of({"title": name, **self._definitions.get(name, {})})
        return self._named[name]

    def _record(self, title: str, schema: dict[str, Json]) -> str:
        properties = schema["properties"]
        if not _is_name(title) or not all(map(_is_name, properties)):
            return _PLAIN["object"]
        required = schema.get("required", [])
        lines = [
            f"{_INDENT}{name}: {self._field(part, name in required)}{_comment(part)}"
            for name, part in properties.items()
        ]
        return self._store(title, "\n".join(lines))

    def _field(self, schema: Json, required: bool) -> str:
        return self.of(schema) if required else f"NotRequired[{self.of(schema)}]"

    def _store(self, title: str, body: str) -> str:
        name, number = title, 1
        while self._records.get(name, text := f"class {name}(TypedDict):\n{body}") != text:
            number += 1
            name = f"{title}{number}"
        self._records[name] = text
        return name


def _union(types: Any) -> str:
    return " | ".join(dict.fromkeys(types))


def _literal(values: Sequence[Json]) -> str:
    return f"Literal[{', '.join(map(repr, values))}]"
