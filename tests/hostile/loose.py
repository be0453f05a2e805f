"""A guest with layers taken out, for tests alone: `LOOSE` in its environment names them.

The product has no such switch. What a plan does once a layer is broken is shown here, so that each test of a layer is
known to have met that layer, and not another one that stands before it.
"""

from __future__ import annotations

import builtins
import contextvars
import importlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from agentflow.guest import (
    activation,
    calls,
    exceptions,
    guards,
    library,
    lockdown,
    requests,
    results,
    running,
    values,
    zygote,
)
from agentflow.guest.__main__ import main as serve

_AT_HAND = """asyncio contextlib copy ctypes dataclasses fcntl inspect json logging marshal mmap pickle re resource
    secrets select signal socket string struct subprocess threading time typing uuid weakref"""
"""What a plan may import whose guards are broken: once a process is locked, nothing can be fetched any more."""
for _name in _AT_HAND.split():
    importlib.import_module(_name)

OFF = frozenset(filter(None, os.environ.get("LOOSE", "").split(",")))


def without_guards() -> None:
    """The real builtins and modules, hooks that do nothing, and no count of what a turn starts."""
    bound = 10**9
    begin: Any = running.Running.__init__
    _put(activation, namespace=_open_namespace)
    _put(running.Running, __init__=lambda self, *given: begin(self, *given[:3], bound))
    _put(running, LARGEST_COMMAND=bound, LARGEST_TURN=bound, LARGEST_WITHDRAWAL=bound)
    _put(requests, MOST_CALLS=bound, MOST_RETRIES=bound, LONGEST_MESSAGE=bound, _name=str)
    _put(values, BITS=bound, DEPTH=bound, POWERS=bound)
    _put(results, LARGEST_RESULT=bound)
    _put(exceptions, LONGEST_MESSAGE=bound)
    _put(calls.ToolCall, args=property(lambda call: call._args))  # and no copy of them


def _open_namespace(name: str, importer: Callable[..., Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    def load(wanted: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        if wanted in ("agentflow", "__future__"):
            return importer(wanted, globals, locals, fromlist, level)
        return builtins.__import__(wanted, globals, locals, fromlist, level)

    hooks = {"_getattr_": getattr, "_write_": lambda target: target, "_types_": builtins, "_limits_": ()}
    guarded = guards.namespace(name, importer, extra)
    return {**guarded, "__builtins__": {**vars(builtins), "__import__": load}, **hooks}


def without_activation() -> None:
    """One namespace and one context for all runs of the process."""
    first: list[activation.Activation] = []
    load, shared = activation.Activation._load, contextvars.Context()

    def loaded(self: activation.Activation, code: Any) -> None:
        if not first:
            load(self, code)
            first.append(self)
        running.enter(self._run)
        self._namespace = first[0]._namespace

    _put(activation.Activation, _load=loaded)
    _put(activation, Context=lambda: shared)


def without_environment() -> None:
    """What the host has in its environment, all guests have."""
    kept, load = dict(os.environ), library.load

    def loaded() -> None:
        load()
        os.environ.update(kept)

    _put(library, load=loaded)


def without_namespaces() -> None:
    """The network, the mounts and the messages of the host."""
    _put(lockdown, unshare=lambda: "taken out")


def main() -> None:
    """Take the layers out, and go on as a fork server does."""
    for layer, take_out in SWITCHES.items():
        if layer in OFF:
            take_out()
    _put(lockdown, LAYERS=tuple((name, put_on) for name, put_on in lockdown.LAYERS if name not in OFF))
    zygote.main(serve, *(int(argument) for argument in sys.argv[1:3]))


def _put(owner: object, **parts: object) -> None:
    for name, part in parts.items():
        setattr(owner, name, part)


SWITCHES: Mapping[str, Callable[[], None]] = {
    "activation": without_activation,
    "environment": without_environment,
    "guards": without_guards,
    "namespaces": without_namespaces,
}

if __name__ == "__main__":
    main()
