"""agentflow run: what plans do, watched and controlled."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ..errors import StillWaiting, UsageError
from ..records import Json, Run, RunStatus
from ..wording import age, step_name
from .following import Teller, follow_run, persons_turn
from .given import (
    AgentVersion,
    Containing,
    Cursor,
    Most,
    Payload,
    RunId,
    Since,
    Until,
    Wait,
    agent_version,
    parse_json,
    parse_lines,
    parse_payload,
    seconds,
    when,
)
from .graphs import document as graph_document
from .graphs import drawn, of_run
from .migrating import migrate
from .recorded import RunOrFile, a_run, is_recording
from .recordings import export, replay_all, show_recorded
from .replaying import replay
from .revising import revise
from .session import Session, command, stderr, stdout, width
from .shown import agent_names, document, finished, run_facts, steps_table, with_steps
from .text import lines_of, state, table, value
from .times import clock

if TYPE_CHECKING:
    from ..app import AgentFlow, RunHandle

app = typer.Typer(no_args_is_help=True, help="Runs: what plans do, watched and controlled.")

OwnId = Annotated[str | None, typer.Option("--id", metavar="ID", help="The run's id; else one is made.")]
Batch = Annotated[
    str | None,
    typer.Option(
        "--batch", metavar="@FILE", help='Start one run for each line {"id": ..., "payload": ...}, all or none.'
    ),
]
OfAgent = Annotated[str | None, typer.Option("--agent", metavar="AGENT", help="Only this agent's.")]
WithStatus = Annotated[RunStatus | None, typer.Option("--status", help="Only these.", metavar="STATUS")]
OfSchedule = Annotated[str | None, typer.Option("--schedule", metavar="NAME", help="Only those that it started.")]
OlderThan = Annotated[str, typer.Option("--older-than", metavar="AGE", help="Ended longer ago than this: 30d, 12h.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say how many they are.")]
Rollback = Annotated[bool, typer.Option("--rollback", help="Undo what its steps did, in reverse order.")]
From = Annotated[str | None, typer.Option("--from", metavar="STEP", help="Keep what was done before: NAME or NAME#K.")]
AsGraph = Annotated[bool, typer.Option("--graph", help="Show on the plan's graph how far it came, not as a list.")]
EventType = Annotated[str, typer.Argument(metavar="TYPE", help="The event's type.", show_default=False)]
Data = Annotated[str | None, typer.Option("--data", metavar="JSON|@FILE", help="What the event carries.")]


@app.command()
@command
async def start(
    session: Session,
    plan: AgentVersion,
    payload: Payload = None,
    id: OwnId = None,
    batch: Batch = None,
    wait: Wait = False,
) -> int:
    """Start a plan that is registered. Prints the run's id; with --wait, its result."""
    name, number = agent_version(plan)
    if batch is not None:
        if payload is not None or id is not None or wait:
            raise UsageError("--batch goes with none of --payload, --id and --wait: its lines say what is started")
        return await _start_batch(session, name, number, parse_lines(batch, "the batch"))
    given = parse_payload(payload)
    async with session.existing(worker=wait) as flow:
        agent = await flow.agents.get(name)
        run = await agent.start(given, version=number, id=id)
        if wait:
            session.say(f"run {run.id}")
            await session.mind_workers(flow)
            return await attend(session, flow, run)
        session.show(document(run.record, await agent_names(flow)), [run.id])
        await session.mind_workers(flow, waitable=True)
    return 0


async def _start_batch(session: Session, name: str, version: int | None, lines: list[Json]) -> int:
    async with session.existing() as flow:
        runs = await (await flow.agents.get(name)).start_many(lines, version=version)
        names = await agent_names(flow)
        session.show([document(run.record, names) for run in runs], [run.id for run in runs])
        if passed := len(lines) - len(runs):
            session.say(f"{passed} of {len(lines)} are there already")
        await session.mind_workers(flow)
    return 0


async def attend(session: Session, flow: AgentFlow, handle: RunHandle) -> int:
    """Tell what a run does until it ends or only a person can move it; its result, and the exit status for that."""
    if await _mind_wants(session, handle):
        if session.as_json:
            session.show_json(await _with_steps(flow, handle))
        how = f"once it is there, start a worker that has it with `{session.starting}`"
        raise StillWaiting(f"run {handle.id} stays: {how}")
    try:
        run = await follow_run(handle, Teller(stderr()), flow)
    except asyncio.CancelledError:
        session.say(
            f"run {handle.id} stays: the next worker goes on with it; {session.command(f'run watch {handle.id}')}"
        )
        raise
    if run.status == "completed":
        session.show(await _with_steps(flow, handle), [lines_of(run.result)])
        return 0
    if session.as_json:
        session.show_json(await _with_steps(flow, handle))
    return await _unfinished(session, flow, handle)


async def _mind_wants(session: Session, run: RunHandle) -> bool:
    """Say so if no worker can go on with a run, and for want of what."""
    wants = await run.wants()
    for want in wants:
        session.say(f"run {run.id} waits for a worker that has {want}")
    return bool(wants)


async def _unfinished(session: Session, flow: AgentFlow, handle: RunHandle) -> int:
    """The exit status of a run that did not complete; what it failed of is raised."""
    run = handle.record
    if finished(run):
        await handle.result()
    await persons_turn(run, flow, session)
    return StillWaiting.exit_status


@app.command("list")
@command
async def list_runs(  # noqa: PLR0913, PLR0917  # an option each
    session: Session,
    agent: OfAgent = None,
    status: WithStatus = None,
    schedule: OfSchedule = None,
    since: Since = None,
    until: Until = None,
    text: Containing = None,
    most: Most = 100,
    cursor: Cursor = None,
) -> None:
    """Runs, the newest first. Where there are more, standard error names the --cursor that goes on."""
    begin, end = when(since, "--since"), when(until, "--until")
    async with session.existing() as flow:
        found = await flow.runs.list(
            agent=agent,
            status=status,
            schedule=schedule,
            since=begin,
            until=end,
            text=text,
            most=most,
            cursor=cursor,
        )
        names = await agent_names(flow)
    if not found and not session.as_json:
        session.say("no such runs")
        return
    rows = [(run.id, _plan(run, names), state(run.status), age(run.created_at), _brief(run)) for run in found]
    lines = table(("run", "plan", "status", "age", "what"), rows, cut=4, width=width())
    session.show([document(run, names) for run in found], lines)
    session.say_more(found.next)


@app.command()
@command
async def prune(session: Session, older_than: OlderThan, status: WithStatus = None, dry_run: DryRun = False) -> None:
    """Forget runs that ended long ago, with their history. Those whose delegated runs go on stay."""
    least = seconds(older_than, "--older-than")
    async with session.existing() as flow:
        count = await flow.runs.prune(least, status=status, dry_run=dry_run)
    session.show({"runs": count, "deleted": not dry_run}, [str(count)])
    are = "would be" if dry_run else "is" if count == 1 else "are"
    session.say(f"{count} run{'' if count == 1 else 's'} {are} deleted")


@app.command()
@command
async def show(session: Session, run: RunOrFile, graph: AsGraph = False) -> None:
    """A run: its steps, what it waits for, what came of it."""
    if is_recording(run):
        if graph:
            raise UsageError("--graph is for a run of a database: `agentflow plan graph` draws the plan of a file")
        await show_recorded(session, run)
        return
    async with session.existing() as flow:
        handle = await flow.runs.get(run)
        steps, plan, names = await handle.steps(), await handle.plan(), await agent_names(flow)
        tenant = await flow.tenants.own()
        told = with_steps(handle.record, steps, handle.spent(steps), names)
        lines = steps_table(steps, width(), handle.record.error)
        told["sandbox"] = tenant.sandbox
        if graph:
            found, marks = await of_run(handle, steps)
            told["graph"], lines = graph_document(found, marks), drawn(found, marks, width())
        if tenant.sandbox and not session.as_json:
            session.say(f"the tenant {tenant.name} is a sandbox: no tool is called, results are made up")
        session.show(told, [*run_facts(handle.record, names, plan.source, handle.spent(steps)), Text(), *lines])
        if not finished(handle.record):
            if handle.record.status in ("waiting", "paused"):
                await persons_turn(handle.record, flow, session)
            await session.mind_workers(flow)
            await _mind_wants(session, handle)
        elif handle.record.rollback and handle.record.rollback["left"]:
            session.say(f"to undo what is not undone: {session.command(f'run rollback {run}')}")


@app.command()
@command
async def watch(session: Session, run: RunId) -> int:
    """What a run does, as it happens, until it ends or only a person can move it; --json prints a line per change."""
    async with session.existing() as flow:
        handle = await flow.runs.get(run)
        if not finished(handle.record):
            await session.mind_workers(flow)
        if session.as_json:
            await _stream(session, flow, handle)
        else:
            await follow_run(handle, Teller(stdout()), flow)
            if handle.status == "completed":
                session.show(None, [lines_of(handle.record.result)])
        return 0 if handle.status == "completed" else await _unfinished(session, flow, handle)


async def _stream(session: Session, flow: AgentFlow, handle: RunHandle) -> None:
    async for _ in handle.watch():
        session.show_json(await _with_steps(flow, handle), indent=None)


@app.command()
@command
async def history(session: Session, run: RunOrFile) -> None:
    """What was delivered to a run, in order."""
    async with a_run(session, run) as handle:
        entries = await handle.history()
    rows = [(str(e["n"]), clock(e["at"]), e["kind"], e["key"], value(e["body"])) for e in entries]
    session.show(list(entries), table(("n", "at", "kind", "key", "what"), rows, cut=4, width=width()))


@app.command()
@command
async def pause(session: Session, run: RunId) -> None:
    """Let running attempts finish and begin nothing new."""
    await _control(session, run, "pause", "is asked to pause")


@app.command()
@command
async def resume(session: Session, run: RunId) -> None:
    """Go on after a pause."""
    await _control(session, run, "resume", "is asked to go on")


@app.command()
@command
async def cancel(session: Session, run: RunId, rollback: Rollback = False) -> None:
    """End a run now; with --rollback, undo first what it did."""
    done = "is asked to undo what it did, and end" if rollback else "is asked to end"
    await _control(session, run, "cancel", done, rollback=rollback)


@app.command()
@command
async def rollback(session: Session, run: RunId) -> None:
    """Try once more to undo what could not be undone when the run failed or was cancelled."""
    await _control(session, run, "rollback", "is asked to undo what is left")


@app.command()
@command
async def restart(session: Session, run: RunId, from_: From = None) -> None:
    """Run it again as a new generation: from the start, or from a step, keeping what was done before it."""
    await _control(session, run, "restart", f"begins anew from {from_}" if from_ else "begins anew", from_=from_)


app.command()(revise)
app.command()(replay)
app.command()(export)
app.command("test")(replay_all)
app.command()(migrate)


@app.command()
@command
async def delete(session: Session, run: RunId) -> None:
    """Stop a run and forget it with its history."""
    async with session.existing() as flow:
        handle = await flow.runs.get(run)
        await handle.delete()
        session.show(document(handle.record, await agent_names(flow)))
    session.say(f"run {run} is deleted")


@app.command()
@command
async def send(session: Session, run: RunId, type: EventType, data: Data = None) -> None:
    """Send a run an event. Prints the event's id."""
    payload = None if data is None else parse_json(data, "the event's data")
    async with session.existing() as flow:
        event = await (await flow.runs.get(run)).send(type, payload)
        session.show({"id": event, "run": run, "type": type, "payload": payload}, [event])
        await session.mind_workers(flow)


async def _control(session: Session, run: str, verb: str, done: str, **options: Any) -> None:
    async with session.existing() as flow:
        handle = await flow.runs.get(run)
        await getattr(handle, verb)(**options)
        session.show(document(await handle.refresh(), await agent_names(flow)))
        session.say(f"run {run} {done}")
        await session.mind_workers(flow)


async def _with_steps(flow: AgentFlow, handle: RunHandle) -> dict[str, Any]:
    steps = await handle.steps()
    return with_steps(handle.record, steps, handle.spent(steps), await agent_names(flow))


def _plan(run: Run, names: Mapping[str, str]) -> str:
    return f"{names.get(run.agent, run.agent)}@{run.version}"


def _brief(run: Run) -> str:
    """What there is to say of a run in a few words."""
    if run.error:
        return f"{run.error.get('type')}: {run.error.get('message')}"
    if run.status == "completed":
        return value(run.result)
    waits = run.reason.get("waits", []) if run.reason else []
    return ", ".join(f"{wait['for']}: {step_name(wait['step'])}" for wait in waits)
