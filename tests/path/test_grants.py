"""Who may call what is read from the rows, at every step; and how often a call is the same call."""

from __future__ import annotations

from .harness import Stage

LATER = 'await step.sleep("first", 60)\nreturn await step.do("look", tools.work.look(value=1))'


async def test_a_tool_that_is_ungranted_after_registration_refuses_the_step(stage: Stage) -> None:
    run = await stage.start(LATER)
    await stage.reach(run, "sleeping")
    await stage.flow.agents.create("crew", model="offline:demo", tools=["work.keep"], update=True)
    error = await stage.error(run)
    assert (error["kind"], error["type"], error["attempts"]) == ("StepFailed", "ToolRefused", 0)
    assert "work.look is not granted to this agent" in error["message"]
    assert stage.crew.made == []


async def test_a_tool_that_is_ungranted_between_two_attempts_is_not_called_again(stage: Stage) -> None:
    stage.crew.will("look", ValueError("no"))
    run = await stage.start('return await step.do("look", tools.work.look(value=1))')
    await stage.reach(run, "sleeping")
    await stage.flow.agents.create("crew", model="offline:demo", update=True)
    error = await stage.error(run)
    assert (error["type"], error["attempts"], len(stage.crew.made)) == ("ToolError", 2, 1)


async def test_a_plan_may_catch_the_refusal(stage: Stage) -> None:
    body = "try:\n    " + LATER.replace("\n", "\n    ") + "\nexcept StepFailed as e:\n    return e.type"
    run = await stage.start(body)
    await stage.reach(run, "sleeping")
    await stage.flow.agents.create("crew", model="offline:demo", update=True)
    assert await stage.result(run) == "ToolRefused"


async def test_an_approved_call_of_an_ungranted_tool_is_refused(stage: Stage) -> None:
    run = await stage.start('await step.do("wire", tools.bank.wire(value=1))')
    question = await stage.question()
    await stage.flow.agents.create("crew", model="offline:demo", tools=["work.*"], update=True)
    await question.approve()
    error = await stage.error(run)
    assert (error["type"], stage.crew.made) == ("ToolError", [])


async def test_a_tool_is_told_the_hosts_of_the_agent_as_they_are_now(stage: Stage) -> None:
    run = await stage.start("""
        for n in range(2):
            await step.do("look", tools.work.look(value=n))
            await step.sleep("a while", 60)
    """)
    await stage.reach(run, "sleeping")
    await stage.flow.agents.create(
        "crew", model="offline:demo", tools=["*"], hosts=["api.example.com"], review="never", update=True
    )
    await stage.result(run)
    assert [made.hosts for made in stage.crew.made] == [(), ("api.example.com",)]


async def test_the_key_of_a_call_is_the_same_over_attempts_and_another_for_each_occurrence(stage: Stage) -> None:
    body = """
    for n in range(2):
        await step.do("keep", tools.work.keep(value=1), retries={"delay": 0})
    await step.do("other", tools.work.keep(value=1))
    """
    stage.crew.will("keep", ValueError("no"))
    await stage.result(await stage.start(body))
    keys = [made.key for made in stage.crew.made]
    assert [(made.step, made.attempt) for made in stage.crew.made] == [
        ("keep", 1),
        ("keep", 2),
        ("keep", 1),
        ("other", 1),
    ]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


async def test_equal_calls_in_one_function_have_keys_of_their_own_the_same_at_each_attempt(stage: Stage) -> None:
    body = """
    async def twice():
        await tools.work.keep(value=1)
        await tools.work.keep(value=1)
        await tools.work.look(value=2)
    await step.do("twice", twice, retries={"delay": 0})
    """
    stage.crew.will("look", ValueError("no"))
    await stage.result(await stage.start(body))
    first, second = ([made.key for made in stage.crew.made if made.attempt == n] for n in (1, 2))
    assert first == second
    assert len(set(first)) == 3


async def test_two_runs_never_share_a_key(stage: Stage) -> None:
    for _ in range(2):
        await stage.result(await stage.start('await step.do("keep", tools.work.keep(value=1))'))
    assert len({made.key for made in stage.crew.made}) == 2
