"""A house in which whoever can write a text has tried to run a script with it: models, tools and people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from agentflow.settings import Settings
from agentflow.testing import TestFlow
from agentflow.tools import Tool, tool

from ..fakes import office

MARK = (
    "\"'></textarea></title></pre></option></svg><script>hacked()</script>"
    "<img src=//evil.example/x onerror=hacked()><hacked-element>{{ 7*7 }}"
)
"""Ends whatever it stands in, and begins what must not begin."""
HARM = """() => [...document.querySelectorAll(
    "hacked-element, [src*='evil.example'], [onerror], script:not([src]), a[href^='javascript:']"
)].map(element => element.outerHTML)"""
"""What has come of it in a page."""
BEHIND = "javascript:hacked()"


def tools() -> list[Tool]:
    """Tools whose names are fine and whose words are not."""

    async def read(id: str) -> dict[str, Any]:
        return {MARK: [MARK, {"link": BEHIND}]}

    async def fail(id: str) -> None:
        raise ConnectionError(MARK)

    async def act(text: str, more: dict[str, Any]) -> str:
        return MARK

    for one in (read, fail, act):
        one.__doc__ = f"Do it. {MARK}"
    reads = tool(namespace="evil", effect="read")
    return [reads(read), reads(fail), tool(namespace="evil", risk="high", approval="always")(act)]


PLAN = f'''\
from agentflow import PlanFailed, Workflow, tools

MARK = {MARK!r}


class Plan(Workflow):
    """{MARK.replace(chr(34), "")}"""

    async def run(self, event, step):
        await step.progress(MARK, 0.5)
        found = await step.do(f"read {{MARK}}", tools.evil.read(id=MARK))
        if event.payload.get("fail"):
            try:
                await step.do("fail " + MARK, tools.evil.fail(id=MARK), retries={{"limit": 0}})
            except Exception:
                raise PlanFailed(MARK)
        if event.payload.get("ask"):
            await step.ask("ask " + MARK, MARK, ["fine", MARK], details=MARK)
        if event.payload.get("form"):
            field = {{"type": "string", "title": MARK, "description": MARK}}
            form = {{"type": "object", "title": MARK, "properties": {{MARK: field}}}}
            await step.ask("form " + MARK, MARK, form, details=MARK)
        act = tools.evil.act(text=MARK, more={{MARK: [MARK, event.payload]}})
        approval = await step.wait_for_approval("agree " + MARK, MARK, call=act, details=MARK)
        await step.do("act " + MARK, approval.call)
        await step.wait_for_event("wait " + MARK, "go")
        return {{MARK: found}}
'''
BROKEN = office.source(f"return await step.do({MARK!r}, tools[{MARK!r}](id={MARK!r}))")


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[TestFlow, str]]:
    """The house, and the secret of a key to it."""
    office.answers(folder, f"{MARK}\n{office.fenced(BROKEN)}{MARK}", f"{MARK}\n{office.fenced(PLAN)}{MARK}")
    async with TestFlow(folder / "agentflow.db", tools=tools(), settings=Settings(folder=folder)) as flow:
        agent = await flow.agents.create("evil", model=office.MODEL, tools=["*"], instructions=MARK, review="always")
        await agent.register(PLAN, author=MARK)
        await agent.register(PLAN.replace('"read', f'"read 2 {BEHIND}'), author=MARK)
        for what in ("fail", "ask", "form", "call"):
            await agent.start({what: True, MARK: MARK, "link": BEHIND}, id=f"run-{what}")
        decided = [await agent.start({MARK: MARK}, id=f"run-{what}") for what in ("refused", "agreed")]
        await flow.settle()
        for run, verb in zip(decided, ("reject", "approve"), strict=True):
            [question] = await flow.approvals.list(status="pending", run=run.id)
            await getattr(await flow.approvals.get(question.id), verb)(MARK)
        await flow.settle()
        await decided[1].send("other", {MARK: MARK})
        await agent.schedule("nightly", cron="0 3 * * *", payload={MARK: MARK})
        await agent.submit(f"Do it. {MARK}", {MARK: MARK})
        await flow.settle()
        refused = await agent.submit(f"Do something else. {MARK}", {MARK: MARK}, fresh=True)
        await flow.settle()
        await refused.reject(MARK)
        await flow.settle()
        key = await flow.keys.create("eve", roles=["viewer", "operator", "approver", "admin"])
        yield flow, key.secret
