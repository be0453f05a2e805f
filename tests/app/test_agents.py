"""Agents: made, changed, archived, given plans and runs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow, AgentHandle
from agentflow.errors import Conflict, NotFound, PlanRefused, UsageError
from agentflow.records import AgentLimits

from ..fakes import office
from ..fakes.afar import everywhere
from ..fakes.office import BROKEN, READS, WAITS, source


@everywhere
async def test_an_agent_is_what_it_was_made_with(flow: AgentFlow) -> None:
    made = await flow.agents.create(
        "clerk", model="offline:demo", tools=["orders.*"], instructions="Be kind.", review="always", repairs=1
    )
    found = await flow.agents.get("clerk")
    assert found.record == made.record
    assert (found.name, found.id, found.record.tenant) == ("clerk", made.id, "default")
    assert (found.record.review, found.record.repairs, found.record.instructions) == ("always", 1, "Be kind.")
    assert [spec.name for spec in found.tools()] == ["orders.get"]


@pytest.mark.parametrize("name", ["", "Clerk", "-clerk", "the clerk", "x" * 64, "clerk\n", "ä"])
async def test_a_name_that_is_none_is_refused(flow: AgentFlow, name: str) -> None:
    with pytest.raises(UsageError, match="is not an agent's name: small letters, digits, _ and -, at most 63"):
        await flow.agents.create(name, model="offline:demo")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"model": "gpt-5"}, "names no provider"),
        ({"model": "acme:gpt-5"}, "acme"),
        ({"tools": ["orders.get", "shop.*"]}, r"no tool matches shop\.\*: `agentflow tools` lists"),
        ({"tools": "orders.*"}, r"tools cannot be the text 'orders\.\*': give a list, such as \['orders\.\*'\]"),
        ({"review": "sometimes"}, "review cannot be 'sometimes': it is one of never, risky, always"),
        ({"repairs": -1}, "repairs cannot be -1: it is a number from 0 to 20"),
        ({"repairs": 21}, "repairs cannot be 21"),
        ({"plan_tokens": 0}, "plan_tokens cannot be 0: it is a number from 1 to 1,000,000,000,000"),
        ({"plan_tokens": 10**30}, "plan_tokens cannot be 10+: it is"),
        ({"plan_cost": 0.0}, "plan_cost cannot be 0.0: it is an amount in US dollars above 0"),
        ({"plan_cost": float("nan")}, "plan_cost cannot be nan"),
        (
            {"plan_cost": 10**20},
            "plan_cost cannot be 10+: it is an amount in US dollars above 0, at most 1,000,000,000",
        ),
        ({"fallback_model": "gpt"}, "the model 'gpt' names no provider and model"),
        ({"limits": {"steps": 0}}, "limit steps: input should be greater than 0"),
        ({"hosts": ["ftp://a.com"]}, "'ftp://a.com' is not a host"),
    ],
)
async def test_what_an_agent_cannot_have_is_refused(flow: AgentFlow, given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        await flow.agents.create("clerk", **{"model": "offline:demo", **given})
    assert await flow.agents.list() == []


@everywhere
async def test_a_name_is_taken_once_and_may_be_updated(flow: AgentFlow) -> None:
    first = await flow.agents.create("clerk", model="offline:demo")
    with pytest.raises(Conflict, match="there is an agent clerk already"):
        await flow.agents.create("clerk", model="offline:demo", tools=["*"])
    second = await flow.agents.create("clerk", model="offline:demo", tools=["*"], update=True)
    third = await flow.agents.create("clerk", model="offline:demo", tools=["*"], update=True)
    assert (first.record.tools, second.record.tools, second.id) == ((), ("*",), first.id)
    assert third.record == second.record


async def test_limits_and_hosts_are_the_agent_s_own_and_gone_with_an_update_that_has_none(flow: AgentFlow) -> None:
    own: dict[str, Any] = {"limits": {"steps": 5}, "hosts": ["API.example.com"]}
    made = await flow.agents.create("clerk", model="offline:demo", **own)
    assert (made.record.limits, made.record.hosts) == (AgentLimits(steps=5), ("api.example.com",))
    bare = await flow.agents.create("clerk", model="offline:demo", update=True)
    assert (bare.record.limits, bare.record.hosts) == (AgentLimits(), ())


@everywhere
async def test_agents_are_listed_by_name_the_archived_ones_when_asked_for(flow: AgentFlow) -> None:
    for name in ("b", "c", "a"):
        await flow.agents.create(name, model="offline:demo")
    await flow.agents.archive("b")
    assert [agent.name for agent in await flow.agents.list()] == ["a", "c"]
    assert [agent.name for agent in await flow.agents.list(archived=True)] == ["a", "b", "c"]


@everywhere
async def test_an_unknown_agent_is_not_found(flow: AgentFlow) -> None:
    for lookup in (flow.agents.get, flow.agents.archive):
        with pytest.raises(NotFound, match="there is no agent 'nobody': `agentflow agent list` names them"):
            await lookup("nobody")


async def test_an_archived_agent_does_nothing_until_it_is_created_again(clerk: AgentHandle, flow: AgentFlow) -> None:
    await clerk.register(READS)
    await flow.agents.archive("clerk")
    with pytest.raises(Conflict, match="archived already"):
        await flow.agents.archive("clerk")
    archived = await flow.agents.get("clerk")
    for ask in (archived.submit("x"), archived.register(READS), archived.start()):
        with pytest.raises(Conflict, match="agent clerk is archived: create it again to use it"):
            await ask
    again = await flow.agents.create("clerk", model="offline:demo", tools=["*"])
    assert (again.id, again.record.archived_at) == (clerk.id, None)
    assert (await (await again.start({"id": "17"})).result())["id"] == "17"


@everywhere
async def test_a_registered_plan_is_a_version(clerk: AgentHandle) -> None:
    plan = await clerk.register(READS)
    assert (plan.number, plan.source, plan.entry, plan.author) == (1, READS, "Plan", "local")
    assert (plan.tools, plan.reviewed, plan.prompt, plan.goal) == (("orders.get",), True, None, None)
    assert await clerk.register(READS) == plan
    second = await clerk.register(WAITS, author="ci")
    assert (second.number, second.author) == (2, "ci")
    assert [version.number for version in await clerk.plans()] == [1, 2]
    assert (await clerk.plan()).number == 2
    assert await clerk.plan(1) == plan


async def test_a_plan_that_is_no_text_is_refused(clerk: AgentHandle, tmp_path: Path) -> None:
    no_text: Any = tmp_path / "plan.py"
    with pytest.raises(UsageError, match=r"not PosixPath: of a file, give path\.read_text\(\)"):
        await clerk.register(no_text)


@pytest.mark.parametrize(("bad", "code"), [(BROKEN, "AF201"), ("class Plan(Workflow:\n", "AF001"), ("", None)])
async def test_a_plan_with_errors_is_refused_with_its_findings(clerk: AgentHandle, bad: str, code: str | None) -> None:
    with pytest.raises(PlanRefused, match=r"the plan has \d+ findings? that must be mended: ") as refused:
        await clerk.register(bad)
    assert code is None or code in {finding.code for finding in refused.value.findings}
    assert refused.value.findings == (await clerk.check(bad)).findings
    assert await clerk.plans() == []


async def test_what_is_only_a_warning_does_not_count_as_an_error(clerk: AgentHandle) -> None:
    warns = "try:\n            await step.do('x', lambda: 1)\n        except Exception:\n            pass"
    both = source(f"{warns}\n        return await step.do('y', tools.orders.fetch(id='1'))")
    compiled = await clerk.check(both)
    assert sum(finding.severity == "error" for finding in compiled.findings) == 1 < len(compiled.findings)
    with pytest.raises(PlanRefused, match=r"the plan has 1 finding that must be mended: line 12: "):
        await clerk.register(both)


@everywhere
async def test_a_version_that_is_not_there_is_not_found(clerk: AgentHandle) -> None:
    with pytest.raises(NotFound, match="clerk has no plan that may run: submit a goal, or register one"):
        await clerk.start()
    with pytest.raises(NotFound, match="there is no version 7 of this agent"):
        await clerk.start(version=7)


@everywhere
async def test_a_run_starts_with_the_newest_version_or_the_one_asked_for(clerk: AgentHandle) -> None:
    await clerk.register(source("return 1"))
    await clerk.register(source("return 2"))
    assert await (await clerk.start()).result() == 2
    old = await clerk.start(version=1, id="my_run-1")
    assert (await old.result(), old.id, old.record.version) == (1, "my_run-1", 1)


@pytest.mark.parametrize("id", ["-x", "a b", "a/b", "x" * 101, "ü"])
async def test_a_run_id_that_is_none_is_refused(clerk: AgentHandle, id: str) -> None:
    await clerk.register(WAITS)
    with pytest.raises(UsageError, match="is not a run id: letters, digits, _ and -, at most 100"):
        await clerk.start(id=id)


BAD_PAYLOADS = [
    ([1], "must be a JSON object such as .*, not list"),
    ("text", "not str"),
    (0, "not int"),
    ({"n": math.nan}, "the payload is not JSON: "),
    ({"n": {1}}, r"\$\.n: a set is not JSON; use a sorted list"),
    ({1: "x"}, "the payload is not JSON: "),
    ({"n": "x" * 1_048_576}, "the payload has 1048584 bytes, the limit is 1048576: pass a reference"),
]


@pytest.mark.parametrize(("payload", "words"), BAD_PAYLOADS)
async def test_a_payload_that_is_no_json_object_starts_nothing(
    clerk: AgentHandle, flow: AgentFlow, payload: Any, words: str
) -> None:
    await clerk.register(WAITS)
    for ask in (clerk.start(payload), clerk.submit("Do it", payload)):
        with pytest.raises(UsageError, match=words):
            await ask
    assert (await flow.runs.list(), await flow.goals.list()) == ([], [])


@pytest.mark.parametrize("text", ["", " \n"])
async def test_a_goal_without_words_is_refused(clerk: AgentHandle, text: str) -> None:
    with pytest.raises(UsageError, match="the goal is empty"):
        await clerk.submit(text)


async def test_a_version_is_revoked_by_somebody_for_a_reason(flow: AgentFlow, clerk: AgentHandle) -> None:
    await clerk.register(WAITS)
    await clerk.register(READS)
    revoked = await clerk.revoke(1, " It leaks. ")
    assert (revoked.revoked_by, revoked.revoked_why) == ("local", "It leaks.")
    assert (await clerk.revoke(2)).revoked_why is None
    [last, first] = await flow.audit.list(verb="plans.revoke")
    assert (first.details, last.details) == (
        {"comment": "It leaks.", "running": "pause"},
        {"comment": None, "running": "pause"},
    )


async def test_runs_are_counted_by_the_version_that_they_are_pinned_to(flow: AgentFlow, clerk: AgentHandle) -> None:
    assert await clerk.pinned() == []
    await clerk.register(WAITS)
    first = await clerk.start()
    await (await clerk.start()).cancel()
    await clerk.register(READS)
    later = await clerk.start({"id": "17"})
    assert [(one.version, one.runs) for one in await clerk.pinned()] == [(1, 2), (2, 1)]
    assert [run.id for run in await flow.runs.list(agent="clerk", version=2)] == [later.id]
    assert first.id in [run.id for run in await flow.runs.list(agent="clerk", version=1)]
    with pytest.raises(UsageError, match="version 1 is one of an agent's plan: name the agent, too"):
        await flow.runs.list(version=1)


@everywhere
async def test_an_agent_goes_back_to_a_version_until_a_newer_one_comes(flow: AgentFlow, clerk: AgentHandle) -> None:
    for n in range(1, 4):
        await clerk.register(source(f"return {n}"))
    assert (await clerk.rollback(1)).number == 1
    assert [(await clerk.plan()).number, (await clerk.start()).record.version] == [1, 1]
    await clerk.rollback(2)
    assert (await clerk.plan()).number == 2
    await flow.agents.create("clerk", model=office.MODEL, tools=["*"], instructions="Be kind.", update=True)
    assert (await clerk.plan()).number == 2
    await clerk.revoke(2)
    assert (await clerk.plan()).number == 3
    await clerk.rollback(1)
    assert (await clerk.register(source("return 4"))).number == (await clerk.plan()).number == 4
    with pytest.raises(Conflict, match="version 2 is revoked: nobody can go back to it"):
        await clerk.rollback(2)
    with pytest.raises(NotFound, match="no version 9"):
        await clerk.rollback(9)
