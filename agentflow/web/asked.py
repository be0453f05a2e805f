"""What clients send: the bodies of requests, with examples. Values are JSON, with agentflow's tags for other kinds."""

from __future__ import annotations

from typing import Annotated, Any, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, WithJsonSchema

from ..guest.values import decode
from ..records import Action, Json, Missed, Review, RunningRuns, RunStatus

Version = Annotated[int, Field(ge=1, le=2**53)]


Value = Annotated[Any, AfterValidator(decode)]
"""JSON. `{"$datetime": "2026-01-31T12:00:00+00:00"}`, `{"$decimal": "1.50"}` and `{"$bytes": ...}` stand for others."""
Payload = Annotated[Value, WithJsonSchema({"type": "object", "additionalProperties": True})]
"""An object; that it is one is for the verb to say."""


Reviewed = Annotated[Any, WithJsonSchema({"type": "string", "enum": list(get_args(Review))})]
Missing = Annotated[Any, WithJsonSchema({"type": "string", "enum": list(get_args(Missed))})]
"""That it is one of these is for the verb to say, too."""


class _Body(BaseModel):
    """What is not known is refused, so that a misspelt name is not passed over."""

    model_config = ConfigDict(extra="forbid")


def _example(**values: Json) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [values]})


class AgentAsked(_Body):
    """An agent to make, or with `update` to change."""

    model_config = _example(name="refunds", model="anthropic:claude-sonnet-4-5", tools=["orders.*"], review="risky")

    name: str
    model: str
    tools: list[str] = []
    agents: list[str] = []
    instructions: str = ""
    review: Reviewed = "risky"
    repairs: int | None = None
    plan_tokens: int | None = None
    plan_cost: float | None = None
    fallback_model: str | None = None
    limits: dict[str, int | float] = {}
    hosts: list[str] = []
    approvals: dict[str, Any] | None = None
    update: bool = False


class GoalAsked(_Body):
    """A goal for an agent."""

    model_config = _example(agent="refunds", goal="Refund order 17.", payload={"order_id": "17"})

    agent: str
    goal: str
    payload: Payload = None
    plan_only: bool = False
    fresh: bool = False
    share_payload: bool = False


class RunAsked(_Body):
    """A run of an agent's plan. With an id it starts once, however often it is asked for."""

    model_config = _example(agent="refunds", version=3, payload={"order_id": "17"}, id="refund-17")

    agent: str
    version: Version | None = None
    payload: Payload = None
    id: str | None = None


class OneOfMany(_Body):
    """A run of a batch."""

    id: str | None = None
    payload: Payload = None


class BatchAsked(_Body):
    """1 to 1,000 runs in one transaction; those whose id is taken are passed over."""

    model_config = _example(agent="refunds", runs=[{"id": "refund-17", "payload": {"order_id": "17"}}])

    agent: str
    version: Version | None = None
    runs: list[OneOfMany]


class PruneAsked(_Body):
    """Finished runs to forget."""

    model_config = _example(older_than="30 days", status="completed", dry_run=True)

    older_than: str | float
    status: RunStatus | None = None
    dry_run: bool = False


class CancelAsked(_Body):
    """How a run is to end."""

    rollback: bool = False


class RestartAsked(_Body):
    """From where a run is to begin anew: a step, `NAME` or `NAME#K`, or else the start."""

    model_config = ConfigDict(populate_by_name=True)

    from_: str | None = Field(default=None, alias="from")


class EventAsked(_Body):
    """An event for a run."""

    model_config = _example(type="parcel.delivered", payload={"at": "the door"})

    type: str
    payload: Value = None


class SourceAsked(_Body):
    """A plan to check, with the tools of an agent or with all."""

    source: str
    agent: str | None = None


class EditAsked(_Body):
    """A plan as somebody has edited it."""

    source: str


class PlanAsked(_Body):
    """A plan to register."""

    source: str
    author: str | None = None


class CommentAsked(_Body):
    """Why; it is stored."""

    comment: str | None = None


class RevocationAsked(CommentAsked):
    """Why, and what becomes of the runs that there are."""

    model_config = _example(comment="it refunds twice", running="rollback")

    running: RunningRuns = "pause"


class RollbackAsked(_Body):
    """To which version an agent goes back."""

    model_config = _example(to=2)

    to: Version


class ChangesAsked(_Body):
    """What is to be changed."""

    comment: str


class RevisionAsked(_Body):
    """What is to be done otherwise, and what a run is for whose plan no goal has led to."""

    comment: str | None = None
    goal: str | None = None
    plan_only: bool = False


class MigrationAsked(_Body):
    """To which version a run is moved."""

    model_config = _example(to=2, dry_run=True)

    to: Version
    dry_run: bool = False


class MigrationsAsked(MigrationAsked):
    """To which version the runs of an agent are moved: those of version `of`, or of all others."""

    of: Version | None = None


class ReplayAsked(_Body):
    """On which plan's source a history is replayed, and up to which step, `NAME` or `NAME#K`."""

    model_config = _example(to="refund")

    source: str | None = None
    to: str | None = None


class DocumentAsked(ReplayAsked):
    """What `GET /v1/runs/{run}/export` gave, and on which plan's source it is replayed, up to which step."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"document": {"format": "agentflow.run", "version": 1}}]})

    document: dict[str, Any]


class RejectionAsked(_Body):
    """Why a question is rejected, and its run's plan written anew."""

    comment: str
    digest: str | None = None
    goal: str | None = None


class DecisionAsked(_Body):
    """What a person says to a question. With `digest`, only if it still asks about exactly that."""

    model_config = _example(action="approve", comment="fine", digest="3b1f...")

    action: Action
    comment: str | None = None
    value: Value = None
    digest: str | None = None
    args: Value = None
    """With `approve`: other arguments for the call, all of them."""


class OneDecision(DecisionAsked):
    """What a person says to one question of many."""

    model_config = _example(id="approval_3f0c...", action="approve", comment="fine", digest="3b1f...")

    id: str


class DecisionsAsked(_Body):
    """What a person says to many questions, each by itself."""

    decisions: Annotated[list[OneDecision], Field(min_length=1, max_length=1_000)]


class KeyAsked(_Body):
    """A key to make; `expires` says how long it is good, `tenant` whose it is, for those who may make tenants."""

    model_config = _example(name="ci", roles=["operator"], expires="90d")

    name: str
    roles: list[str]
    expires: str | float | None = None
    tenant: str | None = None


class TenantAsked(_Body):
    """A tenant to make. In a sandbox, runs call no tool, but what stands in for it."""

    model_config = _example(name="acme", sandbox=False)

    name: str
    sandbox: bool = False


class ScheduleAsked(_Body):
    """When runs of an agent's plan start by themselves: `cron`, or once `at` a moment, both meant in `zone`."""

    model_config = _example(agent="reports", name="nightly", cron="0 3 * * *", zone="Europe/Vienna")

    agent: str
    name: str
    cron: str | None = None
    at: str | float | None = None
    payload: Payload = None
    zone: str = "UTC"
    missed: Missing = "skip"
    version: Version | None = None
    update: bool = False


class Window(_Body):
    """Which part of a list is asked for."""

    agent: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    text: str | None = None
    limit: Annotated[int, Field(ge=1, le=1_000)] = 100
    cursor: str | None = None
