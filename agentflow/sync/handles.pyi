"""What type checkers know of `handles.py`. Made by `python -m tests.sync.stub`; see there."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from ..app.approvals import Decided
from ..app.notices import Failings, Notice, State
from ..app.pages import Moment as When
from ..app.pages import Page
from ..app.schedules import Terms
from ..app.sight import Sight
from ..approvals.ruling import Case
from ..graph.diff import PlanDiff
from ..records import (
    Act,
    Agent,
    Approval,
    ApprovalStatus,
    Attempt,
    AuditState,
    Channel,
    Compiled,
    Goal,
    GoalStatus,
    Graph,
    Json,
    Key,
    Missed,
    NewKey,
    Pinned,
    PlanVersion,
    Principal,
    Review,
    Run,
    RunningRuns,
    RunStatus,
    Schedule,
    Spent,
    StepView,
    Tenant,
    ToolSpec,
)
from ..records.moments import Moment, Replay
from ..records.revisions import Migration
from ..tools import Tool
from ..trial import Given, Walk
from ..trial.report import Trial
from .waiting import Waiting
from .watching import Watch

class Doors(Waiting):
    """What can be asked of a house. Each verb asks first whether its principal may."""

    def acting_as(self, principal: Principal) -> Doors:
        """The same open house for somebody else: a tenant's things, and what that principal's roles permit."""

    @property
    def principal(self) -> Principal:
        """Who is asking."""

    def now(self) -> float:
        """What time it is here, in seconds since 1970."""

    @property
    def agents(self) -> Agents: ...
    @property
    def goals(self) -> Goals: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def schedules(self) -> Schedules: ...
    @property
    def trials(self) -> Trials: ...
    @property
    def keys(self) -> Keys: ...
    @property
    def tenants(self) -> Tenants: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def tools(self) -> tuple[ToolSpec, ...]:
        """Every tool that this process can call."""

    def secrets(self) -> dict[str, dict[str, bool]]:
        """Of each tool that names secrets: which, and whether this process has them."""

    def check(self, source: str) -> Compiled:
        """Check a plan against all tools of this process, or, where it has none of its own, against none."""

    def workers(self) -> Sequence[str]:
        """The ids of the workers of this database that are alive."""

    def until_idle(self) -> None:
        """Wait until nothing runs and nothing is due within a minute."""

class Agents(Waiting):
    """The agents of one tenant."""

    def create(
        self,
        name: str,
        *,
        model: str,
        tools: Sequence[str] = ...,
        agents: Sequence[str] = ...,
        instructions: str = "",
        review: Review = "risky",
        repairs: int | None = None,
        plan_tokens: int | None = None,
        plan_cost: float | None = None,
        fallback_model: str | None = None,
        limits: Mapping[str, float] | None = None,
        hosts: Sequence[str] = ...,
        approvals: Mapping[str, Json] | None = None,
        update: bool = False,
    ) -> AgentHandle:
        """Make an agent, or with `update` change the one of that name.

        `tools` are names or patterns (`orders.*`); each must match a tool that exists. `agents` are those that
        its plans may delegate to, names or patterns, of agents that need not exist yet. `limits` are those of its own,
        such as `{"turn_seconds": 2, "steps": 100}`; the others are what `[limits]` says. `hosts` are where its plans
        may send requests to (`api.example.com`, `*.example.com`). `repairs`, `plan_tokens` and `plan_cost` are the
        budget of the answers to one goal; what is not said is what `[planning]` says. `fallback_model` is asked where
        the model's server is overloaded or silent, and for the last answer to a goal. `approvals` says who may decide
        what its runs ask, as in `{"approvers": ["anna", "bert"], "quorum": 2, "no_self": True, "due": "4 hours"}`.
        Raises `UsageError` for what cannot be, `Conflict` where the name is taken.
        """

    def get(self, name: str) -> AgentHandle:
        """The agent of this name. Raises `NotFound`."""

    def list(self, *, archived: bool = False) -> Sequence[Agent]:
        """All agents by name, the archived ones only if asked for."""

    def archive(self, name: str) -> None:
        """Take an agent out of use: no new goals and runs, and its tools may no longer be called."""

class AgentHandle(Waiting):
    """One agent and what can be asked of it."""

    record: Agent

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    def submit(
        self,
        goal: str,
        payload: Json = None,
        *,
        plan_only: bool = False,
        fresh: bool = False,
        share_payload: bool = False,
    ) -> GoalHandle:
        """Give the agent a goal. Workers plan it; `goal.plan()` and `goal.run()` wait for what it leads to.

        The same goal again, with a payload of the same shape, takes the plan that ran for it before, and
        `goal.record.reused` names the goal for which that was written; with `fresh`, a model is asked all the same.
        The model sees the payload's keys and types, and its values only with `share_payload`.
        """

    def register(self, source: str, *, author: str | None = None) -> PlanVersion:
        """Register code that somebody else wrote. Raises `PlanRefused` with the findings that must be mended."""

    def revoke(self, version: int, comment: str | None = None, *, running: RunningRuns = "pause") -> PlanVersion:
        """Let no run of a version start, ever again. `running` says what becomes of those that there are.

        They `"pause"`, and can be moved to another version or cancelled; or they are left alone (`"leave"`), or are
        cancelled now (`"cancel"`), or so after what they did is undone (`"rollback"`).
        """

    def rollback(self, to: int) -> PlanVersion:
        """Go back to a version: runs that start without one are of it, until a newer one than there is now comes.

        Runs that there are stay with theirs; `migrate` moves them. Raises `NotFound`, and `Conflict` where no run of
        the version may start.
        """

    def migrate(self, to: int, *, of: int | None = None, dry_run: bool = False) -> Sequence[Migration]:
        """Move all runs that go on to a version, those of version `of` or of all others: a report for each.

        See `RunHandle.migrate`. A run whose history does not fit stays as it is, and its report says why.
        """

    def check(self, source: str) -> Compiled:
        """Check a plan's source with this agent's tools, without registering it."""

    def start(self, payload: Json = None, *, version: int | None = None, id: str | None = None) -> RunHandle:
        """Start a run of a registered version, by default the newest that is neither revoked nor waiting for review.

        With an id it starts once, however often it is asked for: the same agent, payload and (where one is named)
        version give the run that is there, and anything else is a `Conflict`.
        """

    def start_many(self, runs: Sequence[Mapping[str, Json]], *, version: int | None = None) -> Sequence[RunHandle]:
        """Start 1 to 1,000 runs in one transaction, each of `{"id": ..., "payload": ...}`; both may be left out.

        Gives those that were started: an id that is taken already, by whichever run, is passed over.
        """

    def schedule(
        self,
        name: str,
        *,
        cron: str | None = None,
        at: datetime | str | float | None = None,
        payload: Json = None,
        zone: str = "UTC",
        missed: Missed = "skip",
        version: int | None = None,
        update: bool = False,
    ) -> ScheduleHandle:
        """Let runs start by themselves: at the times of a cron expression, or once, at a moment.

        Both are meant in `zone`. Of times at which no worker was there to start a run, nothing comes (`missed="skip"`),
        or one run for all of them together (`"once"`). Without a version it is the newest when the time comes.
        """

    def plans(self) -> Sequence[PlanVersion]:
        """All versions of this agent's code, the oldest first."""

    def pinned(self) -> Sequence[Pinned]:
        """How many runs are of each version that has any, the oldest first; a run stays with the one that began it."""

    def plan(self, version: int | None = None) -> PlanVersion:
        """One version, by default the newest that may run."""

    def graph(self, version: int | None = None) -> Graph | None:
        """What a version does, as its source says; by default the newest that may run. None where it has no graph."""

    def diff(self, before: int, after: int) -> PlanDiff:
        """What one version has otherwise than another: its lines, and what that means."""

    def tools(self) -> tuple[ToolSpec, ...]:
        """The tools granted to this agent that exist in this process."""

class Goals(Waiting):
    """The goals of one tenant."""

    def get(self, id: str) -> GoalHandle:
        """The goal with this id. Raises `NotFound`."""

    def list(
        self,
        *,
        agent: str | None = None,
        status: GoalStatus | None = None,
        since: When | None = None,
        until: When | None = None,
        text: str | None = None,
        most: int = 100,
        cursor: str | None = None,
    ) -> Page[Goal]:
        """Goals, the newest first; of one agent, of one status, made since and before a moment, with a text in their
        id, words, payload or reason. The page's `next` is the `cursor` of the one after it."""

class GoalHandle(Waiting):
    """One goal and what can be done with it. `record` is as it was last read; `refresh` reads it again."""

    record: Goal

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> GoalStatus: ...
    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """The model's answers so far, each with its source and findings."""

    def refresh(self) -> Goal:
        """Read the goal again."""

    def watch(self) -> Watch[Goal]:
        """The goal now and after every change, until it is no longer being planned."""

    def plan(self) -> PlanVersion:
        """Wait for the accepted plan. Raises `PlanRefused` with the last findings, or what made planning fail."""

    def run(self) -> RunHandle:
        """Wait for the run that the goal leads to. Raises `StillWaiting` where a person must approve the plan first."""

    def approve(self) -> RunHandle:
        """Start a planned or reviewed goal's plan."""

    def reject(self, comment: str | None = None) -> Goal:
        """Refuse the plan of a goal that waits for a review."""

    def ask_changes(self, comment: str) -> Goal:
        """Have the plan of a planned or reviewed goal changed: the model is asked again, and told this.

        What it answers is checked, and waits for the same review. It may be asked as often as for a new goal; tokens
        and money count over all of the goal's answers.
        """

    def edit(self, source: str) -> Goal:
        """Put a plan that somebody has edited in the place of the one that waits to be approved.

        It is checked like every plan, is a version of its own, and waits as the one before did. Raises `PlanRefused`
        with the findings that must be mended.
        """

    def cancel(self) -> Goal:
        """Give it up; an answer that is being written is not waited for."""

class Runs(Waiting):
    """The runs of one tenant."""

    def get(self, id: str) -> RunHandle:
        """The run with this id. Raises `NotFound`."""

    def load(self, document: Json, what: str = "the document") -> RecordedRun:
        """A run that was exported, here or elsewhere, to be looked at and replayed. Nothing of it is stored or started.

        Raises `UsageError` where it is no such document, which `what` names then.
        """

    def list(
        self,
        *,
        agent: str | None = None,
        status: RunStatus | None = None,
        schedule: str | None = None,
        version: int | None = None,
        since: When | None = None,
        until: When | None = None,
        text: str | None = None,
        most: int = 100,
        cursor: str | None = None,
    ) -> Page[Run]:
        """Runs, the newest first; of one agent and one version of its plan, of one status, of a schedule, made since
        and before a moment, with a text in their id, goal, payload or error. The page's `next` is the `cursor` of the
        one after it."""

    def counts(self, *, most: int = 1000) -> dict[str, int]:
        """How many runs of each status there are; where there are more than `most`, that is all that is counted."""

    def prune(
        self, older_than: str | float | timedelta, *, status: RunStatus | None = None, dry_run: bool = False
    ) -> int:
        """Forget runs that ended longer ago than this (`"30 days"`, `"12h"`, seconds): those of one status, or all.

        Gives their number, with `dry_run` without touching them. A run stays while one that it delegated goes on.
        """

class RunHandle(Waiting):
    """One run and what can be done with it. `record` is as it was last read; `refresh` reads it again."""

    record: Run

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> RunStatus: ...
    def refresh(self) -> Run:
        """Read the run again."""

    def watch(self, *, follow: bool = False) -> Watch[Run]:
        """The run now and whenever something was delivered to it, until it ends or only a person can move it.

        With `follow` it goes on where a person is waited for.
        """

    def result(self) -> Any:
        """Wait for the end and give what `run` returned. Raises `RunFailed` where it failed or was cancelled."""

    def steps(self) -> tuple[StepView, ...]:
        """Every step of this generation, in order of start."""

    def wants(self) -> Sequence[str]:
        """What a run that could go on now lacks: tools and their secrets that no worker has which is alive."""

    def spent(self, steps: Iterable[StepView]) -> Spent:
        """What models took that it asked, in these steps and in earlier generations."""

    def history(self, *, after: int = ...) -> Sequence[dict[str, Json]]:
        """What was delivered to this generation, or after the one of this `n`: documents with `n`, `at`, `kind`, `key`,
        `body`.

        What belongs to a step with `sensitive=True` is redacted.
        """

    def children(self) -> Sequence[Run]:
        """The runs that it has delegated, and those of the goals that it has, the oldest first."""

    def graph(self) -> Graph | None:
        """What the plan of this run does, as its source says. None where it has no graph."""

    def plan(self) -> PlanVersion:
        """The version that this run is pinned to."""

    def replay(self, source: str | None = None, *, to: str | None = None) -> Replay:
        """The history replayed without any effect: on the run's own code, or on another plan's `source`.

        It says how many turns are as they were, and where the code first does something else. With `to`, a step
        (`NAME` or `NAME#K`), it goes only as far as that, and `moment` says where the run stood there. Raises
        `PlanRefused` where the checks find an error in the source, and `NotFound` where the step never started.
        """

    def at(self, step: str) -> Moment:
        """Where the run stood just before a step: its line, what its names held, what was recorded by then.

        Raises `NotFound` where the step never started, and `Conflict` where the run's own code does not come so far.
        """

    def export(self) -> dict[str, Json]:
        """All that a replay of this generation needs, as one document: what to attach to a report of a bug.

        What is sensitive is replaced by placeholders, and no secret is in it. `flow.runs.load(document)` reads it.
        """

    def migrate(self, to: int, *, dry_run: bool = False) -> Migration:
        """Move a run that goes on to another version of its agent's code, where all that it has done fits that.

        It goes on there as the next generation. What is open and the new version asks for as well stays; a sleep of
        the same name counts from where the old one began; the rest of what is open is withdrawn, and what the new
        version asks for in its place starts now. An attempt in flight is waited for. With `dry_run`, nothing is done.
        Raises `Conflict` where the run is over or the version may not run; whether it moved is in the answer.
        """

    def pause(self) -> None:
        """Let a running attempt finish and start no new turn."""

    def resume(self) -> None:
        """Go on after a pause."""

    def cancel(self, *, rollback: bool = False) -> None:
        """End it now; with `rollback`, undo first what it did."""

    def rollback(self) -> None:
        """Try once more to undo what could not be undone. Raises `Conflict` where nothing is left."""

    def restart(self, from_: str | None = None) -> Run:
        """Run it again as a new generation: from the start, or from a step (`NAME` or `NAME#K`)."""

    def revise(self, comment: str | None = None, *, goal: str | None = None, plan_only: bool = False) -> str:
        """Have the plan of a failed or paused run written anew, by its agent's model, which is told what happened.

        Gives the id of a new goal (`flow.goals.get(id)`). Its plan is checked and reviewed like any other. The run goes
        on with it, where all that the run has done fits it exactly; else a new run does what is left, and the goal's
        `reason` says why. `goal` says in words what a run is for whose plan no goal has led to.
        """

    def delete(self) -> None:
        """Stop and forget it."""

    def send(self, type: str, payload: Json = None) -> str:
        """Send it an event; returns the event's id."""

class RecordedRun(Waiting):
    """A run of a document, in a house that can replay it."""

    document: dict[str, Json]

    @property
    def record(self) -> Run:
        """The run as it was then; its agent is told by its name."""

    @property
    def id(self) -> str: ...
    @property
    def status(self) -> RunStatus: ...
    @property
    def notes(self) -> Sequence[str]:
        """What is to be known before anything is concluded from it."""

    def steps(self) -> tuple[StepView, ...]:
        """Every step of its generation, in order of start."""

    def spent(self, steps: Iterable[StepView]) -> Spent:
        """What models took that it asked, in these steps and in earlier generations."""

    def history(self) -> Sequence[dict[str, Json]]:
        """What was delivered to it: documents with `n`, `at`, `kind`, `key`, `body`."""

    def plan(self) -> PlanVersion:
        """The version that it ran on."""

    @property
    def earlier(self) -> Sequence[dict[str, Json]]:
        """What is told of its earlier generations, the oldest first: documents with `generation`, `version`, `history`,
        `commands`. They are to be read; a replay is of the last one alone."""

    @property
    def approvals(self) -> Sequence[dict[str, Any]]:
        """What people were asked and said: documents, each with its `verdicts`."""

    def replay(self, source: str | None = None, *, to: str | None = None) -> Replay:
        """As `RunHandle.replay`. The source is checked and compiled here: no code of the document is loaded."""

    def at(self, step: str) -> Moment:
        """As `RunHandle.at`."""

class Approvals(Waiting):
    """The questions of one tenant."""

    def pending(self) -> Sequence[ApprovalHandle]:
        """What waits for a person now, the oldest first."""

    def list(
        self,
        *,
        status: ApprovalStatus | None = None,
        run: str | None = None,
        most: int = 1000,
        cursor: str | None = None,
    ) -> Page[Approval]:
        """Questions, the oldest first; of one status, of one run. A page's `next` is the `cursor` of the one after."""

    def waiting(self, *, most: int = 100) -> int:
        """How much waits for people, questions and plans in review; of each, at most so many are counted."""

    def cases(
        self, *, status: ApprovalStatus | None = None, newest: bool = False, most: int = 1000, cursor: str | None = None
    ) -> Page[Case]:
        """Questions with all that bears on their decision, as `case` gives it of one: the oldest first, or the
        newest."""

    def get(self, id: str) -> ApprovalHandle:
        """The question with this id. Raises `NotFound`."""

    def decide(self, decisions: Sequence[Mapping[str, Json]]) -> Sequence[Decided]:
        """Decide many, each by itself, in order: `{"id": ..., "action": "approve", "digest": ..., "comment": ...}`.

        What became of each is told; one that does not hold keeps none of the others from holding. `digest` is that of
        what was seen, `value` an answer or a result, `args` edited arguments. Raises `UsageError` before any is
        decided, where one of them is no decision.
        """

class ApprovalHandle(Waiting):
    """One question and the ways to decide it. `record` says what will happen: calls, arguments, digest.

    Each way decides only if the question is still about what `record` shows, or what has the `digest` that is given.
    The same decision again changes nothing, and gives what is stored.
    """

    record: Approval

    @property
    def id(self) -> str: ...
    def approve(self, comment: str | None = None, *, digest: str | None = None, args: Json = None) -> Approval:
        """Let the calls be made that `record` shows. Where several have to agree, it stays pending until the last.

        `args` are other arguments for the call, all of them; where there are several calls, a list with those of each.
        """

    def answer(self, value: Json, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Answer a question that a plan asked."""

    def happened(self, result: Json, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Decide an unknown outcome: it happened, and this is the step's result."""

    def not_happened(self, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Decide an unknown outcome: it did not happen, so the step tries again."""

    def reject(self, comment: str | None = None, *, digest: str | None = None) -> Approval:
        """Say no. An unknown outcome that is rejected fails its step."""

    def revise(self, comment: str, *, digest: str | None = None, goal: str | None = None) -> str:
        """Say no, and have the plan written anew by the agent's model, which is told why. The id of the goal for that.

        The run is paused before it hears of the rejection. What comes of it is what `run.revise` says.
        """

    def case(self) -> Case:
        """The question as it is now, with who may decide it, and what was said to it so far."""

    def sight(self) -> Sight:
        """What somebody should see before deciding: the case, why it asks, what ran before, what comes next."""

class Schedules(Waiting):
    """The schedules of one tenant."""

    def get(self, agent: str, name: str) -> ScheduleHandle:
        """The schedule of this name of an agent. Raises `NotFound`."""

    def list(self, *, agent: str | None = None) -> Sequence[Schedule]:
        """All schedules, by agent and name; of one agent."""

    def create(self, agent: Agent, name: str, terms: Terms, *, update: bool = False) -> ScheduleHandle:
        """Make a schedule of an agent, or with `update` change the one of that name, paused or not."""

class ScheduleHandle(Waiting):
    """One schedule and what can be done with it. `record` is as it was last read; `refresh` reads it again."""

    record: Schedule

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    def refresh(self) -> Schedule:
        """Read the schedule again. Raises `NotFound` once it is deleted."""

    def next(self, count: int = 1) -> tuple[datetime, ...]:
        """The next times, at most so many, in the schedule's zone; none while it is paused."""

    def pause(self) -> Schedule:
        """Start no runs until it is resumed. Times meanwhile do not count as missed."""

    def resume(self) -> Schedule:
        """Go on with the first time after now."""

    def delete(self) -> None:
        """Forget it. Runs that it has started stay."""

    def run_now(self) -> RunHandle:
        """Start a run as if its time were now; the times to come stay as they are."""

class Trials(Waiting):
    """Dry runs. Nothing is stored, no tool of this process is called, and no time passes."""

    def stage(
        self, source: str, *, tools: Sequence[Tool | ToolSpec] | None = None, agent: Agent | None = None
    ) -> Stage:
        """Check a plan, and make it ready for walks: `await (await flow.trials.stage(source)).walk(Given(...))`.

        `tools` are those that stand-ins are made for: functions with `@tool`, or their descriptions (`ToolSpec`) where
        nothing else is known of them. Without them, those that the agent was granted; without an agent, all of this
        process, and where it has none of its own, whatever the plan calls. Raises `PlanRefused` where the checks find
        an error.
        """

    def walk(
        self,
        source: str,
        given: Given | None = None,
        *,
        tools: Sequence[Tool | ToolSpec] | None = None,
        agent: Agent | None = None,
    ) -> Walk:
        """One way through a plan: `walk = await flow.trials.walk(source, Given(payload={"id": "17"}), tools=specs)`.

        What is not given is made up (see `Given`). Raises `PlanRefused` where the checks find an error, and
        `UsageError` where what is given is no JSON, or is no answer to what was asked. Whatever the plan does is in the
        walk: `outcome`, `error`, `calls`, `asked`... For several walks of one plan, make a `stage` once.
        """

    def explore(
        self,
        source: str,
        given: Given | None = None,
        *,
        tools: Sequence[Tool | ToolSpec] | None = None,
        agent: Agent | None = None,
        most: int = ...,
    ) -> Trial:
        """Every way through a plan, at most so many: see `Stage.explore`."""

class Stage(Waiting):
    """One plan that is tried out, with stand-ins for its tools. Walks go over it one after the other.

    Made by `Trials.stage`. `compiled` is what the checks said of it.
    """

    def walk(self, given: Given | None = None, way: Sequence[int] = ...) -> Walk:
        """Go through the plan once. `way` says at each choice that is not given which of its ways is taken: the
        first, where it says nothing.

        Raises `UsageError` where what is given is no JSON, or no answer to what is asked.
        """

    def explore(self, given: Given | None = None, *, most: int = ..., seconds: float = ...) -> Trial:
        """Take every way through the plan that differs by what people decide, whether events come, and whether steps
        fail for which the plan is ready; at most so many, and for so long. What is given is met on each of them."""

class Keys(Waiting):
    """The keys of one tenant."""

    def create(
        self,
        name: str,
        *,
        roles: Sequence[str],
        expires: str | float | timedelta | None = None,
        tenant: str | None = None,
    ) -> NewKey:
        """Make a key. Its secret is told this once, and kept nowhere; `expires` says how long it is good (`"90d"`).

        Whoever may make tenants makes keys of another `tenant`, too: else nobody could make its first one.
        """

    def list(self, *, revoked: bool = False) -> Sequence[Key]:
        """All keys by name, the revoked ones only if asked for."""

    def revoke(self, name: str) -> Key:
        """Let a key be none any more, from this moment on."""

    def principal(self, secret: str, channel: Channel = "http") -> Principal:
        """Whose key this is, of whichever tenant. Raises `Unauthorized` where it is none, or may not be used now."""

    def holder(self, id: str, channel: Channel = "page") -> Principal:
        """Who holds the key of this id, which was shown before. Raises `Unauthorized` as `principal` does."""

class Tenants(Waiting):
    """All tenants of a house, for the admins of the tenant `default`; of the others, each knows its own."""

    def create(self, name: str, *, sandbox: bool = False) -> Tenant:
        """Make a tenant. In a sandbox, runs call no tool, but what stands in for it."""

    def list(self) -> Sequence[Tenant]:
        """All tenants by name."""

    def own(self) -> Tenant:
        """The tenant of whoever asks."""

    def suspend(self, name: str) -> Tenant:
        """Let its keys open nothing and its runs stand still, until it is resumed. Nothing is lost."""

    def resume(self, name: str) -> Tenant:
        """Let its keys be good again, and its runs go on where they stand."""

class Notices(Waiting):
    """The notices of one tenant."""

    def list(
        self, *, state: State | None = None, approval: str | None = None, goal: str | None = None, most: int = 100
    ) -> Sequence[Notice]:
        """Notices, the newest first; in one state, of one question, of one goal."""

    def failings(self) -> Failings:
        """How many notices nobody took, and how many questions nobody decided in time."""

    def channels(self) -> Sequence[str]:
        """The channels that the settings name: of the house, and of people of this tenant."""

    def test(self, channel: str) -> str:
        """Send a test on a channel now, and give its id. Raises `ProviderError` where it is not taken."""

class Audit(Waiting):
    """What the people and programs of one tenant have done. Nothing of it is ever changed or forgotten."""

    def list(
        self,
        *,
        verb: str | None = None,
        who: str | None = None,
        thing: str | None = None,
        since: When | None = None,
        until: When | None = None,
        most: int = 100,
        cursor: str | None = None,
    ) -> Page[Act]:
        """Acts, the newest first; of one verb, of one person or key, on one thing, since and before a moment."""

    def all(
        self,
        *,
        verb: str | None = None,
        who: str | None = None,
        thing: str | None = None,
        since: When | None = None,
        until: When | None = None,
    ) -> Iterator[Act]:
        """Every act, the newest first, for whoever exports them; narrowed as a list is."""

    def verify(self) -> AuditState:
        """Whether anybody has changed the log, of whichever tenant: all of it is read for that."""
