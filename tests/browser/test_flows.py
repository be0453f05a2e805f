"""What people do with the page, with nothing but a browser: from a goal to a finished run."""

from __future__ import annotations

import re

import pytest_asyncio
from playwright.async_api import Page, expect

from agentflow.app import AgentFlow, AgentHandle, RunHandle

from ..fakes.office import fenced
from ..fakes.slow import Slow
from ..fakes.waiting import until
from . import shop
from .conftest import Enter, Served
from .stage import DARK, IN_A_BROWSER, PHONE

pytestmark = IN_A_BROWSER

PEOPLE = ("viewer", "operator", "approver")


@pytest_asyncio.fixture(loop_scope="session")
async def refunds(flow: AgentFlow) -> AgentHandle:
    """An agent with a plan that asks before it pays."""
    agent = await flow.agents.create("refunds", model="offline:./quick", tools=["*"], review="always")
    await agent.register(shop.REFUND_AT_ONCE)
    return agent


async def asking(flow: AgentFlow, agent: AgentHandle, order: str) -> tuple[RunHandle, str]:
    """A run that waits for a person, and the path of its question."""
    run = await agent.start({"order_id": order}, id=f"refund-{order}")
    found = list[str]()

    async def asks() -> bool:
        found[:] = [one.id for one in await flow.approvals.list(status="pending", run=run.id)]
        return bool(found)

    await until(asks)
    return run, f"/approvals/{found[0]}"


async def status(page: Page, said: str) -> None:
    """The page says at its top that what it is about is so, now or soon, by itself."""
    await expect(page.locator("main .head .state", has_text=re.compile(f"^{said}$")).first).to_be_visible()


async def test_a_goal_becomes_an_approved_and_finished_run_on_a_phone(
    flow: AgentFlow, url: str, refunds: AgentHandle, enter: Enter
) -> None:
    """Submit, see what the model writes, review, approve, agree to the call, and see the end come by itself."""
    model = Slow(flow)
    page = (await enter(url, **PHONE)).page
    await page.get_by_role("link", name="Submit a goal").first.click()
    await page.get_by_label("Agent").select_option("refunds")
    await page.get_by_label("What is to be done").fill("Refund order 42.")
    await page.get_by_label("Payload").fill('{"order_id": "42"}')
    await page.get_by_role("button", name="Submit").tap()
    model.say("I load the order first. ")
    await expect(page.get_by_label("The answer so far")).to_contain_text("I load the order first.")
    model.say(fenced(shop.REFUND_AT_ONCE))
    model.end()
    await page.get_by_role("button", name="Approve and run").tap()
    await page.get_by_role("link", name=re.compile("^Run ")).tap()
    await page.get_by_role("link", name="a person to agree").tap()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Refund 480.00 EUR to customer-42@example.com?")
    await page.get_by_role("button", name="Approve", exact=True).tap()
    await status(page, "approved")
    await page.get_by_role("link", name=re.compile("^run_")).first.tap()
    await status(page, "completed")
    await expect(page.get_by_role("region", name="About this run")).to_contain_text("refund-42")


async def test_why_a_run_failed_is_found_without_a_log(seeded: Served, enter: Enter) -> None:
    page = (await enter(seeded.url, "/runs?status=failed", key=seeded.shop.secrets["olga"])).page
    await page.get_by_role("link", name="books-2026-10").click()
    why = page.get_by_role("region", name="Why it failed")
    await expect(why).to_contain_text("bank.example.com answers 503: maintenance until 06:00")
    await expect(why).to_contain_text("The fault is a tool's")
    await why.get_by_role("link", name="fetch the statement").click()
    step = page.get_by_role("complementary", name="The step that is chosen")
    await expect(step).to_contain_text("3 of at most 3")
    await expect(page.locator("#line-11")).to_have_class(re.compile("is-marked"))


async def test_a_question_is_rejected_with_a_comment_and_the_run_says_so(
    flow: AgentFlow, url: str, refunds: AgentHandle, enter: Enter
) -> None:
    run, question = await asking(flow, refunds, "51")
    page = (await enter(url, question)).page
    await page.get_by_text("Reject", exact=True).first.click()
    await page.get_by_label("Why").fill("Ask the customer first.")
    await page.get_by_role("button", name="Reject").click()
    await status(page, "rejected")
    await page.goto(f"{url}/runs/{run.id}")
    await status(page, "failed")
    await expect(page.get_by_role("region", name="Why it failed")).to_contain_text("Ask the customer first.")


async def test_arguments_are_edited_before_they_are_agreed_to(
    flow: AgentFlow, url: str, refunds: AgentHandle, enter: Enter
) -> None:
    run, question = await asking(flow, refunds, "42")
    page = (await enter(url, question)).page
    await page.get_by_text("Edit the arguments").click()
    form = page.locator("#edit")
    await form.get_by_label("reason").fill("half of it was kept")
    await form.get_by_role("button", name="Approve with these arguments").click()
    await status(page, "approved")
    await expect(page.get_by_role("main")).to_contain_text("half of it was kept")
    await run.result()
    [approval] = await flow.approvals.list(run=run.id)
    assert approval.calls[0].args["reason"] == "half of it was kept"


async def test_of_two_who_decide_at_once_the_second_sees_who_was_first(
    flow: AgentFlow, url: str, refunds: AgentHandle, enter: Enter
) -> None:
    """Ben's browser runs no script: his page cannot know, and works all the same."""
    run, question = await asking(flow, refunds, "42")
    keys = {name: (await flow.keys.create(name, roles=PEOPLE)).secret for name in ("anna", "ben")}
    anna = (await enter(url, question, key=keys["anna"])).page
    ben = await enter(url, question, key=keys["ben"], java_script_enabled=False)
    await anna.get_by_role("button", name="Approve", exact=True).click()
    await status(anna, "approved")
    await ben.page.get_by_text("Reject", exact=True).first.click()
    await ben.page.get_by_label("Why").fill("No.")
    with ben.watch.expecting(409):
        await ben.page.get_by_role("button", name="Reject").click()
        await expect(ben.page.get_by_role("alert")).to_contain_text("anna")
    await run.result()


async def test_many_questions_are_decided_at_once_after_each_was_shown(
    flow: AgentFlow, url: str, refunds: AgentHandle, enter: Enter
) -> None:
    runs = [(await asking(flow, refunds, order))[0] for order in ("17", "42", "63")]
    page = (await enter(url)).page
    for order in ("17", "42"):
        await page.get_by_label(re.compile(f"Select: .*customer-{order}@")).check()
    await page.get_by_role("button", name="Approve...").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Approve 2 questions?")
    for amount in ("49.90", "480.00"):
        await expect(page.get_by_role("main")).to_contain_text(amount)
    await page.get_by_role("button", name="Approve 2 questions").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("2")
    assert [await one.result() for one in runs[:2]]
    assert (await runs[2].refresh()).status == "waiting"


async def test_a_runs_page_moves_by_itself_and_keeps_what_was_chosen(
    flow: AgentFlow, url: str, refunds: AgentHandle, enter: Enter
) -> None:
    run, question = await asking(flow, refunds, "17")
    page = (await enter(url, f"/runs/{run.id}?step=load+order%231", **DARK)).page
    await status(page, "waiting")
    step = page.get_by_role("complementary", name="The step that is chosen")
    await page.evaluate("window.same = true")
    await (await flow.approvals.get(question.rpartition("/")[2])).approve()
    await status(page, "completed")
    await expect(step.get_by_role("heading", level=2)).to_have_text("load order")
    await expect(page.get_by_role("region", name="Timeline")).to_contain_text("tell the customer")
    assert await page.evaluate("window.same"), "it was loaded as a whole"


async def test_a_question_is_found_and_decided_with_the_keyboard_alone(
    flow: AgentFlow, url: str, refunds: AgentHandle, enter: Enter
) -> None:
    """Whatever has the focus shows it."""
    run, question = await asking(flow, refunds, "17")
    page = (await enter(url)).page
    await tabbed(page, "Refund 49.90 EUR")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{url}{question}")
    await tabbed(page, "Approve")
    await page.keyboard.press("Enter")
    await status(page, "approved")
    await run.result()


async def tabbed(page: Page, name: str) -> None:
    """Go on with the key Tab until what has the focus begins so."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        said, shown = await page.evaluate(
            "[document.activeElement.innerText, getComputedStyle(document.activeElement).outlineStyle]"
        )
        assert shown != "none", f"nobody sees that {said!r} has the focus"
        if said.strip().startswith(name):
            return
    raise AssertionError(f"Tab does not come to {name!r}")
