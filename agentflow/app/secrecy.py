"""What an open house does about secrets: knows them, keeps them out of its logs, and says which tools lack one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager

from ..agent.starting import pins
from ..llm import Models
from ..redaction import Hiding, Redactor
from ..registry import API, python
from ..settings import Settings
from ..tools import Tool, Toolbox
from ..tools.secrets import Given, Secrets

log = logging.getLogger("agentflow.secrets")

KEY = 16
"""Characters of the shortest key of a provider that is taken for a secret: local servers are content with any word."""
LOGGERS = (
    "agentflow.chronicle",
    "agentflow.engine",
    "agentflow.feeds",
    "agentflow.moving",
    "agentflow.notices",
    "agentflow.retention",
    "agentflow.sandbox",
    "agentflow.schedules",
    "agentflow.secrets",
    "agentflow.serve",
    "agentflow.store",
    "agentflow.trials",
    "agentflow.web",
    "agentflow.worker",
)
"""All that there are."""


def secrets_of(settings: Settings, given: Given | None, models: Models, tools: Toolbox, redact: Redactor) -> Secrets:
    """The sources of secrets. The redactor knows what they hold for these tools, and the keys of models."""
    secrets = Secrets(settings.secrets, settings.folder, given, redact)
    secrets.learn(name for tool in _wanting(tools) for name in tool.secrets)
    for name, key in models.keys().items():
        if len(key) >= KEY:
            redact.learn(name, key)
    return secrets


def fits(tools: Toolbox, lacking: Set[str]) -> Callable[[Sequence[str]], bool]:
    """Whether this worker has what an id needs.

    A tool without its secret is none: runs that may call it wait for a worker that has it, since one that slept for
    weeks should not fail because it woke up in the wrong place. Goals, which call no tool, are planned nevertheless.
    """
    pinned = {*pins(python(), API)}
    known = {*tools.names(), *pinned}
    able = known - lacking
    return lambda needs: set(needs) <= (known if pinned.isdisjoint(needs) else able)


def lacking(tools: Toolbox, secrets: Secrets) -> set[str]:
    """The tools that lack a secret here. Logs what that means."""
    found = {tool: secrets.lacks(tool) for tool in _wanting(tools)}
    for tool, names in found.items():
        for name in names:
            log.warning(
                "runs that may call %s wait for a worker that has the secret %s; to run them here, %s",
                tool.spec.name,
                name,
                secrets.repair(name),
            )
    return {tool.spec.name for tool, names in found.items() if names}


def wants(tools: Toolbox, secrets: Secrets, name: str) -> list[str]:
    """What a worker needs for a tool that no worker has: the tool itself, or its secrets, as far as they lack here."""
    if name not in tools.names():
        return [f"the tool {name}, which is not here"]
    lacks = [f"the secret {one} of {name}: {secrets.repair(one)}" for one in secrets.lacks(tools.get(name))]
    return lacks or [f"the tool {name}"]


async def wanted(tools: Toolbox, secrets: Secrets) -> dict[str, dict[str, bool]]:
    """Of each tool that names secrets: which, and whether this process has them."""
    return {tool.spec.name: {name: await secrets.has(name) for name in tool.secrets} for tool in _wanting(tools)}


@contextmanager
def hidden(redact: Redactor) -> Iterator[None]:
    """Meanwhile no secret gets into the house's logs, whoever writes them where."""
    hiding = Hiding(redact)
    for name in LOGGERS:
        logging.getLogger(name).addFilter(hiding)
    try:
        yield
    finally:
        for name in LOGGERS:
            logging.getLogger(name).removeFilter(hiding)


def _wanting(tools: Toolbox) -> list[Tool]:
    return [tool for name in tools.names() if (tool := tools.get(name)).secrets]
