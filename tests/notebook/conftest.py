"""One house with something of each kind in it, shared by all tests that only look; and what a page must be to hold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
import pytest_asyncio

from agentflow.app import AgentHandle, ApprovalHandle, GoalHandle, RunHandle
from agentflow.records.shown import Shown
from agentflow.settings import Settings
from agentflow.testing import TestFlow

from ..fakes import office

EVIL = "<script>alert(1)</script>\x1b[31m\u202e</pre><img src=x onerror=alert(2)>\"'&"
"""What somebody may write who wishes no good."""
AGREES = office.source(
    'call = tools.payments.refund(id=event.payload["id"])\n'
    '        await step.do("load", tools.orders.get(id=event.payload["id"]))\n'
    '        return await step.wait_for_approval("agree", f"Refund {event.payload[\'id\']}?", call=call)'
)
FAILS = office.source('await step.do("load", tools.orders.get(id="17"))\n        raise ValueError(event.payload["id"])')
_VOID = frozenset({"br", "hr", "img", "input", "meta", "link"})


@dataclass
class Office:
    """What there is."""

    flow: TestFlow
    clerk: AgentHandle
    done: RunHandle
    failed: RunHandle
    waiting: RunHandle
    asleep: RunHandle
    goal: GoalHandle
    question: ApprovalHandle


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    folder = tmp_path_factory.mktemp("notebook")
    office.answers(folder, office.fenced(office.BROKEN), office.fenced(office.READS))
    async with TestFlow(folder / "office.db", tools=office.tools(), settings=Settings(folder=folder)) as flow:
        yield await _filled(flow, folder)


async def _filled(flow: TestFlow, folder: Path) -> Office:
    clerk = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="always", instructions=EVIL)
    goal = await clerk.submit(f"Load the order {EVIL}", {"id": EVIL})
    await goal.plan()
    done = await goal.approve()
    failed = await flow.run(FAILS, {"id": EVIL}, agent=clerk)
    asleep = await flow.run(office.source('await step.sleep("nap", "2 days")'), agent=clerk)
    waiting = await flow.run(AGREES, {"id": EVIL}, agent=clerk)
    question = await flow.question()
    return Office(flow, clerk, done, failed, waiting, asleep, goal, question)


class Page(HTMLParser):
    """What stands in a fragment: its words, its elements. Fails where an element is not closed as it was opened."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [], f"not closed: {self.open}"

    @property
    def text(self) -> str:
        """What somebody reads."""
        return " ".join(" ".join(self.said).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said.append(data)


def page(thing: object) -> Page:
    """How a thing shows itself."""
    assert isinstance(thing, Shown)
    return Page(thing._repr_mimebundle_()["text/html"])


def text(thing: object) -> str:
    """The same where there is no browser."""
    assert isinstance(thing, Shown)
    said = thing._repr_mimebundle_()["text/plain"]
    assert isinstance(said, str)
    return said
