"""Turns a function's type hints into JSON schemas and into a check of the arguments that it is called with."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, create_model
from pydantic.errors import PydanticUserError
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ..errors import UsageError
from ..records import Json
from .context import ToolContext

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class _Schema(GenerateJsonSchema):
    """Without titles made from names, and with a mark on decimals, which JSON schema has no word for."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def emit_warning(self, kind: Any, detail: str) -> None:
        """A default that JSON cannot say is left out of the schema; the function still has it."""

    def decimal_schema(self, schema: core_schema.DecimalSchema) -> JsonSchemaValue:
        return {**super().decimal_schema(schema), "format": "decimal"}


@dataclass(frozen=True)
class Signature:
    """A function's parameters as a schema and as a model that validates arguments given by name."""

    model: type[BaseModel]
    parameters: Json
    returns: Json
    context: str | None
    """Name of the parameter that takes the `ToolContext`."""

    def accept(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the function's own types, defaults filled in. Raises ValueError: one line with names."""
        try:
            values = self.model.model_validate(dict(args))
        except ValidationError as error:
            raise ValueError("; ".join(_problem(detail) for detail in error.errors()[:3])) from error
        return {str(field.alias): getattr(values, key) for key, field in self.model.model_fields.items()}


def read(function: Callable[..., Any], where: str, notes: Mapping[str, str]) -> Signature:
    """The signature of a function; `notes` describes parameters, `where` begins the message if it cannot be read."""
    hints = _hints(function, where)
    returns = hints.pop("return", None)
    parameters = inspect.signature(function).parameters
    for name, parameter in parameters.items():
        _check(parameter, hints.get(name), f"{where}: parameter {name!r}")
    context = next((name for name in parameters if _takes_context(hints[name])), None)
    given = {name: parameter for name, parameter in parameters.items() if name != context}
    model = _model(given, hints)
    return Signature(model, _object(model, notes), _returns(returns, where), context)


def _hints(function: Callable[..., Any], where: str) -> dict[str, Any]:
    try:
        return get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError) as error:
        raise UsageError(f"{where}: a type hint cannot be read ({error}); define or import it above") from error


def _check(parameter: inspect.Parameter, hint: Any, where: str) -> None:
    if parameter.kind not in _BY_NAME:
        raise UsageError(f"{where} cannot be given by name; tools take named parameters only, no *args or **kwargs")
    if hint is None:
        raise UsageError(f"{where} has no type hint; write one, as in `{parameter.name}: str`")
    if not _takes_context(hint):
        _schema(hint, where)


def _takes_context(hint: Any) -> bool:
    return hint is ToolContext or ToolContext in get_args(hint)


def _schema(hint: Any, where: str, mode: Any = "validation") -> Json:
    try:
        return TypeAdapter(hint).json_schema(schema_generator=_Schema, mode=mode)
    except (PydanticUserError, NameError, TypeError) as error:
        cause = str(error).splitlines()[0]
        raise UsageError(f"{where} has a type that is no JSON ({cause}); use a dataclass or a plain type") from error


def _returns(hint: Any, where: str) -> Json:
    return {} if hint is None else _schema(hint, f"{where}: the result", "serialization")


def _model(parameters: Mapping[str, inspect.Parameter], hints: Mapping[str, Any]) -> type[BaseModel]:
    # Fields are numbered and known by alias: a parameter may be called `schema` or `_id`, a model's field may not.
    fields: dict[str, Any] = {}
    for number, (name, parameter) in enumerate(parameters.items()):
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[f"field{number}"] = (hints[name], Field(default, alias=name))
    return create_model("Arguments", __config__=ConfigDict(extra="forbid"), **fields)


def _object(model: type[BaseModel], notes: Mapping[str, str]) -> Json:
    schema = model.model_json_schema(schema_generator=_Schema)
    del schema["title"]
    for name, note in notes.items():
        if name in schema["properties"]:
            schema["properties"][name].setdefault("description", note)
    return schema


def _problem(detail: Any) -> str:
    path = ".".join(str(part) for part in detail["loc"])
    return f"argument {path}: {detail['msg']}"
