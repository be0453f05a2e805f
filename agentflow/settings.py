"""agentflow.toml: where it is found, what may stand in it, and what is wrong with it in one line."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Self, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from .errors import UsageError
from .guest import frames
from .records import DEFAULT_TENANT, AgentLimits, ApprovalPolicy, Escalation, Review

FILE = "agentflow.toml"
UNSAFE = "AGENTFLOW_UNSAFE_SANDBOX"
"""The environment variable that, set to 1, lets plans run where this machine cannot confine them."""

Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Count = Annotated[int, Field(gt=0)]
TurnSeconds = Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)]
Megabytes = Annotated[int, Field(ge=64, le=65_536)]
"""An interpreter does not start in less than 64."""
TurnBytes = Annotated[int, Field(ge=1_024, le=frames.LIMIT)]
ValueBytes = Annotated[int, Field(gt=0, le=4_000_000)]
"""A value must fit into a frame, with what is said around it."""
StateBytes = Annotated[int, Field(gt=0, le=1_073_741_824)]
Many = Annotated[int, Field(gt=0, le=1_000_000)]
Quorum = Annotated[int, Field(ge=1, le=100)]
Approver = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^\S(.*\S)?$")]
Repairs = Annotated[int, Field(ge=0, le=20)]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]
"""US dollars."""
Money = Annotated[float, Field(gt=0, allow_inf_nan=False)]

_DURATION = re.compile(r"\s*(\d{1,9}(?:\.\d{1,3})?)\s*(s|m|h|d|w|seconds?|minutes?|hours?|days?|weeks?)\s*")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def duration(given: object) -> float:
    """The seconds of a length of time as people write it: `30 days`, `12h`, or a number of seconds."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return float(given)
    words = _DURATION.fullmatch(given) if isinstance(given, str) else None
    if words is None:
        raise ValueError(f"{given!r} is no length of time: write it as in '30 days', '12h' or 90 (seconds)")
    return float(words[1]) * _UNITS[words[2][0]]


Duration = Annotated[Seconds, BeforeValidator(duration)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PriceSettings(_Table):
    """`[models.NAME.prices."MODEL"]`: what a million tokens cost, in US dollars."""

    input: Price
    """Of what is said to the model."""
    output: Price
    """Of what it answers."""
    cached: Price | None = None
    """Of input that the provider read from its cache; without it, what input costs."""
    written: Price | None = None
    """Of input that the provider wrote into its cache; without it, what input costs."""


class ProviderSettings(_Table):
    """`[models.NAME]`: how one provider of models is reached."""

    base_url: str | None = Field(default=None, pattern=r"^https?://\S+$")
    """Where its server is, where that is not the provider's own: `http://localhost:11434/v1`."""
    api_key_env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """The environment variable that holds the key; the key itself never stands in the file."""
    timeout: Seconds = 120.0
    """Seconds after which a silent provider is given up; of `exec`, until it has answered."""
    prices: dict[str, PriceSettings] = {}
    """Before those of the list that comes with agentflow."""
    commands: list[str] = []
    """Of `exec`: the command lines that agents may have as their models."""


class AgentLimitSettings(_Table):
    """`[agents.NAME.limits]`: the limits of one agent that are others than `[limits]` says."""

    turn_seconds: TurnSeconds | None = None
    turn_cpu_seconds: TurnSeconds | None = None
    guest_memory_mb: Megabytes | None = None
    turn_bytes: TurnBytes | None = None
    turn_commands: Many | None = None
    steps: Many | None = None
    result_bytes: ValueBytes | None = None
    state_bytes: StateBytes | None = None


class EscalationSettings(_Table):
    """`[agents.NAME.approvals.escalate]`: who may decide as well, once a question has waited that long."""

    after: Duration
    """How long after it was asked."""
    to: list[Approver] = Field(min_length=1)
    """Names of people or keys."""


class ApprovalSettings(_Table):
    """`[agents.NAME.approvals]`: who may decide what the runs of an agent ask."""

    approvers: list[Approver] = []
    """Names of people or keys; without them, everybody with the role approver."""
    quorum: Quorum = 1
    """How many have to agree to calls."""
    no_self: bool | None = None
    """Whether nobody agrees to what they asked for; without it, where more than one has to agree."""
    due: Duration | None = None
    """After which time a question is overdue. It stays open."""
    escalate: EscalationSettings | None = None
    """Who may decide as well, once a question has waited for long."""

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        able = {*self.approvers, *(self.escalate.to if self.escalate else ())}
        if self.approvers and len(able) < self.quorum:
            raise ValueError(f"quorum: {self.quorum} have to agree, and only {len(able)} may: name more approvers")
        return self


class AgentSettings(_Table):
    """`[agents.NAME]`: an agent to create or update."""

    model: str = Field(min_length=1)
    """`anthropic:MODEL`, `openai:MODEL`, `openai-chat:MODEL`, `exec:COMMAND`, `offline:demo` or `offline:./FOLDER`."""
    instructions: str = ""
    """What the model is told of its job, with every goal."""
    tools: list[str] = []
    """The tools that its plans may call: names or patterns such as `orders.*`."""
    agents: list[str] = []
    """The agents that its plans may delegate to: names or patterns."""
    hosts: list[str] = []
    """Where its plans may send requests to: `api.example.com`, `*.example.com`."""
    limits: AgentLimitSettings = AgentLimitSettings()
    """Those that are others than `[limits]` says."""
    approvals: ApprovalSettings = ApprovalSettings()
    """Who may decide what its runs ask."""
    review: Review = "risky"
    """When a person reads a plan before it runs."""
    repairs: Repairs | None = None
    """How often its model may mend a plan; without it, what `[planning]` says, as with the next two."""
    plan_tokens: Count | None = None
    """What the answers to one goal may take, in and out."""
    plan_cost: Money | None = None
    """What they may cost, in US dollars by list prices."""
    fallback_model: str | None = Field(default=None, min_length=1)
    """Asked where the model is overloaded, and for the last answer to a goal."""


class Planning(_Table):
    """`[planning]`: what the answers to one goal may take, for agents that have no budget of their own."""

    repairs: Repairs = 3
    """How often a model may mend its plan."""
    tokens: Count | None = None
    """Tokens in and out, of all answers together."""
    cost: Money | None = None
    """US dollars, by list prices."""


class Limits(_Table):
    """`[limits]`: what plans, tools and workers may use."""

    turn_seconds: TurnSeconds = 10.0
    """Wall clock of one turn of a plan."""
    turn_cpu_seconds: TurnSeconds = 10.0
    """Processor time of one turn."""
    guest_memory_mb: Megabytes = 256
    """Address space of a plan's process."""
    turn_bytes: TurnBytes = 4 * 1_048_576
    """What a plan may say in one turn: its commands with their arguments, its result."""
    turn_commands: Many = 1_000
    """Steps that one turn may start."""
    result_bytes: ValueBytes = 1_048_576
    """Size of one stored value: a result, a payload, an event, the arguments of a call."""
    state_bytes: StateBytes = 16 * 1_048_576
    """Size of all that is stored of one generation of a run, unread events included."""
    steps: Many = 10_000
    """Steps that one generation of a run may start."""
    guests_memory_mb: Count = 1536
    """Memory of all processes of plans together, of one worker: beyond, those without runs end."""
    delegations: Count = 100
    """Runs and goals that one run, and all that it leads to, may delegate together."""
    concurrent: Count = 200
    """Runs and goals that one worker has in its hands at a time; what sleeps or waits does not count."""
    per_agent: Count | None = None
    """Runs of one agent that all workers have in their hands at a time."""
    queued: Count = 100_000
    """Runs and goals that may wait for a worker; beyond, none is started."""
    linger_seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 2.0
    """How long an idle activation stays in memory."""


class SecretSettings(_Table):
    """`[secrets]`: where tools' secrets come from."""

    file: str | None = Field(default=None, min_length=1)
    """A TOML file of names and values, which nobody else may read. It comes before the environment."""
    prefix: str = Field(default="", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    """How the names of the environment variables begin that hold secrets."""


class HttpSettings(_Table):
    """`[http."HOST"]`: what the tools of `http` send to this host beside what a plan says."""

    headers: dict[str, str] = {}
    """`{NAME}` stands for a secret: `Authorization = "Bearer {API_TOKEN}"`."""


class LogSettings(_Table):
    """`[log]`: what `agentflow worker` and `agentflow serve` write on standard error. AGENTFLOW_LOG wins."""

    format: Literal["plain", "json"] = "plain"
    """Lines for people, or a JSON document for each thing that happens."""


class Retention(_Table):
    """`[retention]`: how long finished runs are kept; what is not said is kept for ever."""

    completed: Duration | None = None
    """After this time completed runs are forgotten, with their history."""
    failed: Duration | None = None
    """The same of failed and cancelled ones."""


class NotifySettings(_Table):
    """`[notify.NAME]`: a way on which people hear that something waits for them."""

    kind: Literal["webhook", "slack", "mail"]
    """What it is, which says what else it needs."""
    url: str | None = Field(default=None, pattern=r"^https?://[^\s/]+\S*$")
    """Of a webhook."""
    secret: str | None = Field(default=None, min_length=1)
    """The name of a secret: what a webhook is signed with, a Slack incoming webhook's address, a mail server's
    password."""
    after: Duration | None = None
    """How long it waits to see whether somebody decides; without it, not at all."""
    server: str | None = Field(default=None, min_length=1)
    """The mail server."""
    port: Annotated[int, Field(gt=0, lt=65_536)] = 587
    """Its port."""
    tls: bool = True
    """Whether the connection is made safe with STARTTLS."""
    user: str | None = Field(default=None, min_length=1)
    """Who logs in there, with `secret` for the password; without it, nobody does."""
    sender: str | None = Field(default=None, pattern=r"^[^\s@]+@[^\s@]+$")
    """From whom its mails are."""
    to: list[Annotated[str, Field(pattern=r"^[^\s@]+@[^\s@]+$")]] = []
    """To whom they go."""
    person: Approver | None = None
    """Whom alone it reaches, by the name of a key: it hears only of what that person could decide."""
    tenant: str = Field(default=DEFAULT_TENANT, min_length=1)
    """Whose key that is."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        needs = {"webhook": ("url", "secret"), "slack": ("secret",), "mail": ("server", "sender", "to")}[self.kind]
        if lacking := [name for name in (*needs, *(("secret",) if self.user else ())) if not getattr(self, name)]:
            raise ValueError(f"a {self.kind} needs {' and '.join(lacking)}")
        if self.person is None and self.tenant != DEFAULT_TENANT:
            raise ValueError("tenant: it is that of a person: name one (`person`), or leave it out")
        return self


class ServeSettings(_Table):
    """`[serve]`: what each tenant may ask of the HTTP service."""

    body_bytes: Count = 2_097_152
    """Size of a request's body: a value of the largest size that `[limits]` allows, and what is around it."""
    seconds: Seconds = 30.0
    """How long a body may take to come, and a client to read a piece of an answer."""
    rate: Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)] = 500.0
    """Requests a second, on average."""
    burst: Count = 1_000
    """Requests that may come at once."""
    requests: Count = 100
    """Requests that may be open at a time."""
    streams: Count = 500
    """Streams of events that may be open at a time."""
    url: str | None = Field(default=None, pattern=r"^https?://[^\s/?#]+$")
    """Where people reach the service, as a proxy before it is called: links begin with it."""


class Settings(_Table):
    """The whole file; without one, its defaults."""

    db: str = Field(default="agentflow.db", min_length=1)
    """The database, as a path from the file's folder."""
    tools: list[str] = []
    """Files (`tools.py`) and modules (`shop.tools`) that have the tools."""
    models: dict[str, ProviderSettings] = {}
    """How providers of models are reached: `openai`, `openai-chat`, `anthropic`, `exec`."""
    agents: dict[str, AgentSettings] = {}
    """Agents that are made, or brought up to date, when a command starts."""
    planning: Planning = Planning()
    """What the answers to a goal may take."""
    limits: Limits = Limits()
    """What plans, tools and workers may use."""
    retention: Retention = Retention()
    """How long finished runs are kept."""
    log: LogSettings = LogSettings()
    """How workers write their log."""
    secrets: SecretSettings = SecretSettings()
    """Where the secrets of tools come from."""
    http: dict[str, HttpSettings] = {}
    """What `http.get` and `http.request` send along, by host."""
    serve: ServeSettings = ServeSettings()
    """What may be asked of the service."""
    notify: dict[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")], NotifySettings] = {}
    """How people hear that something waits for them, by a name of yours."""
    folder: Path = Field(default_factory=Path.cwd)
    """Where the file was found: relative paths in it start here. Not a key of the file."""

    @property
    def database(self) -> Path:
        """The path of the database."""
        return self.folder / Path(self.db).expanduser()


def unsafe() -> bool:
    """Whether plans run where this machine cannot confine them."""
    return os.environ.get(UNSAFE) == "1"


def load(start: Path | None = None) -> Settings:
    """The settings of AGENTFLOW_CONFIG, else of the nearest agentflow.toml from `start` (the current folder) upwards.

    AGENTFLOW_DB wins over the file's `db`, and starts at the current folder.
    """
    here = (start or Path.cwd()).resolve()
    file = _find(here)
    values = _read(file) if file else {}
    if database := os.environ.get("AGENTFLOW_DB"):
        values["db"] = str(Path.cwd() / Path(database).expanduser())
    try:
        return Settings.model_validate({**values, "folder": file.parent if file else here})
    except ValidationError as error:
        raise UsageError(f"{file}: {_one_line(error)}") from None


def agent_limits(given: Mapping[str, object]) -> AgentLimits:
    """Limits of one agent by name. Raises `UsageError` for those that there are not, or that cannot be."""
    try:
        return AgentLimits(**AgentLimitSettings.model_validate(dict(given)).model_dump())
    except ValidationError as error:
        raise UsageError(f"limit {_one_line(error, AgentLimitSettings)}") from None


def approval_policy(given: Mapping[str, object]) -> ApprovalPolicy:
    """Who may decide, from what was said of it. Raises `UsageError` for what there is not, or cannot be."""
    try:
        said = ApprovalSettings.model_validate(dict(given)).model_dump()
    except ValidationError as error:
        raise UsageError(f"approvals: {_one_line(error, ApprovalSettings)}") from None
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


def _one_line(error: ValidationError, root: type[_Table] = Settings) -> str:
    first, *others = error.errors(include_url=False)
    more = f" (and {len(others)} more)" if others else ""
    place = ".".join(map(str, first["loc"]))
    return f"{place}{': ' if place else ''}{_complaint(first, root)}{more}"


def _complaint(detail: ErrorDetails, root: type[_Table]) -> str:
    if detail["type"] == "extra_forbidden":
        return _unknown_key(detail["loc"], root)
    if detail["type"] == "missing":
        return "is missing; it must be given"
    if detail["type"] == "value_error":
        return str(detail["ctx"]["error"])
    if detail["loc"][-1] == "api_key_env":
        return "must be the name of an environment variable that holds the key, never the key"
    if detail["loc"][-1] == "base_url":
        return "must be an address that starts with http:// or https://"
    return detail["msg"][0].lower() + detail["msg"][1:]


def _unknown_key(place: tuple[int | str, ...], root: type[_Table]) -> str:
    known = sorted(_table(place, root).model_fields.keys() - {"folder"})
    close = difflib.get_close_matches(str(place[-1]), known, n=1)
    return f"no such key; did you mean {close[0]!r}?" if close else f"no such key; known here: {', '.join(known)}"


def _table(place: tuple[int | str, ...], root: type[_Table]) -> type[_Table]:
    """Which table a key stands in: `root`, or the one to which the keys before it lead."""
    kind: Any = root
    for key in place[:-1]:
        kind = get_args(kind)[1] if get_origin(kind) is dict else kind.model_fields[str(key)].annotation
        kind = get_args(kind)[0] if get_origin(kind) is UnionType else kind
    table: type[_Table] = kind
    return table
