"""`@tool`: makes a Python function with type hints something that plans may ask for."""

from __future__ import annotations

import asyncio
import functools
import inspect
import keyword
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, get_args, overload

from ..errors import ToolError, UsageError
from ..records import Effect, Risk, ToolSpec
from . import docstring, signature
from .context import ToolContext
from .results import plain

Policy = Literal["never", "always"] | Callable[[dict[str, Any]], bool]

_SECRET = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_NAME = re.compile(r"[a-z_][a-z0-9_]*")


class Tool:
    """A function that plans may ask for. Called directly, it is still that function."""

    def __init__(
        self,
        function: Callable[..., Any],
        spec: ToolSpec,
        reads: signature.Signature,
        policy: Policy,
        secrets: tuple[str, ...] = (),
    ) -> None:
        self.function = function
        self.spec = spec
        self.secrets = secrets
        """Names of what it gets in its context; no part of the spec, which plans and models see."""
        self._signature = reads
        self._policy = policy
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<tool {self.spec.name}>"

    @property
    def wants_context(self) -> bool:
        """Whether the function has a parameter for what may be known of the step."""
        return self._signature.context is not None

    async def call(self, args: Mapping[str, Any], context: ToolContext) -> Any:
        """Call with decoded arguments; the result is plain. The function's own exceptions pass through."""
        values = self.accept(args)
        if self._signature.context:
            values[self._signature.context] = context
        return plain(self.spec.name, await self._run(values))

    def accept(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Decoded arguments as the function's own types, defaults filled in. Raises `ToolError`."""
        try:
            return self._signature.accept(args)
        except ValueError as error:
            raise ToolError(f"tool {self.spec.name}: {error}") from error

    def needs_person(self, args: Mapping[str, Any]) -> bool:
        """Whether a person must agree to this call. A predicate that raises counts as yes."""
        if not callable(self._policy):
            return self._policy == "always"
        try:
            return bool(self._policy(self._signature.accept(args)))
        except Exception:  # noqa: BLE001  fails closed, whatever the predicate stumbled over
            return True

    async def _run(self, values: dict[str, Any]) -> Any:
        try:
            if inspect.iscoroutinefunction(self.function):
                return await self.function(**values)
            result = await asyncio.to_thread(self._in_thread, values)
            return await result if inspect.isawaitable(result) else result
        except SystemExit as error:  # it would end the worker, and every worker after it
            raise ToolError(f"tool {self.spec.name} called sys.exit(); raise an exception instead") from error

    def _in_thread(self, values: dict[str, Any]) -> Any:
        try:
            return self.function(**values)
        except StopIteration as error:  # no future can carry it: the caller would wait for ever
            raise ToolError(f"tool {self.spec.name} raised StopIteration; give next() a default") from error


@overload
def tool(function: Callable[..., Any], /) -> Tool: ...


@overload
def tool(
    *,
    namespace: str = ...,
    name: str | None = ...,
    effect: Effect = ...,
    risk: Risk = ...,
    approval: Policy = ...,
    secrets: Sequence[str] = ...,
) -> Callable[[Callable[..., Any]], Tool]: ...


def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    namespace: str = "local",
    name: str | None = None,
    effect: Effect = "once",
    risk: Risk = "low",
    approval: Policy = "never",
    secrets: Sequence[str] = (),
) -> Tool | Callable[[Callable[..., Any]], Tool]:
    """Make a function a tool named `namespace.name`; its docstring is what a model reads about it.

    `effect`: `read`, `idempotent` (honours the key in its ToolContext) or `once`. `approval`: whether a person must
    agree to each call, or a function of the arguments that says so. `secrets`: what it finds in its ToolContext as
    `context.secrets[NAME]`.
    """
    if function is not None:
        return _make(function, namespace, name, (effect, risk, approval, secrets))
    return lambda function: _make(function, namespace, name, (effect, risk, approval, secrets))


def _make(
    function: Callable[..., Any], namespace: str, name: str | None, says: tuple[Effect, Risk, Policy, Sequence[str]]
) -> Tool:
    if not inspect.isfunction(function) and not inspect.ismethod(function):
        raise UsageError(f"a tool is a function, not {function!r}; put @tool directly above `def` or `async def`")
    full = f"{namespace}.{name or function.__name__}"
    effect, risk, policy, secrets = says
    _check_name(full)
    _check_choice(full, "effect", effect, get_args(Effect))
    _check_choice(full, "risk", risk, get_args(Risk))
    description, notes = docstring.split(function.__doc__)
    reads = signature.read(function, f"tool {full}", notes)
    approval = _approval(full, policy)
    spec = ToolSpec(full, description, reads.parameters, reads.returns, risk=risk, effect=effect, approval=approval)
    return Tool(function, spec, reads, policy, _secrets(full, secrets, reads))


def _check_name(full: str) -> None:
    parts = full.split(".")
    if len(parts) != 2 or not all(_NAME.fullmatch(part) and not keyword.iskeyword(part) for part in parts):
        raise UsageError(f"{full!r} is no tool name; write namespace.name in small letters, digits and underscores")


def _check_choice(full: str, what: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise UsageError(f"tool {full}: {what} cannot be {value!r}; write one of {', '.join(allowed)}")


def _secrets(full: str, names: Sequence[str], reads: signature.Signature) -> tuple[str, ...]:
    if isinstance(names, str) or not all(_SECRET.fullmatch(str(name)) for name in names):
        raise UsageError(f'tool {full}: secrets are a list of names such as ["STRIPE_KEY"], not {names!r}')
    if names and reads.context is None:
        raise UsageError(f"tool {full} names secrets: give it a parameter `context: ToolContext` to get them in")
    return tuple(dict.fromkeys(names))


def _approval(full: str, policy: Policy) -> Literal["never", "always", "predicate"]:
    if not callable(policy):
        _check_choice(full, "approval", policy, ("never", "always"))
        return policy
    if inspect.iscoroutinefunction(policy):
        raise UsageError(f"tool {full}: approval must be a plain function of the arguments, not an async one")
    return "predicate"
