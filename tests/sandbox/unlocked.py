"""A fork server of guests on a machine that lacks two layers, one of them a part of the floor."""

from __future__ import annotations

import sys

from agentflow.guest import lockdown, zygote
from agentflow.guest.__main__ import main


def _missing(order: lockdown.Order) -> None:
    raise lockdown.Missing("this kernel has none")


def lack(*names: str) -> None:
    """Be a machine without these layers."""
    lockdown.LAYERS = tuple((name, _missing if name in names else layer) for name, layer in lockdown.LAYERS)


if __name__ == "__main__":
    lack("seccomp", "landlock")
    zygote.main(main, *(int(argument) for argument in sys.argv[1:3]))
