"""Items 81 to 85: the shape of the Python API."""

from __future__ import annotations

from .stage import Stage


async def test_81_a_decorated_function_runs_when_it_is_called_and_awaited(stage: Stage) -> None:
    """Its name is always given, since it is the step's identity and shall outlive a rename."""
    body = """
    @step.do("decorated")
    async def never():
        return await tools.work.look(value="never")

    @step.do("decorated")
    async def once():
        return await tools.work.look(value="once")

    return await once()
    """
    run = await stage.start(body)
    assert await run.result() == "once"
    assert (stage.crew.values(), [step.key for step in await run.steps()]) == (["once"], ["decorated#1"])


async def test_84_a_step_whose_input_failed_does_not_run_and_the_error_can_be_caught(stage: Stage) -> None:
    body = """
    @step.do("first", retries={"limit": 0})
    async def first():
        return await tools.work.look()

    async def second():
        found = await first()
        return await step.do("second", tools.work.keep(value=found))

    try:
        return await second()
    except StepFailed as e:
        return [e.step, e.type]
    """
    stage.crew.will("look", ValueError("no"))
    assert await stage.result(body) == ["first", "ValueError"]
    assert stage.crew.values("keep") == []


async def test_85_plain_and_async_functions_are_both_steps(stage: Stage) -> None:
    body = """
    def plain(ctx):
        return ctx.name

    async def later():
        return await tools.work.look(value="later")

    return [await step.do("plain", plain), await step.do("later", later)]
    """
    assert await stage.result(body) == ["plain", "later"]
