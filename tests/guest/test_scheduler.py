"""Branches: who runs when, and what becomes of what they raise."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from agentflow.guest.exceptions import UsageError
from agentflow.guest.groups import Gather
from agentflow.guest.promises import Promise
from agentflow.guest.scheduler import Scheduler


class Stage:
    """A scheduler, and promises by name that the test keeps."""

    def __init__(self) -> None:
        self.scheduler = Scheduler()
        self.promises: dict[str, Promise] = {}
        self.order: list[str] = []

    async def wait(self, name: str) -> Any:
        """Wait for the promise of that name; noted when it starts and when it goes on."""
        self.order.append(f"{name} starts")
        value = await Waiting(self, name)
        self.order.append(f"{name} goes on")
        return value

    def run(self, coroutine: Any) -> Promise:
        result = self.scheduler.spawn(coroutine)
        self.scheduler.run(result)
        return result

    def keep(self, result: Promise, name: str, value: Any = None, error: BaseException | None = None) -> None:
        self.promises[name].keep(value, error)
        self.scheduler.run(result)

    def gather(self, *members: Any, keep_errors: bool = False) -> Gather:
        return Gather(members, self.scheduler, keep_errors=keep_errors)


class Waiting:
    """An awaitable that starts like a step does."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage, self.name = stage, name

    def _start(self) -> Promise:
        return self.stage.promises.setdefault(self.name, Promise())

    def __await__(self) -> Generator[Promise, None, Any]:
        return self._start().wait()


class Odd:
    """An awaitable that gives the scheduler what is no promise."""

    def __await__(self) -> Generator[int, None, str]:
        try:
            yield 17
        except UsageError as error:
            return str(error)
        return "never"


async def test_members_of_a_gather_start_at_once_in_the_order_of_arguments() -> None:
    stage = Stage()
    result = stage.run(gathered(stage.gather(stage.wait("a"), stage.wait("b"), stage.wait("c"))))
    assert stage.order == ["a starts", "b starts", "c starts"]
    for name in "cab":
        stage.keep(result, name, name.upper())
    assert result.take() == ["A", "B", "C"]
    assert stage.order[3:] == ["c goes on", "a goes on", "b goes on"]


async def test_a_nested_gather_starts_where_it_stands() -> None:
    stage = Stage()
    inner = stage.gather(stage.wait("b"), stage.wait("c"))
    result = stage.run(gathered(stage.gather(stage.wait("a"), inner, stage.wait("d"))))
    assert stage.order == ["a starts", "b starts", "c starts", "d starts"]
    for name in "abcd":
        stage.keep(result, name, name)
    assert result.take() == ["a", ["b", "c"], "d"]


async def test_the_first_error_in_time_is_raised_after_all_have_ended() -> None:
    stage = Stage()
    result = stage.run(gathered(stage.gather(stage.wait("a"), stage.wait("b"), stage.wait("c"))))
    stage.keep(result, "c", error=ValueError("the third came first"))
    stage.keep(result, "a", error=ValueError("the first came second"))
    assert not result.kept
    stage.keep(result, "b")
    with pytest.raises(ValueError, match="the third came first"):
        result.take()


async def test_errors_are_values_where_they_are_asked_for() -> None:
    stage = Stage()
    result = stage.run(gathered(stage.gather(stage.wait("a"), stage.wait("b"), keep_errors=True)))
    stage.keep(result, "a", error=ValueError("no"))
    stage.keep(result, "b", 2)
    error, value = result.take()
    assert isinstance(error, ValueError)
    assert value == 2


async def test_an_interruption_is_never_a_value() -> None:
    stage = Stage()
    result = stage.run(gathered(stage.gather(stage.wait("a"), keep_errors=True)))
    stage.keep(result, "a", error=SystemExit(3))
    assert isinstance(result.error, SystemExit)


async def test_an_empty_gather_is_done() -> None:
    stage = Stage()
    assert stage.run(gathered(stage.gather())).take() == []


async def test_a_gather_can_be_awaited_twice() -> None:
    stage = Stage()
    group = stage.gather(Waiting(stage, "a"))

    async def twice() -> list[Any]:
        return [*await group, *await group]

    result = stage.run(twice())
    stage.keep(result, "a", 1)
    assert result.take() == [1, 1]
    assert repr(group) == "gather of 1"


async def test_a_gather_takes_any_awaitable_and_steps_that_are_done() -> None:
    stage = Stage()
    stage.promises["a"] = Promise()
    stage.promises["a"].keep("kept before")
    result = stage.run(gathered(stage.gather(Waiting(stage, "a"), Odd())))
    assert result.take() == ["kept before", "a plan cannot wait for an int: await steps, gather or coroutines"]


async def test_those_who_wait_for_one_promise_go_on_in_the_order_in_which_they_began() -> None:
    stage = Stage()
    result = stage.run(gathered(stage.gather(stage.wait("x"), stage.wait("x"), stage.wait("x"))))
    stage.keep(result, "x", 5)
    assert result.take() == [5, 5, 5]


@pytest.mark.parametrize("wrong", [17, "name", None, [], print])
def test_what_cannot_be_awaited_is_refused_where_gather_is_called(wrong: object) -> None:
    with pytest.raises(UsageError, match="gather takes awaitables"):
        Stage().gather(wrong)


async def test_a_coroutine_is_handed_over_once() -> None:
    stage = Stage()
    coroutine = stage.wait("a")
    result = stage.run(gathered(stage.gather(coroutine, coroutine, keep_errors=True)))
    stage.keep(result, "a", 1)
    value, error = result.take()
    assert value == 1
    assert "already started" in str(error)
    with pytest.raises(UsageError, match="already started"):
        stage.gather(coroutine)


async def test_nothing_moves_after_the_goal_is_kept() -> None:
    """The main coroutine ends while a sibling of the same turn is ready: the sibling stays where it is."""
    stage = Stage()
    group = stage.gather(stage.wait("x"))

    async def main() -> str:
        await Waiting(stage, "x")
        return "done"

    result = stage.run(main())
    group._start()
    stage.scheduler.run(result)
    stage.keep(result, "x")
    assert result.take() == "done"
    assert stage.order == ["x starts"]
    assert len(stage.scheduler.branches) == 1


def test_a_kept_error_does_not_hold_the_frames_of_the_scheduler() -> None:
    stage = Stage()

    async def broken() -> None:
        raise ValueError("no")

    error = stage.run(broken()).error
    assert error is not None
    assert error.__traceback__ is not None
    assert error.__traceback__.tb_frame.f_code.co_name == "broken"


def test_a_group_has_no_place_in_a_set() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Stage().gather())


async def gathered(group: Gather) -> list[Any]:
    """The plan's side of a gather."""
    results: list[Any] = await group
    return results
