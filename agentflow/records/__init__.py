"""The nouns as plain, frozen data: what the rooms hand to each other. No behaviour, no I/O."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

from .graphs import Graph as Graph
from .graphs import Node as Node
from .graphs import Part as Part
from .graphs import ToolUse as ToolUse
from .people import DEFAULT_TENANT as DEFAULT_TENANT
from .people import LOCAL as LOCAL
from .people import Act as Act
from .people import AuditState as AuditState
from .people import Channel as Channel
from .people import Key as Key
from .people import NewKey as NewKey
from .people import Principal as Principal
from .people import Role as Role
from .people import Tenant as Tenant
from .shown import Shown
from .usage import Spent as Spent
from .usage import Usage as Usage
from .usage import total as total

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict with string keys."""

Risk = Literal["low", "medium", "high"]
Effect = Literal["read", "idempotent", "once"]
Review = Literal["never", "risky", "always"]
Severity = Literal["error", "warning"]
GoalStatus = Literal["planning", "planned", "review", "refused", "started", "failed", "cancelled"]
RunStatus = Literal["queued", "running", "sleeping", "waiting", "paused", "completed", "failed", "cancelled"]
FeedbackKind = Literal["changes", "failed", "rejected", "paused"]
Missed = Literal["skip", "once"]
ApprovalKind = Literal["call", "ask", "outcome"]
Action = Literal["approve", "reject", "answer", "happened", "not_happened"]
"""What may be said to a question."""
ApprovalStatus = Literal["pending", "approved", "rejected", "answered", "expired", "withdrawn"]

FINISHED: frozenset[RunStatus] = frozenset({"completed", "failed", "cancelled"})

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """`prefix` and twelve random characters (60 bits) that read well aloud: no i, l, o, u."""
    return f"{prefix}_" + "".join(secrets.choice(_ALPHABET) for _ in range(12))


def own_id(tenant: str, id: str) -> str:
    """The id of a run as it is stored, where it was given: each tenant has all names for itself. In `default`, which
    has the database, it is as it was given; elsewhere the tenant stands before it, whether that was given or not."""
    return id if tenant == DEFAULT_TENANT else f"{tenant}.{id.removeprefix(f'{tenant}.')}"


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """What may be known of a tool outside the process that holds it: plain data, sent to guests and models."""

    name: str
    description: str
    parameters: Json
    """JSON schema of the arguments: an object with `properties` and `required`."""
    returns: Json
    """JSON schema of the result, `{}` where unknown."""
    risk: Risk = "low"
    effect: Effect = "once"
    approval: Literal["never", "always", "predicate"] = "never"


@dataclass(frozen=True, slots=True)
class Finding(Shown):
    """One thing wrong with a plan: where, what, and what to write instead."""

    code: str
    severity: Severity
    line: int
    column: int
    message: str
    advice: str
    suppressed: str | None = None
    """Where a comment of the source silences it: the reason that it gives. Only warnings are."""


@dataclass(frozen=True, slots=True)
class Compiled(Shown):
    """What the throw-away guest says of a source: findings and, where none is an error, an opaque blob."""

    findings: tuple[Finding, ...]
    blob: bytes | None
    entry: str | None
    """Name of the workflow class."""
    tools: tuple[str, ...] = ()
    """Names of the tools that the source calls."""
    graph: Graph | None = None


@dataclass(frozen=True, slots=True)
class AgentLimits:
    """What the plans of one agent may use, where that is its own affair. None: what `[limits]` says for all."""

    turn_seconds: float | None = None
    turn_cpu_seconds: float | None = None
    guest_memory_mb: int | None = None
    turn_bytes: int | None = None
    turn_commands: int | None = None
    steps: int | None = None
    result_bytes: int | None = None
    state_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who may decide as well, once a question has waited so many seconds."""

    after: float
    to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApprovalPolicy:
    """Who may decide what the runs of an agent ask. What a plan wishes only narrows it."""

    approvers: tuple[str, ...] = ()
    """Names, or `role:admin`; empty: everybody with the role approver."""
    quorum: int = 1
    """How many have to agree to calls."""
    no_self: bool | None = None
    """Whether nobody agrees to what they asked for themselves. None: where more than one has to agree."""
    due: float | None = None
    """Seconds after which a question is overdue; it stays open."""
    escalate: Escalation | None = None


@dataclass(frozen=True, slots=True)
class Agent(Shown):
    """Who pursues goals: a model, what it is told, and what its plans may do."""

    id: str
    tenant: str
    name: str
    model: str
    instructions: str
    tools: tuple[str, ...]
    """Granted tools: exact names or patterns such as `orders.*`."""
    review: Review
    repairs: int
    created_at: float
    archived_at: float | None = None
    agents: tuple[str, ...] = ()
    """Agents that this one may delegate to: exact names or patterns."""
    limits: AgentLimits = AgentLimits()
    hosts: tuple[str, ...] = ()
    """Where its plans may send requests to: `api.example.com`, `*.example.com`, `example.com:8443`."""
    fallback_model: str | None = None
    """Asked where the model is overloaded, and for the last answer to a goal."""
    plan_tokens: int | None = None
    """What the answers to one goal may take, tokens in and out. None: what `[planning]` says for all."""
    plan_cost: float | None = None
    """What they may cost, in US dollars."""
    approvals: ApprovalPolicy = ApprovalPolicy()


RunningRuns = Literal["pause", "leave", "cancel", "rollback"]
"""What becomes of the runs of a version that is revoked; `rollback` cancels them once what they did is undone."""


@dataclass(frozen=True, slots=True)
class PlanVersion(Shown):
    """Checked code of an agent, never changed. `entry` is its class, `api` and `python` what it is pinned to."""

    agent: str
    number: int
    sha256: str
    source: str
    entry: str
    author: str
    """`model:anthropic:...`, or the principal that registered it."""
    prompt: str | None
    """Prompt id, version and digest, where a model wrote it."""
    goal: str | None
    tools: tuple[str, ...]
    api: int
    python: str
    created_at: float
    findings: tuple[Finding, ...] = ()
    revoked_at: float | None = None
    reviewed: bool = True
    reviewed_by: str | None = None
    """The person who approved it, where one did."""
    revoked_by: str | None = None
    revoked_why: str | None = None


@dataclass(frozen=True, slots=True)
class Pinned:
    """How many runs are of a version, and how many of those have not ended."""

    version: int
    runs: int
    going: int


@dataclass(frozen=True, slots=True)
class Attempt(Shown):
    """One answer of the model to a goal, and what the checks said of it."""

    number: int
    model: str
    prompt: str
    reply: str | None
    source: str | None
    findings: tuple[Finding, ...]
    usage: Usage
    error: str | None
    started_at: float
    ended_at: float | None
    tools: str | None = None
    """Digest of the tools as the model saw them."""
    basis: str | None = None
    """Digest of all that the plan was to be written from: a goal with the same one may take the same plan."""
    cost: float | None = None
    """US dollars by the list prices of that time, None where the model has no price."""
    fallback: str | None = None
    """Why another model could not answer, where this one stepped in for it."""
    trial: Json = None
    """What a trial of its plan has shown (`trial.report.Trial.summary`), None where there was none."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a model is told before one of its answers, beside what the checks found."""

    before: int
    """The number of the answer that comes after it."""
    kind: FeedbackKind
    text: str | None
    """The person's words."""
    by: str
    at: float
    run: str | None = None
    """The run that it is about."""
    version: int | None = None
    """The plan that is to be changed."""
    happened: Json = None
    """How far that run came: `status`, `error`, `steps`; without what is sensitive."""


@dataclass(frozen=True, slots=True)
class Goal(Shown):
    """What a person wants, and what became of it. `version` and `run` are what it has led to."""

    id: str
    tenant: str
    agent: str
    text: str
    payload: Json
    status: GoalStatus
    plan_only: bool
    reason: str | None
    version: int | None
    run: str | None
    created_by: str
    created_at: float
    updated_at: float
    attempts: tuple[Attempt, ...] = ()
    progress: str | None = None
    parent: str | None = None
    """The run that delegated it; `parent_step` is the step that waits for it, `root` the first run of the tree."""
    parent_step: str | None = None
    root: str | None = None
    depth: int = 0
    basis: str | None = None
    """Of the plan that was accepted: see `Attempt.basis`."""
    reused: str | None = None
    """The goal for which its plan was written, where no model was asked."""
    share_payload: bool = False
    """Whether the model sees the payload's values, and not only its keys and types."""
    feedback: tuple[Feedback, ...] = ()
    """What was said to the model between its answers, in order."""
    revises: str | None = None
    """The run whose plan it writes anew. Where that run goes on with the new version, it is `run`, too."""


@dataclass(frozen=True, slots=True)
class Move:
    """That from this generation on, a run is of another version than before."""

    generation: int
    before: int
    version: int
    at: float
    by: str


@dataclass(frozen=True, slots=True)
class Run(Shown):
    """One execution of one version. `goal` has led to it; `result` is what it returned, `error` with what it failed."""

    id: str
    tenant: str
    agent: str
    version: int
    generation: int
    status: RunStatus
    reason: Json
    """What it waits for (`for`, `since`, `until`, `line`), or why it is paused; None otherwise."""
    payload: Json
    goal: str | None
    created_by: str
    created_at: float
    updated_at: float
    ended_at: float | None = None
    result: Json = None
    error: Json = None
    parent: str | None = None
    """The run that delegated it; `parent_step` is the step that waits for it, `root` the first run of the tree."""
    parent_step: str | None = None
    root: str | None = None
    depth: int = 0
    schedule: Json = None
    """Of a scheduled run: `name`, `cron`, `scheduled_at`, encoded; what the plan sees as `event.schedule`."""
    progress: Json = None
    """What the plan said last: `message`, `fraction`, `at`."""
    rollback: Json = None
    """What was undone and what was not: `outcome` (complete, failed), `undone`, `left`, `error`."""
    inherited: Json = None
    """After a restart from a step: the generation in which each step that was taken over was first started."""
    begun: Json = None
    """After it was moved to another version: since when those steps are that it started anew, and had before."""
    spent_before: Json = None
    """What models were asked for in earlier generations, and is not in the history of this one: see `Spent`."""
    moves: tuple[Move, ...] = ()
    """Where its code became another version; `version` is that of its generation now."""


@dataclass(frozen=True, slots=True)
class Delegation:
    """What is handed to another agent: a goal in words, or else a payload for its newest plan."""

    parent: Run
    step: str
    agent: str
    goal: str | None
    payload: Json
    goal_id: str
    run_id: str


@dataclass(frozen=True, slots=True)
class Schedule(Shown):
    """Times at which runs start by themselves: `cron` in a `zone`, or once, `at` a moment."""

    id: str
    tenant: str
    agent: str
    name: str
    version: int | None
    """The version that its runs are of; None for the newest that may run when the time comes."""
    cron: str | None
    at: float | None
    zone: str
    missed: Missed
    """What comes of times at which nobody could start a run: nothing, or one run for all of them."""
    payload: Json
    paused: bool
    next_at: float | None
    """None while it is paused, and where no time is left."""
    last_at: float | None
    """The time for which a run was started last, or should have been."""
    last_run: str | None
    reason: str | None
    """Why the last time started no run."""
    created_by: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Phase:
    """A state that a step was in for a while: each attempt at it is one, and so is what it waited for."""

    state: str
    since: float
    until: float | None = None
    """None: it is in it now."""
    attempt: int | None = None
    """The number of the attempt, where it is one."""
    error: Json = None
    """What the attempt failed with: `type`, `message`, `fault`; `unknown`, where nobody knows whether it happened;
    `final`, where no other one would help."""


@dataclass(frozen=True, slots=True)
class StepView(Shown):
    """A step as people see it, folded from the run's history."""

    key: str
    kind: str
    name: str
    occurrence: int
    state: str
    attempts: int
    started_at: float
    ended_at: float | None
    tool: str | None = None
    args: Json = None
    result: Json = None
    error: Json = None
    line: int | None = None
    due: float | None = None
    spent: Spent | None = None
    """What models took that it asked, as far as its attempts came to an end. None where it asked none."""
    phases: tuple[Phase, ...] = ()
    """What it went through, in order."""
    asked: Json = None
    """What the plan asked for beside a call: how often to try, how long and for what to wait, what to say."""


@dataclass(frozen=True, slots=True)
class Call:
    """A tool and its arguments, as they cross borders: JSON with tags."""

    tool: str
    args: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Approval(Shown):
    """A question to people. `digest` stands for all that they are shown; `step` is what waits for it."""

    id: str
    tenant: str
    agent: str
    version: int
    run: str
    generation: int
    step: str
    kind: ApprovalKind
    question: str
    details: Json
    calls: tuple[Call, ...]
    """The calls that will be made: as they were asked about, or as somebody has edited them since."""
    digest: str
    schema: Json
    """JSON schema of the answer, for `ask`."""
    default: Json
    """`{"value": ...}` where `ask` has a default, else None."""
    risk: Risk
    status: ApprovalStatus
    created_at: float
    expires_at: float | None
    decided_at: float | None = None
    decided_by: str | None = None
    comment: str | None = None
    decision: Json = None
    line: int | None = None
    """The line of the plan that waits."""
    approvers: tuple[str, ...] = ()
    """Who should decide, as the plan wishes."""
    quorum: int = 1
    """How many should agree, as the plan wishes."""
    editable: bool = False
    """Whether arguments may be changed: the plan asked about these calls, and takes them from the approval."""
    original: tuple[Call, ...] | None = None
    """The calls as they were asked about, where they have been edited."""
    sensitive: bool = False
    """Whether the plan hides arguments and result from everybody but those who may decide."""
    verdicts: int = 0
    """How many decisions are stored."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A decision as it was stored: who, when, from where, on what. Never changed."""

    approval: str
    number: int
    at: float
    who: str
    channel: str
    """From where, as `Principal.channel` says; empty where that was not kept."""
    action: Action
    comment: str | None
    value: Json
    """The answer, or the result of what happened, as encoded JSON."""
    seen: str | None
    """The digest that they saw. None of decisions from before these were kept."""
    digest: str | None
    """The digest of what they agreed to: another one than they saw, where they edited the calls."""
    calls: tuple[Call, ...] | None = None
    """The calls as they edited them."""
