"""The commands on a server, with workers that Restate gives work to: a service is whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from agentflow import AgentFlow

from ..fakes import postgres, restate
from ..fakes.commands import Command
from ..fakes.office import REFUNDS, answers, fenced
from .conftest import Types

pytestmark = pytest.mark.xdist_group("restate")
TOOLS = '''
from agentflow import tool


@tool(namespace="orders", effect="read")
def get(id: str) -> dict:
    """The order with this id."""
    return {"id": id, "total": 120}


@tool(namespace="payments", risk="high", approval="always")
def refund(id: str) -> str:
    """Pay an order back."""
    return f"refunded {id}"
'''


@contextmanager
def served(folder: Path, *words: str) -> Iterator[str]:
    """The address of an `agentflow serve` in a process of its own, which is then asked to end."""
    process = Command("serve", "--port", "0", *words, folder=folder)
    try:
        said = iter(process.stderr.readline, "")
        yield next(found[1] for line in said if (found := re.search(r"answers on (\S+);", line)))
    finally:
        process.terminate()
        rest = process.communicate()[1]
    assert process.returncode == 0, rest
    assert "HTTP Request" not in rest  # what a plan asks of the world, and what is asked of Restate, is in no log


def test_a_service_is_all_there_page_and_commands_and_notebooks(
    database_server: postgres.Server, restate_server: restate.Server, shop: Path, types: Types
) -> None:
    """A goal is given over HTTP, its question is seen on the page and in a notebook, and a command decides it."""
    address, [port] = database_server.database(), restate.free_ports(1)
    (shop / "tools.py").write_text(TOOLS)
    (shop / "agentflow.toml").write_text(
        f'''db = "{address}"
tools = ["tools.py"]

[engine]
restate_admin_url = "{restate_server.admin_url}"
listen = "127.0.0.1:{port}"
service = "agentflow{port}"

[agents.clerk]
model = "offline:./answers"
tools = ["*"]
review = "never"
'''
    )
    answers(shop, fenced(REFUNDS))
    with (
        served(shop, "--engine", "restate", "--restate-url", restate_server.url) as url,
        httpx2.Client(base_url=url, timeout=30) as client,
        AgentFlow.sync(address, worker=False) as notebook,
    ):
        assert client.get("/readyz").json() == {"ready": True}
        asked = client.post("/v1/goals", json={"agent": "clerk", "goal": "Refund order 17.", "payload": {"id": "17"}})
        goal = notebook.goals.get(asked.json()["id"])
        run = goal.run()
        for _ in run.watch():
            pass
        [question] = notebook.approvals.pending()
        assert "payments.refund" in client.get(f"/approvals/{question.id}").text
        assert "payments.refund" in question._repr_mimebundle_()["text/html"]
        assert types("approve", question.id, "--yes").status == 0
        assert run.result() == "refunded 17"
        assert types("run", "show", run.id, "--json").document["result"] == "refunded 17"
        assert "refunded 17" in client.get(f"/runs/{run.id}").text
        assert types("doctor", "--json").document["facts"]["workers"] == list(notebook.workers())
    assert types("doctor", "--json").document["facts"]["workers"] == []
