"""agentflow agent: who pursues goals, with which model and which tools."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import NotFound, UsageError
from ..records import Agent, Json, Review
from ..wording import age, deciders
from .given import AgentName, limits, seconds, text_or_file
from .session import Session, command, width
from .text import facts, table
from .times import moment

if TYPE_CHECKING:
    from ..app import AgentFlow

app = typer.Typer(no_args_is_help=True, help="Agents: who pursues goals, with which model and which tools.")

Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="PROVIDER:MODEL",
        help="openai:, openai-chat:, anthropic:, exec: or offline:; a new agent needs one.",
    ),
]
Tools = Annotated[
    str | None, typer.Option("--tools", metavar="a.b,c.*", help="Granted tools: names or patterns, with commas.")
]
Delegates = Annotated[
    str | None,
    typer.Option("--agents", metavar="a,b-*", help="Agents it may delegate to: names or patterns, with commas."),
]
Instructions = Annotated[
    str | None, typer.Option("--instructions", metavar="TEXT|@FILE", help="What the model is told of its job.")
]
Reviewed = Annotated[
    Review | None,
    typer.Option("--review", help="When a person looks at a plan before it runs: risky if nothing else is set."),
]
Repairs = Annotated[
    int | None,
    typer.Option(
        "--repairs", min=0, max=20, help="How often the model may mend a refused plan: 3 if nothing else is set."
    ),
]
PlanTokens = Annotated[
    int | None,
    typer.Option("--plan-tokens", min=1, metavar="N", help="What the answers to one goal may take, in and out."),
]
PlanCost = Annotated[
    float | None, typer.Option("--plan-cost", metavar="USD", help="What they may cost, by list prices.")
]
Fallback = Annotated[
    str | None,
    typer.Option(
        "--fallback-model",
        metavar="PROVIDER:MODEL",
        help="Asked where the model is overloaded, and for the last answer to a goal.",
    ),
]
Limited = Annotated[
    list[str] | None,
    typer.Option("--limit", metavar="NAME=N", help="A limit of its own, as in steps=100; may be given several times."),
]
Hosts = Annotated[
    list[str] | None,
    typer.Option("--host", metavar="HOST", help="Where its plans may send requests to; may be given several times."),
]
Approvers = Annotated[
    str | None,
    typer.Option(
        "--approvers", metavar="NAME,NAME", help="Who may decide what its runs ask; without it, any approver."
    ),
]
Quorum = Annotated[int | None, typer.Option("--quorum", min=1, metavar="N", help="How many have to agree to calls.")]
NoSelf = Annotated[
    bool | None,
    typer.Option(
        "--no-self/--self",
        help="Whether nobody agrees to what they asked for; without it, where more than one has to agree.",
    ),
]
Due = Annotated[str | None, typer.Option("--due", metavar="LENGTH", help="After which time a question is overdue: 4h.")]
Update = Annotated[
    bool,
    typer.Option("--update", help="Change the agent of this name if there is one; what is not given stays as it is."),
]
To = Annotated[int, typer.Option("--to", metavar="N", min=1, help="The version.", show_default=False)]
Archived = Annotated[bool, typer.Option("--archived", help="The archived ones too.")]

_CHANGEABLE = [
    one for one in Agent.__dataclass_fields__ if one not in {"id", "tenant", "name", "created_at", "archived_at"}
]


@app.command()
@command
async def create(  # noqa: PLR0913, PLR0917  # an option each
    session: Session,
    name: AgentName,
    model: Model = None,
    tools: Tools = None,
    agents: Delegates = None,
    instructions: Instructions = None,
    review: Reviewed = None,
    repairs: Repairs = None,
    plan_tokens: PlanTokens = None,
    plan_cost: PlanCost = None,
    fallback_model: Fallback = None,
    limit: Limited = None,
    host: Hosts = None,
    approvers: Approvers = None,
    quorum: Quorum = None,
    no_self: NoSelf = None,
    due: Due = None,
    update: Update = False,
) -> None:
    """Make an agent."""
    given: dict[str, Any] = {
        "model": model,
        "tools": tools if tools is None else _listed(tools),
        "agents": agents if agents is None else _listed(agents),
        "instructions": instructions if instructions is None else text_or_file(instructions),
        "review": review,
        "repairs": repairs,
        "plan_tokens": plan_tokens,
        "plan_cost": plan_cost,
        "fallback_model": fallback_model,
        "hosts": host or None,
    }
    own = {"limits": limits(limit or ()), "approvals": _policy(approvers, quorum, no_self, due)}
    async with session.open() as flow:
        said = await _kept(flow, name) if update else _nothing()
        said.update((key, value) for key, value in given.items() if value is not None)
        if "model" not in said:
            raise UsageError("missing option '--model'; see `agentflow agent create --help`")
        for table, values in own.items():
            said[table].update(values)
        agent = await flow.agents.create(name, **said, update=update)
        count = len(agent.tools())
    session.show(_document(agent.record), [agent.name])
    session.say(f"agent {name} uses {agent.record.model} and may call {count} tool{'' if count == 1 else 's'}")


async def _kept(flow: AgentFlow, name: str) -> dict[str, Any]:
    """What an agent is already: what a change does not name stays as it is."""
    try:
        agent = _document((await flow.agents.get(name)).record)
    except NotFound:
        return _nothing()
    return {key: agent[key] for key in _CHANGEABLE}


def _nothing() -> dict[str, Any]:
    return {"limits": {}, "approvals": {}}


def _policy(approvers: str | None, quorum: int | None, no_self: bool | None, due: str | None) -> dict[str, Any]:
    """Who may decide, as far as it was said."""
    given = {
        "approvers": None if approvers is None else _listed(approvers),
        "quorum": quorum,
        "no_self": no_self,
        "due": None if due is None else seconds(due, "--due"),
    }
    return {key: value for key, value in given.items() if value is not None}


@app.command("list")
@command
async def list_agents(session: Session, archived: Archived = False) -> None:
    """All agents."""
    async with session.open() as flow:
        found = await flow.agents.list(archived=archived)
    rows = [(one.name, one.model, one.review, age(one.created_at), ", ".join(one.tools)) for one in found]
    if not found and not session.as_json:
        session.say(f"there are no agents yet: {session.command('agent create NAME --model PROVIDER:MODEL')}")
        return
    lines = table(("agent", "model", "review", "age", "tools"), rows, cut=4, width=width())
    session.show([_document(one) for one in found], lines)


@app.command()
@command
async def show(session: Session, name: AgentName) -> None:
    """One agent: its model, instructions, tools and plans."""
    async with session.open() as flow:
        agent = await flow.agents.get(name)
        plans = await agent.plans()
        callable_ = [spec.name for spec in agent.tools()]
    versions = [plan.number for plan in plans]
    document = {**_document(agent.record), "callable": callable_, "versions": versions}
    session.show(document, facts(agent_facts(agent.record, callable_, versions), indent=0))


@app.command()
@command
async def archive(session: Session, name: AgentName) -> None:
    """Take an agent out of use: no new goals and runs, and its tools may no longer be called."""
    async with session.existing() as flow:
        await flow.agents.archive(name)
        agent = await flow.agents.get(name)
    session.show(_document(agent.record))
    session.say(f"agent {name} is archived")


@app.command()
@command
async def rollback(session: Session, name: AgentName, to: To) -> None:
    """Go back to an older version: new runs are of it, until a newer one than there is now comes."""
    async with session.existing() as flow:
        plan = await (await flow.agents.get(name)).rollback(to)
    session.show({"agent": name, "version": plan.number}, [f"{name}@{plan.number}"])
    session.say(f"new runs of {name} are of version {to}, until a newer one is registered")
    session.say(f"to move those that go on: {session.command(f'run migrate --all {name} --to {to}')}")


def _document(agent: Agent) -> dict[str, Json]:
    """An agent as JSON, with those limits that are its own, and what its approval policy says."""
    from ..agent.rows import own_limits
    from ..approvals.policy import said

    return {**asdict(agent), "limits": own_limits(agent), "approvals": said(agent.approvals)}


def _listed(given: str) -> list[str]:
    return [pattern.strip() for pattern in given.split(",") if pattern.strip()]


def agent_facts(agent: Agent, callable_: list[str], versions: list[int]) -> list[tuple[str, str]]:
    """What an agent is, and what it may do."""
    return [
        ("agent", agent.name),
        ("status", f"archived {moment(agent.archived_at)}" if agent.archived_at else ""),
        ("model", agent.model),
        ("tools", ", ".join(agent.tools) or "none"),
        ("which are", ", ".join(callable_)),
        ("delegates to", ", ".join(agent.agents)),
        ("limits", ", ".join(f"{name}={value}" for name, value in _document(agent)["limits"].items())),
        ("hosts", ", ".join(agent.hosts)),
        ("review", agent.review),
        ("repairs", str(agent.repairs)),
        ("plan tokens", f"{agent.plan_tokens:,}" if agent.plan_tokens else ""),
        ("plan cost", f"{agent.plan_cost:g} USD" if agent.plan_cost else ""),
        ("fallback", agent.fallback_model or ""),
        ("approvals", deciders(agent.approvals)),
        ("plans", ", ".join(f"{agent.name}@{number}" for number in versions) or "none yet"),
        ("made", moment(agent.created_at)),
        ("told", agent.instructions),
    ]
