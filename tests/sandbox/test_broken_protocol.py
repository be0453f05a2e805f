"""What a guest that had been taken over could say, and the host believed or fell over."""

from __future__ import annotations

from typing import Any

import pytest

from agentflow.errors import GuestDied, GuestError
from agentflow.guest.values import DEPTH
from agentflow.sandbox.commands import Checks
from agentflow.sandbox.compiling import _compiled
from agentflow.sandbox.local import ProcessSandbox

from .stages import code, started

HEAD = {"name": "a", "occurrence": 1, "line": 1}
RETRIES = {"limit": 1, "delay": 1, "backoff": "linear"}
PLAIN = {"rollback": False, "sensitive": False}


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def do(args: Any) -> dict[str, Any]:
    call = {"tool": "a.b", "args": args, "approval": None}
    return {"kind": "do", **HEAD, "call": call, "retries": RETRIES, "timeout": 1, "deadline": None, **PLAIN}


def ask(**fields: Any) -> dict[str, Any]:
    question = {"question": "q", "schema": {"$ref": "#"}, "default": None, "details": None, "timeout": 1}
    return {"kind": "ask", **HEAD, **question, **fields}


def turn(*commands: dict[str, Any], end: Any = None) -> dict[str, Any]:
    return {"turns": [list(commands)], "end": end}


NO_VALUES = [{"$bytes": "!"}, {"$datetime": "today"}, {"$unknown": 1}, {"$decimal": 1}, nested(DEPTH + 5)]
ERROR = {"kind": "Error", "type": "E", "message": "m", "step": None, "attempts": None, "by": None, "reason": None}
WAIT = {"kind": "wait_for_event", **HEAD, "types": ["a"], "timeout": 1}


@pytest.mark.parametrize("wrong", NO_VALUES, ids=lambda value: f"{value!r:.20}")
def test_what_cannot_be_decoded_breaks_the_protocol(wrong: Any) -> None:
    """Hosts decode arguments, results, defaults: none of that may raise later, in a room that trusts it."""
    answers = [
        turn(do({"x": wrong})),
        turn(ask(details=wrong)),
        turn(ask(default={"value": wrong})),
        turn({**WAIT, "where": {"x": [wrong]}}),
        turn(end={"result": wrong}),
        turn(end={"error": {**ERROR, "line": 1, "data": wrong}}),
    ]
    for answer in answers:
        with pytest.raises(GuestError):
            Checks().turns(answer, 1)
    with pytest.raises(GuestError):
        Checks().body({"calls": [{"call": 1, "tool": "a.b", "args": {"x": wrong}}], "end": None})


def test_arguments_that_look_like_one_value_break_the_protocol() -> None:
    """`decode` of all the arguments at once must give a dict."""
    for args in ({"$bytes": "eA=="}, {"$dict": {"x": 1}}):
        with pytest.raises(GuestError):
            Checks().turns(turn(do(args)), 1)


def test_values_of_the_greatest_depth_pass() -> None:
    [one] = Checks().turns(turn(do({"x": nested(DEPTH)}), end={"result": nested(DEPTH)}), 1)
    assert one.end is not None
    assert len(one.commands) == 1


async def test_a_plan_may_give_the_deepest_value_that_there_is(sandbox: ProcessSandbox) -> None:
    body = f"x = 1\nfor _ in range({DEPTH}): x = [x]\nawait step.do('a', tools.a.b(x=x))\nreturn x"
    run = await started(sandbox, code(body))
    await run.ok("a#1", nested(DEPTH))
    assert run.result == nested(DEPTH)


async def test_half_a_surrogate_pair_is_a_finding(sandbox: ProcessSandbox) -> None:
    compiled = await sandbox.compile("x = '\ud800'", None)
    [finding] = compiled.findings
    assert (finding.severity, compiled.blob) == ("error", None)
    assert "surrogate" in finding.message


def test_a_blob_that_is_no_base64_breaks_the_protocol() -> None:
    for blob in ("é", "!", "e"):
        with pytest.raises(GuestError):
            _compiled({"findings": [], "blob": blob, "entry": "Plan", "tools": [], "graph": None})


async def test_an_error_that_runs_code_leaves_the_other_runs_alone(sandbox: ProcessSandbox) -> None:
    before = "class S(str):\n    def __getitem__(self, at):\n        return 5\n"
    plan = code('if event.payload:\n    raise StepFailed(S("x"))\nawait step.sleep("a", 1)\nreturn 1', before=before)
    other = await started(sandbox, plan, 0)
    bad = await started(sandbox, plan, 1, "run_2")
    assert bad.error["message"] == "x"
    try:
        await other.ok("a#1")
    except GuestDied:
        pytest.fail("one run's error has killed the process of another")
    assert other.result == 1
