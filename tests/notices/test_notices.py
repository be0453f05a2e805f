"""People are told that something waits for them: once, in time, on each channel, and what was not taken is known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from agentflow.errors import NotFound, ProviderError, StorageError, UsageError
from agentflow.notices import MOST_TRIES, PAUSES, next_try
from agentflow.notices.courier import FEW, PAUSE, Courier
from agentflow.notices.posting import Unsent
from agentflow.notices.signing import HEADER, OLDEST, signature, verified
from agentflow.settings import NotifySettings, Settings
from agentflow.testing import TestFlow

from ..fakes import office
from ..fakes.clock import FakeClock
from ..fakes.waiting import until
from . import servers
from .servers import Inbox

KEY = "a-long-enough-key"


def ways(hook: Inbox, **more: Any) -> dict[str, NotifySettings]:
    return {"ops": NotifySettings(kind="webhook", url=hook.url, secret="HOOK_KEY"), **more}


@pytest.fixture
async def flow(hook: Inbox) -> AsyncIterator[TestFlow]:
    settings = Settings(notify=ways(hook))
    async with TestFlow(tools=office.tools(), settings=settings, secrets={"HOOK_KEY": KEY}) as flow:
        for task in flow._aside:  # the rounds are made by the tests
            task.cancel()
        yield flow


async def asks(flow: TestFlow, **policy: Any) -> str:
    """A question, by a run that was just started."""
    await flow.run(office.REFUNDS, {"id": "17"}, agent=await flow.agent(approvals=policy))
    await flow.settle()
    return (await flow.question()).id


def courier(flow: TestFlow) -> Courier:
    return flow._open().courier


async def states(flow: TestFlow) -> dict[str, str]:
    return {one.kind: one.state for one in await flow.notices.list()}


async def test_a_question_is_told_at_once_signed_and_without_its_arguments(flow: TestFlow, hook: Inbox) -> None:
    id = await asks(flow)
    assert await courier(flow).round() == 1
    [(headers, body)] = hook.came
    assert verified(KEY, headers[HEADER], body, flow.clock.now())
    assert headers["Agentflow-Delivery"] == f"{id}/asked/ops"
    [document] = hook.documents
    assert (document["kind"], document["approval"]["id"], document["approval"]["tools"]) == (
        "approval.asked",
        id,
        ["payments.refund"],
    )
    assert b"args" not in body
    assert document["approval"]["tenant"] == "default"
    assert await courier(flow).round() == 0
    assert await states(flow) == {"asked": "sent", "expired": "waiting"}


async def test_what_is_decided_before_its_moment_is_not_told(flow: TestFlow, hook: Inbox) -> None:
    await asks(flow, due="1 hour", escalate={"after": "2 hours", "to": ["carl"]})
    await courier(flow).round()
    await flow.skip("1 hour")
    await courier(flow).round()
    assert [one["kind"] for one in hook.documents] == ["approval.asked", "approval.due"]
    await (await flow.question()).approve()
    await flow.skip("7 days")
    while await courier(flow).round():
        continue
    assert len(hook.came) == 2
    assert await states(flow) == {"asked": "sent", "due": "sent", "escalated": "dropped", "expired": "dropped"}


async def test_what_nobody_decided_is_told_and_counted(flow: TestFlow, hook: Inbox) -> None:
    await asks(flow)
    await flow.expire_wait("refund")
    await courier(flow).round()
    assert [one["kind"] for one in hook.documents] == ["approval.expired"]
    assert await states(flow) == {"asked": "dropped", "expired": "sent"}
    failings = await flow.notices.failings()
    assert (failings.undelivered, failings.expired_undecided) == (0, 1)


async def test_what_is_not_taken_is_tried_again_later_and_at_last_given_up(flow: TestFlow, hook: Inbox) -> None:
    await asks(flow)
    hook.answers = [500, 302, *[503] * MOST_TRIES]
    for pause in PAUSES:
        assert await courier(flow).round() == 1
        assert await courier(flow).round() == 0
        flow.clock.advance(pause)
    await courier(flow).round()
    [notice] = await flow.notices.list(state="undelivered")
    assert (notice.tries, notice.error, len(hook.came)) == (
        MOST_TRIES,
        "it answered 503 Service Unavailable",
        MOST_TRIES,
    )
    assert len({headers["Agentflow-Delivery"] for headers, _ in hook.came}) == 1
    assert (await flow.notices.failings()).undelivered == 1


async def test_one_that_was_taken_out_by_another_courier_is_left_to_it(flow: TestFlow, hook: Inbox) -> None:
    await asks(flow)
    one = courier(flow)
    [row] = await one._due()
    await one.round()
    await one._take_out(row)
    assert len(hook.came) == 1


async def test_one_that_was_under_way_when_its_worker_died_is_taken_out_again(flow: TestFlow, hook: Inbox) -> None:
    from agentflow.notices import LEASE
    from agentflow.store import Write

    id = await asks(flow)
    taken = {"about": id, "kind": "asked", "channel": "ops", "tries": 0, "until": flow.clock.now() + LEASE}
    await flow._open().store.write([Write("take_notice", taken)])
    assert await courier(flow).round() == 0
    flow.clock.advance(LEASE)
    assert await courier(flow).round() == 1
    assert len(hook.came) == 1


async def test_the_moment_of_an_expiry_may_come_before_the_run_hears_of_it(flow: TestFlow, hook: Inbox) -> None:
    id = await asks(flow)
    end = (await flow.question()).record.expires_at or 0.0
    row = {"about": id, "kind": "expired", "channel": "ops", "tries": 0}
    for now, again in ((end - 60.0, end), (end + 5.0, end + 5.0 + PAUSE)):
        early = await replace(courier(flow), clock=FakeClock(now))._outcome(row)
        assert (early.state, early.due_at) == ("waiting", again)


async def test_a_secret_that_is_missing_is_told_and_not_sent_without(flow: TestFlow, hook: Inbox) -> None:
    await asks(flow)
    lost = replace(courier(flow), ways={"ops": NotifySettings(kind="webhook", url=hook.url, secret="NO_KEY")})
    await lost.round()
    [notice] = [one for one in await flow.notices.list() if one.kind == "asked"]
    assert (notice.state, hook.came) == ("waiting", [])
    assert "the secret NO_KEY is missing" in str(notice.error)


async def test_a_channel_is_tried_by_hand(flow: TestFlow, hook: Inbox) -> None:
    id = await flow.notices.test("ops")
    assert hook.documents == [{"kind": "test", "at": flow.clock.now(), "id": id, "person": None}]
    hook.answers = [404]
    with pytest.raises(ProviderError, match="ops did not take it: it answered 404 Not Found"):
        await flow.notices.test("ops")
    with pytest.raises(NotFound, match=r"there is no channel 'opz': .* here ops"):
        await flow.notices.test("opz")
    with pytest.raises(UsageError, match="a notice is never 'lost'"):
        await flow.notices.list(state="lost")  # type: ignore[arg-type]
    assert flow.notices.channels() == ["ops"]


async def test_slack_and_mail_are_told_in_a_line(flow: TestFlow, hook: Inbox) -> None:
    with servers.mail() as (port, letters):
        letter = NotifySettings(
            kind="mail", server="127.0.0.1", port=port, tls=False, sender="flow@example.com", to=["ada@example.com"]
        )
        others = {"chat": NotifySettings(kind="slack", secret="CHAT_URL"), "post": letter}
        flow._open().world.secrets._values["CHAT_URL"] = hook.url
        both = replace(courier(flow), ways=others)
        for name in others:
            await both.send(name, "approval_1/asked/x", "Waits for you: Go?", {"kind": "approval.asked"})
    assert hook.documents == [{"text": "Waits for you: Go?"}]
    [text] = letters
    assert "Subject: [agentflow] Waits for you: Go?" in text
    assert "To: ada@example.com" in text
    assert '"kind": "approval.asked"' in text


async def test_a_mail_server_wants_to_know_who_sends_and_tls_is_not_left_out(flow: TestFlow) -> None:
    with servers.mail() as (port, letters):
        way = NotifySettings(
            kind="mail", server="127.0.0.1", port=port, tls=False, sender="a@b.example", to=["c@d.example"],
            user="flow", secret="HOOK_KEY",
        )  # fmt: skip
        await replace(courier(flow), ways={"post": way}).send("post", "1", "Go?", {})
        assert letters[0].startswith("AUTH PLAIN ")
        safe = replace(courier(flow), ways={"post": way.model_copy(update={"tls": True})})
        with pytest.raises(Unsent, match="STARTTLS"):
            await safe.send("post", "1", "Go?", {})
    with pytest.raises(Unsent, match="ConnectionRefusedError"):
        await safe.send("post", "1", "Go?", {})
    assert len(letters) == 2


async def test_a_database_that_cannot_be_read_for_a_while_ends_no_courier(
    flow: TestFlow, caplog: pytest.LogCaptureFixture
) -> None:
    rounds = 0

    class Stumbling(Courier):
        async def round(self) -> int:
            nonlocal rounds
            rounds += 1
            if rounds == 1:
                raise StorageError("the disk is full")
            return FEW if rounds == 2 else 0

    one = courier(flow)
    running = asyncio.create_task(Stumbling(one.store, one.clock, one.ways, one.secrets, one.redact, one.admit).run())
    await until(lambda: rounds == 1)
    flow.clock.advance(PAUSE)
    await until(lambda: rounds == 3)
    running.cancel()
    assert "notices stay for now: the disk is full" in caplog.text


async def test_a_worker_takes_notices_out_by_itself(hook: Inbox) -> None:
    async with TestFlow(tools=office.tools(), settings=Settings(notify=ways(hook)), secrets={"HOOK_KEY": KEY}) as flow:
        await asks(flow)
        flow.clock.advance(2.0)
        await until(lambda: hook.came)


def test_a_signature_is_of_one_body_one_key_and_a_few_minutes() -> None:
    header = signature(KEY, 1000.0, b"body")
    assert verified(KEY, header, b"body", 1000.0 + OLDEST)
    assert not verified(KEY, header, b"body", 1001.0 + OLDEST)
    assert not verified(KEY, header, b"other", 1000.0)
    assert not verified("another", header, b"body", 1000.0)
    for forged in ("", "t=1000", "v1=abc", "t=x,v1=y", "t=1000,v1=\xe9", header.replace("t=1000", "t=1001")):
        assert not verified(KEY, forged, b"body", 1000.0)


def test_tries_are_further_and_further_apart() -> None:
    assert [next_try(n, 0.0) for n in range(1, MOST_TRIES + 1)] == [*PAUSES, None]
    assert len(PAUSES) == MOST_TRIES - 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "webhook", "url": "http://a.example"}, "a webhook needs secret"),
        ({"kind": "slack"}, "a slack needs secret"),
        ({"kind": "mail", "server": "a"}, "a mail needs sender and to"),
        ({"kind": "mail", "server": "a", "sender": "a@b", "to": ["c@d"], "user": "u"}, "a mail needs secret"),
        ({"kind": "slack", "secret": "S", "tenant": "shop"}, "tenant: it is that of a person: name one"),
    ],
)
def test_a_channel_says_all_that_it_needs(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        NotifySettings.model_validate(given)
