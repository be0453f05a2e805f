"""What a code object does with names, read from its instructions: a second look at what the policy lets through."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from types import CodeType

from agentflow.guest.names import GUARDED, MAGIC, attribute_problem

HOOKS = frozenset({"_getattr_", "_limits_", "_types_", "_write_"})
_OF_CLASSES = """__annotations__ __class__ __classcell__ __classdict__ __doc__ __firstlineno__ __module__ __name__
    __qualname__ __static_attributes__ __annotate__ __annotate_func__ __classdictcell__
    __conditional_annotations__"""
OF_CLASSES = frozenset(_OF_CLASSES.split())
"""What the compiler itself writes into the body of a class."""


def faults(code: CodeType) -> Iterator[str]:
    """Each use of a name that no plan may have."""
    for name in (*code.co_varnames, *code.co_cellvars):
        if name in HOOKS or not _is_variable(name, ""):
            yield f"variable {name}"
    previous = ""
    for instruction in dis.get_instructions(code):
        name, operation = instruction.argval, instruction.opname
        if (
            isinstance(name, str)
            and operation.split("_")[0] in {"LOAD", "STORE", "DELETE"}
            and "CONST" not in operation
        ):
            if "ATTR" in operation or "METHOD" in operation:
                fine = _is_attribute(name, operation, previous)
            else:
                fine = _is_variable(name, operation)
            if not fine:
                yield f"{operation} {name}"
            previous = name
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from faults(constant)


def _is_attribute(name: str, operation: str, previous: str) -> bool:
    if name in MAGIC:
        return "LOAD" in operation
    if name in GUARDED and "LOAD" in operation:
        return previous == "_types_"
    return attribute_problem(name) is None or previous == "_types_"


def _is_variable(name: str, operation: str) -> bool:
    if name in HOOKS:
        return operation in {"LOAD_GLOBAL", "LOAD_NAME"}
    return name in {"_", ".0"} or not name.startswith("_") or name in OF_CLASSES | MAGIC
