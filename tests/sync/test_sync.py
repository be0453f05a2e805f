"""A house for whoever cannot await: the same verbs, each of which waits."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agentflow import app, tool
from agentflow.app import AgentFlow
from agentflow.app.doors import Doors
from agentflow.app.pages import Page
from agentflow.errors import NotFound, Refused, RunFailed, UsageError
from agentflow.records import Principal
from agentflow.settings import Settings
from agentflow.sync import AgentHandle, Flow, RunHandle, handles

from ..fakes import office
from ..fakes.afar import address
from . import stub


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """One house for all of these tests: each has its own runs."""
    with AgentFlow.sync(tmp_path_factory.mktemp("house") / "a.db", tools=office.tools()) as flow:
        yield flow


@pytest.fixture(scope="module")
def clerk(flow: Flow) -> AgentHandle:
    return flow.agents.create("clerk", model="offline:demo", tools=["*"], review="never")


def started(clerk: AgentHandle, plan: str) -> RunHandle:
    return clerk.start({"id": "17"}, version=clerk.register(plan).number)


def named() -> set[threading.Thread]:
    """The threads that houses live on."""
    return {thread for thread in threading.enumerate() if thread.name == "agentflow-sync"}


def test_what_type_checkers_know_is_what_there_is() -> None:
    assert stub.STUB.read_text("utf-8") == stub.stub(), "run `python -m tests.sync.stub` and read the difference"


def test_each_verb_waits_and_handles_have_verbs_that_wait_too(flow: Flow, clerk: AgentHandle) -> None:
    run = started(clerk, office.REFUNDS)
    assert [change.status for change in run.watch()][-1] == "waiting"
    [approval] = [one for one in flow.approvals.pending() if one.record.run == run.id]
    assert approval.approve("fine").status == "approved"
    assert run.result() == "refunded 17"
    assert f"{run}, {approval}" == f"<RunHandle {run.id}>, <ApprovalHandle {approval.id}>"
    assert flow.runs.get(run.id).record == run.refresh()


async def test_it_may_be_used_where_a_loop_runs_already(clerk: AgentHandle) -> None:
    assert started(clerk, office.READS).result() == {"id": "17", "total": 120}


def test_lists_of_handles_have_verbs_that_wait_and_a_page_stays_a_page(flow: Flow, clerk: AgentHandle) -> None:
    clerk.register(office.WAITS)
    many = clerk.start_many([{"payload": {"id": "1"}}, {"payload": {"id": "2"}}])
    for run in many:
        run.cancel()
        assert [change.status for change in run.watch()][-1] == "cancelled"
    page = flow.runs.list(most=1)
    assert isinstance(page, Page)
    assert page.next is not None


def test_it_shows_itself_as_what_is_behind_it_does(flow: Flow, clerk: AgentHandle) -> None:
    run = started(clerk, office.ASKS)
    [*_, last] = run.watch()
    assert last.id in run._repr_mimebundle_()["text/html"]
    pending = flow.approvals.pending()
    assert "Which colour?" in pending._repr_mimebundle_()["text/html"]  # type: ignore[attr-defined]  # a list for types
    for hidden in ("_house", "append_all"):
        with pytest.raises(AttributeError):
            getattr(pending, hidden)


def test_errors_come_as_they_are(flow: Flow) -> None:
    with pytest.raises(NotFound, match="there is no run"):
        flow.runs.get("run_none")


def test_the_same_house_for_somebody_else_waits_too(flow: Flow) -> None:
    theirs = flow.acting_as(Principal("eve", "default", frozenset(["viewer"])))
    assert [agent.name for agent in theirs.agents.list()] == [agent.name for agent in flow.agents.list()]
    with pytest.raises(Refused, match="eve may not use agents"):
        theirs.agents.create("mine", model="offline:demo")


def test_an_iteration_that_is_left_early_is_closed_there(flow: Flow, clerk: AgentHandle) -> None:
    run = started(clerk, office.WAITS)
    for change in run.watch(follow=True):
        if change.status == "waiting":
            break
    run.send("go", {"now": True})
    assert run.result() == {"now": True}


def test_every_act_of_the_audit_log_comes_one_after_the_other(flow: Flow, clerk: AgentHandle) -> None:
    assert clerk.name in {act.thing for act in flow.audit.all(verb="agents.create")}


def test_an_interruption_reaches_who_waits_and_leaves_the_house_as_it_was(clerk: AgentHandle) -> None:
    run = started(clerk, office.WAITS)
    other = threading.Thread(target=_interrupt, args=[run, threading.get_ident()])
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012  # it shall not come before
        other.start()
        run.result()
    other.join()
    run.send("go", "on")
    assert run.result() == "on"


def _interrupt(run: RunHandle, who: int) -> None:
    """Press Ctrl-C once the run waits."""
    for change in run.watch(follow=True):
        if change.status == "waiting":
            signal.pthread_kill(who, signal.SIGINT)
            return


def test_what_an_object_can_do_is_offered_while_typing(clerk: AgentHandle) -> None:
    assert {"submit", "start", "record", "name"} <= set(dir(clerk))
    assert "Give the agent a goal" in (clerk.submit.__doc__ or "")
    assert repr(clerk) == "<AgentHandle clerk>"
    with pytest.raises(AttributeError, match="'AgentHandle' object has no attribute '_house'"):
        clerk._house  # noqa: B018


def test_after_its_end_it_is_not_open_and_ends_again_without_harm(tmp_path: Path) -> None:
    flow = AgentFlow.sync(tmp_path / "a.db", worker=False)
    flow.close()
    flow.close()
    with pytest.raises(UsageError, match=r"not open: .* `AgentFlow\.sync\(\.\.\.\)` where nothing can be awaited"):
        flow.agents.list()


@pytest.mark.of_a_file
def test_what_cannot_be_opened_leaves_no_thread(tmp_path: Path) -> None:
    before = named()
    (tmp_path / "a.db").write_text("this is a letter, not a database; long enough to be looked at" * 9)
    with pytest.raises(Exception, match="cannot be opened as a database"):
        AgentFlow.sync(tmp_path / "a.db")
    assert named() == before


def test_a_forked_process_waits_for_nothing_in_the_house_of_another_and_ends(tmp_path: Path) -> None:
    program = f"""
import multiprocessing
from agentflow import AgentFlow
from agentflow.errors import UsageError

def elsewhere():
    try:
        flow.agents.list()
    except UsageError as error:
        print(error, flush=True)

with AgentFlow.sync({str(tmp_path / "a.db")!r}, worker=False) as flow:
    child = multiprocessing.get_context("fork").Process(target=elsewhere)
    child.start()
    child.join(60)
    child.kill()
    print(child.exitcode, list(flow.agents.list()))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    said = "this is closed, or was opened before this process was forked: open it again, here"
    assert (done.stdout.splitlines(), done.stderr) == ([said, "0 []"], "")


@pytest.mark.parametrize("kind", ["def", "async def"])
def test_a_tool_cannot_close_the_house_that_waits_for_it(tmp_path: Path, kind: str) -> None:
    """One on a thread would wait for itself; one on the loop would end that without closing anything."""
    held: dict[str, Any] = {}
    exec(f"{kind} close() -> None:\n    'End it.'\n    held['flow'].close()", {"held": held}, held)  # noqa: S102
    with AgentFlow.sync(tmp_path / "a.db", tools=[tool(namespace="t", effect="read")(held["close"])]) as held["flow"]:
        flow: Flow = held["flow"]
        agent = flow.agents.create("clerk", model="offline:demo", tools=["*"], review="never")
        agent.register(
            "from agentflow import Workflow, tools\n\n"
            "class P(Workflow):\n    async def run(self, event, step):\n"
            "        await step.do('end', tools.t.close(), retries={'limit': 0, 'delay': '1 second'})\n"
        )
        with pytest.raises(RunFailed, match="a tool cannot close the house that waits for it"):
            agent.start({}).result()
        assert flow.workers()


def test_what_nobody_closes_is_closed_when_the_process_ends(tmp_path: Path) -> None:
    program = f"""
from agentflow import AgentFlow
flow = AgentFlow.sync({str(tmp_path / "a.db")!r})
assert flow.workers()
raise SystemExit(7)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (7, "")
    with AgentFlow.sync(tmp_path / "a.db", worker=False) as flow:
        assert flow.workers() == []


async def test_a_house_that_is_open_elsewhere_has_the_same_verbs(tmp_path: Path) -> None:
    def from_afar(url: str) -> Any:
        with AgentFlow.sync(url=url) as flow:
            run = started(flow.agents.create("clerk", model="offline:demo", tools=["*"], review="never"), office.WAITS)
            for change in run.watch(follow=True):
                if change.status == "waiting":
                    run.send("go", [change.id])
            return run.id, run.result()

    async with office.house(tmp_path) as house, address(house) as url:
        id, result = await asyncio.to_thread(from_afar, url)
    assert result == [id]


@pytest.mark.parametrize("given", [{"db": "a.db"}, {"tools": office.tools()}, {"settings": Settings()}, {"url": None}])
def test_a_house_elsewhere_has_its_own_database_tools_and_settings(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="a house elsewhere has all but its address"):
        AgentFlow.sync(**{"url": "http://127.0.0.1:1", "key": "k", **given})


@pytest.mark.parametrize("name", stub.fronts())
def test_each_class_is_told_of_as_its_own_of_the_app_is(name: str) -> None:
    assert getattr(handles, name).__doc__ == stub.Source(name).body.body[0].value.value  # type: ignore[attr-defined]


def test_whatever_has_verbs_has_a_front() -> None:
    """Else what a verb gives would have to be awaited after all."""
    rooms = [importlib.import_module(room.name) for room in pkgutil.iter_modules(app.__path__, "agentflow.app.")]
    classes = {cls for room in rooms for cls in vars(room).values() if isinstance(cls, type)}
    verbal = {cls.__name__ for cls in classes if any(hasattr(it, "verb") for it in vars(cls).values())}
    assert verbal | {"Doors", "Stage"} == set(stub.fronts())


async def test_without_a_with_it_is_opened_and_closed_by_name(tmp_path: Path) -> None:
    flow = await AgentFlow(tmp_path / "a.db", worker=False).open()
    assert await flow.agents.list() == []
    async with address(flow) as url:
        remote = await AgentFlow.connect(url).open()
        assert isinstance(remote, Doors)
        assert await remote.agents.list() == []
        await remote.close()
    await flow.close()
    with pytest.raises(UsageError, match="not open"):
        _ = flow.agents
