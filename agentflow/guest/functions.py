"""The functions that a plan hands to its verbs: what each of them takes, and how it is called."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import CoroutineType
from typing import Any

from . import answers
from .calls import Tools
from .exceptions import UsageError, described

Function = Callable[..., Any]

_BY_PLACE = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def body(given: object) -> Function:
    """The function of a step, if it is one: no parameter, or one for `ctx`."""
    if isinstance(given, Tools):
        raise UsageError(f"{given!r} is not called: write {given!r}(...)")
    if isinstance(given, CoroutineType):
        raise UsageError("step.do was given a coroutine: hand over the function itself, without calling it")
    if not callable(given):
        raise UsageError(f"step.do runs a tool call or a function, not {described(given)}")
    needed = _needed("step.do", given)
    if len(needed) > 1 or any(one.kind is one.KEYWORD_ONLY for one in needed):
        raise UsageError("a step's function takes no parameter, or one for ctx: let it capture the rest")
    return given


def call_with_ctx(function: Function, ctx: answers.Attempt) -> Any:
    """What a step's function gives."""
    needed = _needed("step.do", function)
    named = {"ctx": ctx} if needed and needed[0].name == "ctx" else {}
    return function(*[ctx for _ in needed if not named], **named)


def rollback(given: object) -> Function | None:
    """A function from a step's result to the tool call that undoes it, if one was given."""
    if given is None:
        return None
    if isinstance(given, Tools) or not callable(given):
        raise UsageError(f"rollback= is {described(given)}: write rollback=lambda result: tools.namespace.name(...)")
    if _most("rollback=", given) < 1 or len(_required("rollback=", given)) > 1:
        raise UsageError("rollback= takes a function of one parameter, the step's result: rollback=lambda result: ...")
    return given


def delay(given: Function) -> Function:
    """A function from the attempt's number, and its error, to the time until the next attempt."""
    if _most("retries: delay", given) < 1 or len(_required("retries: delay", given)) > 2:
        raise UsageError("retries: delay takes a function of (attempt, error) or (attempt)")
    return given


def takes_error(function: Function) -> bool:
    """Whether a delay looks at the error too."""
    return _most("retries: delay", function) > 1


def _needed(what: str, function: Function) -> list[inspect.Parameter]:
    """The parameters that a call must fill, and the one for `ctx`."""
    known = _parameters(what, function)
    return [one for one in known if one.name == "ctx" or (one.default is one.empty and one.kind not in _VARIADIC)]


def _required(what: str, function: Function) -> list[inspect.Parameter]:
    known = _parameters(what, function)
    if any(one.kind is one.KEYWORD_ONLY and one.default is one.empty for one in known):
        raise UsageError(f"{what} takes a function that is called by position: leave out the '*'")
    return [one for one in known if one.kind in _BY_PLACE and one.default is one.empty]


def _most(what: str, function: Function) -> float:
    """How many values it can be called with."""
    known = _parameters(what, function)
    if any(one.kind is one.VAR_POSITIONAL for one in known):
        return float("inf")
    return sum(one.kind in _BY_PLACE for one in known)


def _parameters(what: str, function: Function) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except ValueError:
        raise UsageError(
            f"{what} cannot see what a built-in function takes: wrap it: lambda: function(value)"
        ) from None
