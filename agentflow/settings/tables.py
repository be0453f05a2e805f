"""The tables of agentflow.toml, and what values they take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ..guest import frames
from ..records import DEFAULT_TENANT, Review
from ..records.places import is_server

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


def place_of(given: Path | str, folder: Path) -> Path | str:
    """Where a database is: a path from this folder, or the address of a server. Raises `ValueError`."""
    if is_server(given):
        return _checked(str(given))
    if _ADDRESS.match(str(given)):
        scheme = str(given).partition(":")[0]
        raise ValueError(f"{scheme}: is no database for agentflow: give a file, or an address with postgresql://")
    return folder / Path(given).expanduser()


def _checked(address: str) -> str:
    """An address of which it is clear what is the password: whoever called it would tell a part of it otherwise."""
    if address.partition("?")[0].count("@") > 1 or "@" in urlsplit(address).path:
        raise ValueError("an @ or / in the password of an address is written as %40 or %2F, else it cannot be read")
    return address


_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")


def _bare(address: object) -> object:
    """Without the slash at its end."""
    return address.rstrip("/") if isinstance(address, str) else address


Duration = Annotated[Seconds, BeforeValidator(duration)]
Web = Annotated[str, Field(pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"), BeforeValidator(_bare)]
"""An address without a question."""


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PriceSettings(Table):
    """`[models.NAME.prices."MODEL"]`: what a million tokens cost, in US dollars."""

    input: Price
    """Of what is said to the model."""
    output: Price
    """Of what it answers."""
    cached: Price | None = None
    """Of input that the provider read from its cache; without it, what input costs."""
    written: Price | None = None
    """Of input that the provider wrote into its cache; without it, what input costs."""


class ProviderSettings(Table):
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


class AgentLimitSettings(Table):
    """`[agents.NAME.limits]`: the limits of one agent that are others than `[limits]` says."""

    turn_seconds: TurnSeconds | None = None
    turn_cpu_seconds: TurnSeconds | None = None
    guest_memory_mb: Megabytes | None = None
    turn_bytes: TurnBytes | None = None
    turn_commands: Many | None = None
    steps: Many | None = None
    result_bytes: ValueBytes | None = None
    state_bytes: StateBytes | None = None


class EscalationSettings(Table):
    """`[agents.NAME.approvals.escalate]`: who may decide as well, once a question has waited that long."""

    after: Duration
    """How long after it was asked."""
    to: list[Approver] = Field(min_length=1)
    """Names of people or keys."""


class ApprovalSettings(Table):
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


class AgentSettings(Table):
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


class Planning(Table):
    """`[planning]`: what the answers to one goal may take, for agents that have no budget of their own."""

    repairs: Repairs = 3
    """How often a model may mend its plan."""
    tokens: Count | None = None
    """Tokens in and out, of all answers together."""
    cost: Money | None = None
    """US dollars, by list prices."""


class Limits(Table):
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


class SecretSettings(Table):
    """`[secrets]`: where tools' secrets come from."""

    file: str | None = Field(default=None, min_length=1)
    """A TOML file of names and values, which nobody else may read. It comes before the environment."""
    prefix: str = Field(default="", pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$")
    """How the names of the environment variables begin that hold secrets."""


class HttpSettings(Table):
    """`[http."HOST"]`: what the tools of `http` send to this host beside what a plan says."""

    headers: dict[str, str] = {}
    """`{NAME}` stands for a secret: `Authorization = "Bearer {API_TOKEN}"`."""


class LogSettings(Table):
    """`[log]`: what `agentflow worker` and `agentflow serve` write on standard error. AGENTFLOW_LOG wins."""

    format: Literal["plain", "json"] = "plain"
    """Lines for people, or a JSON document for each thing that happens."""


class Retention(Table):
    """`[retention]`: how long finished runs are kept; what is not said is kept for ever."""

    completed: Duration | None = None
    """After this time completed runs are forgotten, with their history."""
    failed: Duration | None = None
    """The same of failed and cancelled ones."""


class NotifySettings(Table):
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


class ServeSettings(Table):
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


class EngineSettings(Table):
    """`[engine]`: who says which worker works on what, and when."""

    kind: Literal["embedded", "restate"] = "embedded"
    """The workers themselves, on one machine and a file; or Restate, for workers on any number of machines."""
    restate_url: Web | None = None
    """Where Restate takes requests (its ingress): `http://restate:8080`."""
    restate_admin_url: Web | None = None
    """Where Restate is administered; without it, port 9070 of the same host."""
    listen: str = Field(default="0.0.0.0:9080", pattern=r"^[^\s/]+:[0-9]{1,5}$")
    """Where a worker hears Restate."""
    address: Web | None = None
    """How Restate reaches the workers, all of them behind this one address; without it, `listen` on this machine."""
    service: str = Field(default="agentflow", pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,62}$")
    """What the workers are called there, for several installations at one Restate."""
    identity_key: str | None = Field(default=None, pattern=r"^publickeyv1_[A-Za-z0-9]+$")
    """The public key with which Restate signs its requests; those of nobody else are answered then."""
    auth_token: str | None = Field(default=None, pattern=r"^[A-Z_][A-Z0-9_]*$")
    """The name of a secret: the token that Restate's addresses ask for, such as Restate Cloud's."""

    @property
    def admin(self) -> str | None:
        """Where Restate is administered."""
        if self.restate_admin_url or not self.restate_url:
            return self.restate_admin_url
        known = urlsplit(self.restate_url)
        host = known.hostname or ""
        return f"{known.scheme}://{f'[{host}]' if ':' in host else host}:9070"

    @property
    def reached(self) -> str:
        """Where Restate finds the workers."""
        host, _, port = self.listen.rpartition(":")
        near = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104  # it is what is listened on
        return self.address or f"http://{near}:{port}"


class Settings(Table):
    """The whole file; without one, its defaults."""

    db: str = Field(default="agentflow.db", min_length=1)
    """The database: a path from the file's folder, or `postgresql://USER@HOST/NAME`."""
    engine: EngineSettings = EngineSettings()
    """Which engine runs what is due."""
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

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        try:
            place_of(self.db, self.folder)
        except ValueError as error:
            raise ValueError(f"db: {error}") from None
        return self

    @property
    def database(self) -> Path | str:
        """The path of the database, or the address of its server."""
        return place_of(self.db, self.folder)
