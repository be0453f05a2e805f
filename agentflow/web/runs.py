"""/v1/runs: what plans do, looked into and controlled, and events to them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from ..records import Graph, PlanVersion, Run, RunStatus, StepView
from ..records.moments import Replay
from ..records.revisions import Migration
from .answers import Count, Flow, Listed, Sent, listed
from .asked import (
    BatchAsked,
    CancelAsked,
    DocumentAsked,
    EventAsked,
    MigrationAsked,
    PruneAsked,
    ReplayAsked,
    RestartAsked,
    RevisionAsked,
    RunAsked,
    Version,
    Window,
)
from .routes import Routes

Delivery = Annotated[int, Query(ge=-1, le=2**53, description="Only what came after the one of this `n`.")]
router = Routes("/v1/runs", tags=["runs"])


class RunWindow(Window):
    """Which runs are asked for."""

    status: RunStatus | None = None
    schedule: str | None = None
    version: Version | None = None


@router.get("")
async def list_runs(flow: Flow, window: Annotated[RunWindow, Query()]) -> Listed[Run]:
    """Runs, the newest first."""
    return listed(await flow.runs.list(most=window.limit, **window.model_dump(exclude={"limit"})))


@router.get("/-/counts")  # a run may have the id "counts", but never "-"
async def count_runs(flow: Flow, most: Annotated[int, Query(ge=1, le=100_000)] = 1000) -> dict[str, int]:
    """How many runs of each status there are; where there are more than `most`, that is all that is counted."""
    return await flow.runs.counts(most=most)


@router.post("", status_code=201)
async def start_run(flow: Flow, asked: RunAsked) -> Run:
    """Start a run of a registered version, by default the newest that may run."""
    agent = await flow.agents.get(asked.agent)
    return (await agent.start(asked.payload, version=asked.version, id=asked.id)).record


@router.post("/batch", status_code=201)
async def start_runs(flow: Flow, asked: BatchAsked) -> Listed[Run]:
    """Start 1 to 1,000 runs in one transaction; the answer has those that were started."""
    wanted = [one.model_dump(exclude_unset=True) for one in asked.runs]
    started = await (await flow.agents.get(asked.agent)).start_many(wanted, version=asked.version)
    return listed([run.record for run in started])


@router.post("/prune")
async def prune_runs(flow: Flow, asked: PruneAsked) -> Count:
    """Forget runs that ended longer ago than this; with `dry_run`, only count them."""
    return Count(runs=await flow.runs.prune(**dict(asked)))


@router.get("/{run}")
async def show_run(flow: Flow, run: str) -> Run:
    """One run: its status, what it waits for, what came of it."""
    return (await flow.runs.get(run)).record


@router.delete("/{run}", status_code=204)
async def delete_run(flow: Flow, run: str) -> None:
    """Stop a run and forget it with its history."""
    await (await flow.runs.get(run)).delete()


@router.get("/{run}/steps")
async def list_steps(flow: Flow, run: str) -> Listed[StepView]:
    """Every step of this generation, in order of start."""
    return listed(await (await flow.runs.get(run)).steps())


@router.get("/{run}/wants")
async def list_wants(flow: Flow, run: str) -> Listed[str]:
    """What a run that could go on now lacks: tools and their secrets that no worker has which is alive."""
    return listed(await (await flow.runs.get(run)).wants())


@router.get("/{run}/history")
async def show_history(flow: Flow, run: str, *, after: Delivery = -1) -> Listed[dict[str, Any]]:
    """What was delivered to this generation, in order: documents with `n`, `at`, `kind`, `key`, `body`."""
    return listed(await (await flow.runs.get(run)).history(after=after))


@router.get("/{run}/plan")
async def show_plan_of_run(flow: Flow, run: str) -> PlanVersion:
    """The version that this run is pinned to."""
    return await (await flow.runs.get(run)).plan()


@router.get("/{run}/children")
async def list_children(flow: Flow, run: str) -> Listed[Run]:
    """The runs that it has delegated, the oldest first."""
    return listed(await (await flow.runs.get(run)).children())


@router.get("/{run}/graph")
async def show_graph_of_run(flow: Flow, run: str) -> Graph | None:
    """What its plan does, as its source says; null where it has no graph."""
    return await (await flow.runs.get(run)).graph()


@router.get("/{run}/export")
async def export_run(flow: Flow, run: str) -> dict[str, Any]:
    """All that a replay of it needs, as one document: for a report of a bug, or a test. Without what is sensitive."""
    return await (await flow.runs.get(run)).export()


@router.post("/-/replay")
async def replay_document(flow: Flow, asked: DocumentAsked) -> Replay:
    """Replay a run that was exported, here or elsewhere. Nothing of it is stored."""
    return await (await flow.runs.load(asked.document)).replay(asked.source, to=asked.to)


@router.post("/{run}/replay")
async def replay_run(flow: Flow, run: str, asked: ReplayAsked | None = None) -> Replay:
    """Replay its history without any effect: on its own code, or on another plan's source; to its end, or to a step."""
    said = asked or ReplayAsked()
    return await (await flow.runs.get(run)).replay(said.source, to=said.to)


@router.post("/{run}/migrate")
async def migrate_run(flow: Flow, run: str, asked: MigrationAsked) -> Migration:
    """Move it to another version of its agent's code, where its history fits; with `dry_run`, only say whether."""
    return await (await flow.runs.get(run)).migrate(asked.to, dry_run=asked.dry_run)


@router.post("/{run}/pause")
async def pause_run(flow: Flow, run: str) -> Run:
    """Let running attempts finish and begin nothing new."""
    handle = await flow.runs.get(run)
    await handle.pause()
    return await handle.refresh()


@router.post("/{run}/resume")
async def resume_run(flow: Flow, run: str) -> Run:
    """Go on after a pause."""
    handle = await flow.runs.get(run)
    await handle.resume()
    return await handle.refresh()


@router.post("/{run}/cancel")
async def cancel_run(flow: Flow, run: str, asked: CancelAsked | None = None) -> Run:
    """End it now; with `rollback`, undo first what it did."""
    handle = await flow.runs.get(run)
    await handle.cancel(rollback=asked.rollback if asked else False)
    return await handle.refresh()


@router.post("/{run}/rollback")
async def roll_back_run(flow: Flow, run: str) -> Run:
    """Try once more to undo what could not be undone."""
    handle = await flow.runs.get(run)
    await handle.rollback()
    return await handle.refresh()


@router.post("/{run}/restart")
async def restart_run(flow: Flow, run: str, asked: RestartAsked | None = None) -> Run:
    """Run it again as a new generation: from the start, or from a step."""
    return await (await flow.runs.get(run)).restart(asked.from_ if asked else None)


@router.post("/{run}/revise", status_code=201)
async def revise_run(flow: Flow, run: str, asked: RevisionAsked | None = None) -> Sent:
    """Have the plan of a failed or paused run written anew: the id of the goal for that."""
    said = asked or RevisionAsked()
    handle = await flow.runs.get(run)
    return Sent(id=await handle.revise(said.comment, goal=said.goal, plan_only=said.plan_only))


@router.post("/{run}/events", status_code=201, tags=["events"])
async def send_event(flow: Flow, run: str, asked: EventAsked) -> Sent:
    """Send it an event; it is kept until the run waits for it."""
    return Sent(id=await (await flow.runs.get(run)).send(asked.type, asked.payload))
