"""A question with buttons: what each of them does, and what it says where it cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import ipywidgets
import pytest
import pytest_asyncio

from agentflow.app import ApprovalHandle
from agentflow.notebook import asking
from agentflow.notebook.buttons import Form, view
from agentflow.testing import TestFlow

from ..fakes import office
from ..fakes.waiting import until

AGREES = office.source(
    'call = tools.payments.refund(id="17")\n'
    '        approval = await step.wait_for_approval("agree", "Refund 17?", call=call)\n'
    '        return [await step.do("refund", approval.call), approval.comment]'
)
SECRET = office.source(
    'return await step.do("refund", tools.payments.refund(id="17"), sensitive=True)',
)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def flow(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[TestFlow]:
    folder: Path = tmp_path_factory.mktemp("buttons")
    async with TestFlow(folder / "a.db", tools=office.tools()) as flow:
        yield flow


pytestmark = pytest.mark.asyncio(loop_scope="module")


def form(handle: ApprovalHandle) -> Form:
    """Its form, whose page says only the status."""
    return Form(ipywidgets, handle, handle.record, lambda: handle.record.status)


def named(form: Form) -> dict[str, ipywidgets.Button]:
    return {button.description: button for button in form.buttons}


async def test_approving_passes_the_comment_on_and_leaves_nothing_to_press(flow: TestFlow) -> None:
    run = await flow.run(AGREES)
    shown = form(await flow.question())
    shown.comment.value = " fine "
    named(shown)["Approve"].click()
    await until(lambda: shown.page.value == "approved")
    assert await run.result() == ["refunded 17", "fine"]
    assert all(button.disabled for button in shown.buttons)


async def test_other_arguments_are_those_of_the_call(flow: TestFlow) -> None:
    run = await flow.run(AGREES)
    shown = form(await flow.question())
    shown.given.value = '{"id": "18"}'
    named(shown)["Approve"].click()
    await until(lambda: shown.page.value == "approved")
    assert (await run.result())[0] == "refunded 18"


@pytest.mark.parametrize(
    ("args", "why"),
    [("{", "the object of arguments is not JSON"), ('{"number": 1}', "number"), ('{"$decimal": 1}', "values")],
)
async def test_arguments_that_cannot_be_are_said_and_decide_nothing(flow: TestFlow, args: str, why: str) -> None:
    run = await flow.run(AGREES)
    shown = form(await flow.question())
    shown.given.value = args
    named(shown)["Approve"].click()
    await until(lambda: why in shown.said.value)
    assert not any(button.disabled for button in shown.buttons)
    named(shown)["Reject"].click()
    await until(lambda: shown.page.value == "rejected")
    assert shown.said.value == ""
    assert (await run.error())["type"] == "ApprovalRejected"


async def test_what_is_sensitive_is_not_there_to_be_edited(flow: TestFlow) -> None:
    run = await flow.run(SECRET)
    shown = form(await flow.question())
    assert len(shown.box.children) == 3
    assert shown.given.value == "", "what a form holds is stored with the notebook, shown or not"
    await run.cancel()


async def test_what_was_typed_of_a_sensitive_outcome_is_not_left_in_the_form(flow: TestFlow) -> None:
    flow.steps("send a code").times_out()
    run = await flow.run(
        office.source('return await step.do("send a code", tools.mail.send(to="ada"), sensitive=True)')
    )
    shown = form(await flow.question())
    shown.given.value = '"4929 1234"'
    named(shown)["It happened"].click()
    await until(lambda: shown.page.value != "pending")
    assert shown.given.value == "null"
    assert await run.result() == "4929 1234"


async def test_a_question_is_answered_in_words(flow: TestFlow) -> None:
    run = await flow.run(office.ASKS)
    shown = form(await flow.question())
    shown.given.value = "green"
    named(shown)["Answer"].click()
    await until(lambda: "Not decided" in shown.said.value)
    shown.given.value = "red"
    named(shown)["Answer"].click()
    await until(lambda: shown.page.value != "pending")
    assert await run.result() == "red"


@pytest.mark.parametrize(("press", "result"), [("It happened", "by hand"), ("It did not", "sent to ada")])
async def test_an_unknown_outcome_is_decided(flow: TestFlow, press: str, result: str) -> None:
    flow.steps(f"send, {press}").times_out()
    run = await flow.run(office.source(f'return await step.do("send, {press}", tools.mail.send(to="ada"))'))
    shown = form(await flow.question())
    shown.given.value = '"by hand"'
    named(shown)[press].click()
    await until(lambda: shown.page.value != "pending")
    assert await run.result() == result


async def test_where_it_was_decided_elsewhere_that_is_shown_and_nothing_is_left_to_press(flow: TestFlow) -> None:
    run = await flow.run(AGREES)
    question = await flow.question()
    shown = form(question)
    await (await flow.approvals.get(question.id)).approve("elsewhere")
    shown._draw = lambda: asking.of_approval(question).approval.status
    named(shown)["Reject"].click()
    await until(lambda: shown.page.value == "approved")
    await until(lambda: all(button.disabled for button in shown.buttons))
    assert "already approved" in shown.said.value
    assert await run.result() == ["refunded 17", "elsewhere"]


async def test_outside_of_a_notebook_there_are_no_buttons(flow: TestFlow) -> None:
    run = await flow.run(office.ASKS)
    assert view(await flow.question(), str) == {}
    await run.cancel()
