"""The catalogue of checks: what each code stands for. Plain data, which those who find and those who show both read."""

from __future__ import annotations

from . import (
    approvals,
    comments,
    failures,
    frame,
    functions,
    loops,
    replaying,
    source,
    steps,
    toolcalls,
    trying,
    values,
    verbs,
)
from .check import Check, whole

__all__ = ["CHECKS", "Check", "name_of", "whole"]

_FAMILIES = (
    source,
    frame,
    toolcalls,
    steps,
    functions,
    loops,
    verbs,
    failures,
    approvals,
    replaying,
    values,
    comments,
    trying,
)

CHECKS: dict[str, Check] = {check.code: check for family in _FAMILIES for check in family.CHECKS}
"""Every check by its code, in the order of the codes."""


def name_of(code: str) -> str:
    """The name of a check; nothing where a version of the past had a code that this one does not know."""
    check = CHECKS.get(code)
    return check.name if check else ""
