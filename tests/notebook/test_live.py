"""A run that is shown as it changes: in one place of a notebook, and elsewhere line by line."""

from __future__ import annotations

import asyncio
from pathlib import Path

import nbformat
import pytest

from agentflow.app import AgentFlow
from agentflow.app.watching import Watch
from agentflow.notebook.live import PAUSE, pause

from ..fakes import office
from ..notebooks.running import code, run

OPENED = """
from agentflow import AgentFlow
from tests.fakes import office
flow = await AgentFlow("a.db", tools=office.tools()).open()
clerk = await flow.agents.create("clerk", model="offline:demo", tools=["*"], review="never")
await clerk.register(office.REFUNDS)
handle = await clerk.start({"id": "17"})
"""
FORM = """
import ipywidgets
from ipywidgets.widgets.widget import _instances

def press(question, name):
    view = question._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]
    [row] = [one for one in _instances[view["model_id"]].children if isinstance(one, ipywidgets.HBox)]
    [button] = [one for one in row.children if getattr(one, "description", "") == name]
    button.click()
"""
CELLS = [
    OPENED,
    "await handle.watch().show()",
    "[question] = await flow.approvals.pending()\nquestion",
    FORM,
    "press(question, 'Approve')",
    "await handle.result()",
    "handle.watch()",
    "from asyncio import sleep\nwhile not Out[7].showing.done():\n    await sleep(0.01)\nawait flow.close()",
    "handle.watch()",
    "await Out[9].showing",
    """
with AgentFlow.sync("a.db", tools=office.tools()) as flow:
    handle = flow.agents.get("clerk").start({"id": "18"})
    handle.watch().show()
    [question] = flow.approvals.pending()
    press(question, "Approve")
    print(handle.result())
""",
    "handle.watch()",
]


def test_in_a_notebook_it_changes_in_its_place_and_questions_have_buttons(tmp_path: Path) -> None:
    path = tmp_path / "live.ipynb"
    notebook = nbformat.v4.new_notebook(  # type: ignore[no-untyped-call]  # typed in part only
        cells=[nbformat.v4.new_code_cell(source) for source in CELLS],  # type: ignore[no-untyped-call]
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
    _, shown, question, _, _, result, watched, _, late, _, waiting, later = code(run(path))
    [place] = shown.outputs
    assert "waiting" in place.data["text/html"]
    assert "To decide it" in question.outputs[0].data["text/html"], "its form, which `press` asks for, is not stored"
    assert result.outputs[0].data["text/plain"] == "'refunded 17'"
    assert "completed" in watched.outputs[0].data["text/html"]
    assert [output.output_type for output in waiting.outputs] == ["display_data", "stream"]
    assert waiting.outputs[1].text == "refunded 18\n"
    for closed in (late, later):
        [output] = closed.outputs
        assert "As it was when it was read last: its AgentFlow is closed." in output.data["text/html"]


async def test_elsewhere_each_status_is_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with office.house(tmp_path) as flow:
        clerk = await flow.agents.create("clerk", model="offline:demo", tools=["*"], review="never")
        await clerk.register(office.ASKS)
        run = await clerk.start()
        watch = run.watch()
        assert isinstance(watch, Watch)
        await watch.show()
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{run.id} waiting"
    assert len(set(lines)) == len(lines)


def test_the_same_for_whoever_cannot_await(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with AgentFlow.sync(tmp_path / "a.db", tools=office.tools()) as flow:
        clerk = flow.agents.create("clerk", model="offline:demo", tools=["*"], review="never")
        clerk.register(office.ASKS)
        run = clerk.start()
        run.watch()._ipython_display_()
    assert capsys.readouterr().out.splitlines()[-1] == f"{run.id} waiting"


@pytest.mark.of_a_file
async def test_of_a_closed_house_a_line_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with office.house(tmp_path, worker=False) as flow:
        clerk = await flow.agents.create("clerk", model="offline:demo", tools=["*"], review="never")
        await clerk.register(office.ASKS)
        run = await clerk.start()
    watch = run.watch()
    watch._ipython_display_()
    assert watch.showing is not None
    await watch.showing
    first, last = capsys.readouterr().out.splitlines()
    assert (first, last.endswith(".db cannot be read: it is closed")) == (f"{run.id} queued", True)


def test_where_no_loop_runs_a_watch_is_only_what_it_is() -> None:
    with pytest.raises(NotImplementedError):
        Watch.__new__(Watch)._ipython_display_()


def test_what_takes_long_to_show_is_shown_less_often() -> None:
    assert pause(0) == PAUSE
    assert pause(1) > 1


async def test_a_watch_that_is_left_is_closed(tmp_path: Path) -> None:
    async with office.house(tmp_path, worker=False) as flow:
        clerk = await flow.agents.create("clerk", model="offline:demo", tools=["*"], review="never")
        await clerk.register(office.READS)
        watch = (await clerk.start({"id": "17"})).watch()
        assert (await anext(watch)).status == "queued"
        await watch.aclose()
        with pytest.raises(StopAsyncIteration):
            await asyncio.wait_for(anext(watch), 60)
