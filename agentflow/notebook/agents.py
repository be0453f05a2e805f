"""An agent, and a schedule, as they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from ..cli.agents import agent_facts
from ..cli.plans import standing
from ..cli.schedules import schedule_facts, timing
from ..cli.text import facts as text_facts
from ..cli.times import clock
from ..records import Agent, PlanVersion, Schedule, ToolSpec
from ..wording import deciders
from .asking import name
from .markup import Html, code, facts, fold, join, section, soft, state, tag
from .scenes import AgentScene, ScheduleScene
from .sheet import Sheet, head
from .tables import grid
from .values import folded


def shown(scene: AgentScene) -> Sheet:
    """An agent with its tools and its plans."""
    agent, plans = scene.agent, scene.plans
    lines = text_facts(
        agent_facts(agent, [spec.name for spec in scene.tools], [plan.number for plan in plans]), indent=0
    )
    runs = {one.version: one.runs for one in scene.pinned}
    versions = [_version(agent, plan, runs.get(plan.number, 0)) for plan in reversed(plans)]
    parts = [
        head(f"Agent {agent.name}", state("archived" if agent.archived_at else "active"), soft(agent.model)),
        facts(_facts(agent)),
        section("Tools", _tools(scene.tools)),
        section("Plans", grid(("plan", "status", "class", "made", "by", "runs"), versions) if versions else ""),
    ]
    return Sheet(lines, join(parts), scene.note)


def one_record(agent: Agent) -> Sheet:
    """What is known of an agent by itself."""
    return shown(AgentScene(agent))


def schedule(scene: ScheduleScene) -> Sheet:
    """A schedule."""
    one = scene.schedule
    lines = text_facts(schedule_facts(one, {one.agent: scene.agent}, []), indent=0)
    pairs = [
        ("starts", scene.agent if one.version is None else f"{scene.agent}@{one.version}"),
        ("when", timing(one)),
        ("next", clock(one.next_at) if one.next_at else "no time is left"),
        ("if missed", "one run for all" if one.missed == "once" else "nothing"),
        ("payload", folded("", one.payload) if one.payload else None),
        ("last run", f"{one.last_run}, for {clock(one.last_at)}" if one.last_run and one.last_at else None),
        ("but", one.reason),
    ]
    title = head(f"Schedule {one.name}", state("paused") if one.paused else state("active"))
    return Sheet(lines, join([title, facts(pairs)]), scene.note)


def one_schedule(one: Schedule) -> Sheet:
    """A schedule by itself."""
    return schedule(ScheduleScene(one, name(one.agent)))


def _facts(agent: Agent) -> list[tuple[str, str | None]]:
    budget = [
        f"{agent.repairs} repairs",
        f"{agent.plan_tokens:,} tokens" if agent.plan_tokens else "",
        f"{agent.plan_cost:g} USD" if agent.plan_cost else "",
    ]
    return [
        ("told", agent.instructions),
        ("may call", ", ".join(agent.tools) or "nothing"),
        ("delegates to", ", ".join(agent.agents)),
        ("sends to", ", ".join(agent.hosts)),
        ("review", agent.review),
        ("approvals", deciders(agent.approvals)),
        ("a goal may take", ", ".join(filter(None, budget))),
        ("fallback", agent.fallback_model),
        ("made", clock(agent.created_at)),
    ]


def _tools(specs: Sequence[ToolSpec]) -> Html:
    """What it may call, and what that does."""
    rows = [_tool(spec) for spec in specs]
    table = grid(("tool", "risk", "effect", "people", "what it does"), rows) if rows else Html()
    return table if len(rows) <= 12 else tag("div", fold(f"{len(rows)} tools", table))


def _tool(spec: ToolSpec) -> list[str]:
    risk = state(f"{spec.risk} risk") if spec.risk != "low" else "low risk"
    return [code(spec.name), risk, spec.effect, _PEOPLE[spec.approval], spec.description.partition("\n")[0]]


def _version(agent: Agent, plan: PlanVersion, runs: int) -> list[str]:
    name, made = f"{agent.name}@{plan.number}", clock(plan.created_at)
    return [name, state(standing(plan)), plan.entry, made, plan.author, str(runs)]


_PEOPLE = {"never": "are not asked", "always": "agree to each call", "predicate": "agree, by its arguments"}
