"""Reads a YAML file as the JSON data that it stands for. The only place that knows yaml."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from ..errors import UsageError
from ..records import Json


def read(file: Path) -> Json:
    """The one document of a file. Raises `UsageError` with the line of what cannot be read."""
    try:
        return yaml.load(file.read_text("utf-8"), _Loader)  # noqa: S506  # a SafeLoader that knows even less
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise UsageError(f"{file}: {line}{error.problem}; correct the YAML") from None
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise UsageError(f"{file} cannot be read: {error}; it must be YAML in UTF-8") from None


class _Loader(yaml.CSafeLoader):
    """What YAML 1.2 has in common with JSON: `no` and `2026-01-31` are texts, and no key stands twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        self.flatten_mapping(node)
        found: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node)
            if not isinstance(key, str):
                raise _wrong(key_node, f"the key {key!r} is no text: put it in quotes")
            if key in found:
                raise _wrong(key_node, f"the key {key!r} stands twice")
            found[key] = self.construct_object(value_node, deep=deep)
        return found


def _wrong(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(problem=problem, problem_mark=node.start_mark)


_Loader.yaml_implicit_resolvers = {}
for _tag, _form, _begins in (
    ("null", r"null|~|", ["n", "~", ""]),
    ("bool", r"true|false", list("tf")),
    ("int", r"-?(0|[1-9]\d*)", list("-0123456789")),
    ("float", r"-?(0|[1-9]\d*)(\.\d+([eE][-+]?\d+)?|[eE][-+]?\d+)", list("-0123456789")),
    ("merge", r"<<", ["<"]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_form})$"), _begins)
