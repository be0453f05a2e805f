"""agentflow.toml: where it is found, what may stand in it, and what is wrong with it in one line."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import UsageError
from ..records import AgentLimits, ApprovalPolicy, Escalation
from .faults import complaint, one_line
from .tables import (
    AgentLimitSettings,
    AgentSettings,
    ApprovalSettings,
    EngineSettings,
    EscalationSettings,
    HttpSettings,
    Limits,
    LogSettings,
    NotifySettings,
    Planning,
    PriceSettings,
    ProviderSettings,
    Retention,
    SecretSettings,
    ServeSettings,
    Settings,
    duration,
    place_of,
)

__all__ = [
    "FILE",
    "UNSAFE",
    "AgentLimitSettings",
    "AgentSettings",
    "ApprovalSettings",
    "EngineSettings",
    "EscalationSettings",
    "HttpSettings",
    "Limits",
    "LogSettings",
    "NotifySettings",
    "Planning",
    "PriceSettings",
    "ProviderSettings",
    "Retention",
    "SecretSettings",
    "ServeSettings",
    "Settings",
    "agent_limits",
    "approval_policy",
    "duration",
    "given_place",
    "load",
    "policy_of",
    "unsafe",
    "with_engine",
]

FILE = "agentflow.toml"
UNSAFE = "AGENTFLOW_UNSAFE_SANDBOX"
"""The environment variable that, set to 1, lets plans run where this machine cannot confine them."""


def unsafe() -> bool:
    """Whether plans run where this machine cannot confine them."""
    return os.environ.get(UNSAFE) == "1"


def load(start: Path | None = None) -> Settings:
    """The settings of AGENTFLOW_CONFIG, else of the nearest agentflow.toml from `start` (the current folder) upwards.

    AGENTFLOW_DB wins over the file's `db`, and starts at the current folder; AGENTFLOW_ENGINE and AGENTFLOW_RESTATE_URL
    win over its `[engine]`.
    """
    here = (start or Path.cwd()).resolve()
    file = _find(here)
    values = _read(file) if file else {}
    if database := os.environ.get("AGENTFLOW_DB"):
        values["db"] = str(given_place("AGENTFLOW_DB", database, Path.cwd()))
    try:
        settings = Settings.model_validate({**values, "folder": file.parent if file else here})
    except ValidationError as error:
        raise UsageError(f"{file}: {one_line(error, Settings)}") from None
    return with_engine(settings, {name: os.environ.get(name) for name in ("AGENTFLOW_ENGINE", "AGENTFLOW_RESTATE_URL")})


def given_place(by: str, given: Path | str, folder: Path) -> Path | str:
    """Where a database is that somebody named. Raises `UsageError`, which says who it was."""
    try:
        return place_of(given, folder)
    except ValueError as error:
        raise UsageError(f"{by}: {error}") from None


_ENGINE = {
    "AGENTFLOW_ENGINE": "kind",
    "--engine": "kind",
    "AGENTFLOW_RESTATE_URL": "restate_url",
    "--restate-url": "restate_url",
}
"""Who else says something of the engine, and what."""


def with_engine(settings: Settings, said: Mapping[str, str | None]) -> Settings:
    """The same, with what was said of the engine elsewhere than in the file."""
    for by, value in said.items():
        if value:
            engine = {**settings.engine.model_dump(exclude_unset=True), _ENGINE[by]: value}
            try:
                settings = settings.model_copy(update={"engine": EngineSettings.model_validate(engine)})
            except ValidationError as error:
                raise UsageError(f"{by}: {complaint(error.errors()[0], EngineSettings)}") from None
    return settings


def agent_limits(given: Mapping[str, object]) -> AgentLimits:
    """Limits of one agent by name. Raises `UsageError` for those that there are not, or that cannot be."""
    try:
        return AgentLimits(**AgentLimitSettings.model_validate(dict(given)).model_dump())
    except ValidationError as error:
        raise UsageError(f"limit {one_line(error, AgentLimitSettings)}") from None


def approval_policy(given: Mapping[str, object]) -> ApprovalPolicy:
    """Who may decide, from what was said of it. Raises `UsageError` for what there is not, or cannot be."""
    try:
        said = ApprovalSettings.model_validate(dict(given)).model_dump()
    except ValidationError as error:
        raise UsageError(f"approvals: {one_line(error, ApprovalSettings)}") from None
    return policy_of(said)


def policy_of(said: Mapping[str, Any]) -> ApprovalPolicy:
    """A policy from plain data that is known to be right; what is not said is as by default."""
    later = said.get("escalate")
    escalate = Escalation(later["after"], tuple(later["to"])) if later else None
    return ApprovalPolicy(**{**said, "approvers": tuple(said.get("approvers", ())), "escalate": escalate})


def _find(here: Path) -> Path | None:
    if named := os.environ.get("AGENTFLOW_CONFIG"):
        file = Path(named).expanduser().resolve()
        if not file.is_file():
            raise UsageError(f"{file} is not a file; AGENTFLOW_CONFIG names it: correct or unset that variable")
        return file
    found = next((file for folder in (here, *here.parents) if (file := folder / FILE).exists()), None)
    if found is not None and not found.is_file():
        raise UsageError(f"{found} is not a file: settings are read from it, so give what is there another name")
    return found


def _read(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{file} is not TOML: {error}") from error
    except RecursionError:
        raise UsageError(f"{file} is nested too deeply: make it flatter") from None
    if "folder" in values:
        raise UsageError(f"{file}: folder: no such key; the file's own folder is taken")
    return values
