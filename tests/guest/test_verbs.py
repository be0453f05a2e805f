"""The plan API: what each verb asks for, what it gives, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from agentflow.guest import verbs
from agentflow.guest.allowed import ALLOWED
from agentflow.guest.calls import ToolCall
from agentflow.guest.exceptions import UsageError

from .plays import plain, play, result_of, usage_error

RETRIES = {"limit": 5, "delay": 10.0, "backoff": "exponential"}
DO = {
    "kind": "do",
    "name": "x",
    "occurrence": 1,
    "line": 4,
    "retries": RETRIES,
    "timeout": 600.0,
    "deadline": None,
    "rollback": False,
    "sensitive": False,
}


def command(body: str, payload: Any = None) -> dict[str, Any]:
    """The one step that this body starts."""
    (started,) = play(body, payload).turn
    return started


def test_do_sends_the_tool_its_arguments_and_the_defaults() -> None:
    call = {"tool": "mail.send", "args": {"to": "a", "parts": [1, {"$decimal": "2.50"}]}, "approval": None}
    body = 'await step.do("x", tools.mail.send(to="a", parts=(1, event.payload["d"])))'
    assert command(body, {"d": {"$decimal": "2.50"}}) == {**DO, "call": call}


def test_do_with_a_function_sends_no_call() -> None:
    assert command('await step.do("x", lambda: 1)') == {**DO, "call": None}


def test_do_sends_what_it_is_told() -> None:
    sent = command(
        'await step.do("x", tools.a.b(), retries={"limit": 2, "backoff": "linear"}, timeout=5, deadline="1 hour")'
    )
    assert sent["retries"] == {"limit": 2, "delay": 10.0, "backoff": "linear"}
    assert (sent["timeout"], sent["deadline"]) == (5.0, 3600.0)


def test_a_timeout_of_do_may_be_a_moment() -> None:
    assert command('await step.do("x", tools.a.b(), timeout=event.timestamp.replace(hour=1))')["timeout"] == 3599.0


def test_arguments_are_those_at_the_time_the_call_was_built() -> None:
    sent = command('items = [1]\ncall = tools.a.b(items=items)\nitems.append(2)\nawait step.do("x", call)')
    assert sent["call"]["args"] == {"items": [1]}


def test_a_tool_can_be_named_by_a_text() -> None:
    assert command('await step.do("x", tools["a.b"](n=1))')["call"]["tool"] == "a.b"


def test_a_tool_call_shows_its_tool_and_a_copy_of_its_arguments() -> None:
    body = """
    call = tools.a.b(items=[1], name="n")
    call.args["items"].append(2)
    return [call.tool, call.args, f"{call!r} {tools!r} {step!r}"]
    """
    shown = "tools.a.b(items=[1], name='n') tools step"
    assert result_of(body) == ["a.b", {"items": [1], "name": "n"}, shown]


def test_equal_tool_calls_are_equal() -> None:
    body = "return [tools.a.b(n=1) == tools.a.b(n=1), tools.a.b() == tools.a.c(), len({tools.a.b(), tools.a.b()})]"
    assert result_of(body) == [True, False, 1]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("tools.a.b(1)", "tools.a.b takes its arguments by name"),
        ("tools.a.b(when={1})", "tools.a.b, argument 'when': $: a set is not JSON; use a sorted list"),
        ("tools.mail()", "tools.mail is not a tool: a tool is tools.NAMESPACE.NAME"),
        ('tools["mail"]', 'a tool is named as tools["namespace.name"]'),
        ('tools.a["b.c"]', 'a tool is named as tools["namespace.name"]'),
        ("await tools.a.b()", 'a.b must run in a step: await step.do("a name", tools.a.b(...))'),
        ("await gather(tools.a.b())", "a.b must run in a step"),
        ("ToolCall()", "a tool call is written as tools.NAMESPACE.NAME"),
        ('await step.do("x", tools.a.b)', "tools.a.b is not called: write tools.a.b(...)"),
        ('await step.do("x", 5)', "step.do runs a tool call or a function, not an int"),
        ('await step.do("x", None)', "step.do runs a tool call or a function, not None"),
        ('await step.do("x", lambda a, b: 1)', "a step's function takes no parameter, or one for ctx"),
        ('await step.do("x", lambda *, a: 1)', "a step's function takes no parameter, or one for ctx"),
        ("await step.do()", "step.do() missing 1 required positional argument: 'name'"),
        ('await step.do("x", tools.a.b(), timout=5)', "unexpected keyword argument 'timout'"),
        ("await step.do(5, tools.a.b())", "a step's name is a string, not an int"),
        ('await step.do("", tools.a.b())', "a step's name has 1 to 256 characters"),
        ('await step.do("x" * 257, tools.a.b())', "a step's name has 1 to 256 characters"),
        ('await step.do("x\\n", tools.a.b())', "none of them a control"),
        ("await step.do(chr(0xD800), tools.a.b())", "a step's name: $: a string with half a surrogate pair"),
        ('await step.do("x", tools.a.b(), timeout=0)', "timeout is 0: it must be more than 0 seconds"),
        ('await step.do("x", tools.a.b(), deadline="soon")', "deadline is 'soon'"),
        ('await step.do("x", tools.a.b(), retries=3)', "retries is an int: write retries="),
        ('await step.do("x", tools.a.b(), retries={"max": 3})', "retries has no 'max'"),
        ('await step.do("x", tools.a.b(), retries={"limit": -1})', "retries: limit is -1"),
        ('await step.do("x", tools.a.b(), retries={"limit": True})', "retries: limit is True"),
        ('await step.do("x", tools.a.b(), retries={"delay": "x"})', "retries: delay is 'x'"),
        (
            'await step.do("x", tools.a.b(), retries={"delay": lambda: 5})',
            "retries: delay takes a function of (attempt, e",
        ),
        (
            'await step.do("x", tools.a.b(), retries={"delay": lambda a, b, c: 5})',
            "function of (attempt, error) or (attempt)",
        ),
        ('await step.do("x", tools.a.b(), retries={"delay": lambda a, *, b: 5})', "called by position"),
        ('await step.do("x", tools.a.b(), retries={"backoff": "slow"})', "retries: backoff is 'slow'"),
        (
            'await step.do("x", tools.a.b(), rollback=tools.a.c())',
            "rollback= is a ToolCall: write rollback=lambda result:",
        ),
        ('await step.do("x", tools.a.b(), rollback=tools.a.c)', "rollback= is a Tools: write rollback=lambda result:"),
        ('await step.do("x", tools.a.b(), rollback=lambda: 1)', "rollback= takes a function of one parameter"),
        ('await step.do("x", tools.a.b(), rollback=lambda a, b: 1)', "rollback= takes a function of one parameter"),
        ('await step.do("x", tools.a.b(), rollback=min)', "rollback= cannot see what a built-in function takes"),
        ('await step.do("x", tools.a.b(), sensitive="yes")', "sensitive= is a str: write sensitive=True"),
        ('await step.sleep("x", "soon")', "duration is 'soon'"),
        ('await step.sleep_until("x", "soon")', "when is a str"),
        ('await step.wait_for_event("x", "two words")', "an event type is letters"),
        ('await step.wait_for_event("x", [])', "at least one event type"),
        ('await step.wait_for_event("x", [5])', "an event type is letters"),
        ('await step.wait_for_event("x", "t", where=[1])', "where is a dict"),
        ('await step.wait_for_event("x", "t", where={"a": []})', "where: 'a' has no value that could match"),
        ('await step.wait_for_event("x", "t", where={"a": {1}})', "where: $: a set is not JSON"),
        ('await step.wait_for_approval("x", " ")', "a question is a string that is not empty"),
        (
            'await step.wait_for_approval("x", "ok?", call="a.b")',
            "call= takes a tool call or a list of them, not a str",
        ),
        ('await step.wait_for_approval("x", "ok?", approvers="a")', "approvers= takes a list of names such as"),
        ('await step.wait_for_approval("x", "ok?", approvers=[])', "approvers= takes a list of names such as"),
        ('await step.wait_for_approval("x", "ok?", approvers=["a", 5])', "an approver is a person's name, 1 to 100"),
        ('await step.wait_for_approval("x", "ok?", approvers=[" a"])', "an approver is a person's name, 1 to 100"),
        (
            'await step.wait_for_approval("x", "ok?", call=[tools.a.b(n=n) for n in range(501)])',
            "call= has 501 calls: one question is about at most 500; ask several",
        ),
        ('await step.wait_for_approval("x", "ok?", quorum=0)', "quorum is 0: it must be a whole number from 1 to 100"),
        ('await step.wait_for_approval("x", "ok?", quorum=True)', "quorum is True: it must be a whole number"),
        (
            'await step.wait_for_approval("x", "ok?", quorum=2, approvers=["a", "a"])',
            "quorum is 2, and approvers= names only 1",
        ),
        ('await step.wait_for_approval("x", "ok?", details={1})', "details: $: a set is not JSON"),
        ('await step.ask("x", "who?", int)', "answer is str, a list of choices, or a JSON schema"),
        ('await step.ask("x", "who?", [])', "answer is an empty list"),
        ('await step.ask("x", "who?", [event.timestamp])', "answer must be plain JSON"),
        ('await step.ask("x", "who?", {"enum": {1}})', "answer: $.enum: a set is not JSON"),
        ('await step.ask("x", "who?", approvers=["x" * 101])', "an approver is a person's name, 1 to 100"),
        ("await step.gather(5)", "gather takes awaitables, not an int"),
        ("step.map([1], len)", "map takes a function and items, not a list"),
        ("step.map(tools.a.b, [1])", "map takes a function and items, not a Tools"),
        ("step.map(len, 5)", "'int' object is not iterable"),
        ("step.map(len, [1], concurrency=0)", "map: concurrency is 0: it must be a whole number from 1"),
        ("await step.map(abs, [1])", "map: the function gave an int: make it async, or return a step without await"),
        ("step.race(a=1)", "race takes awaitables, not an int"),
        ("step.race()", "race of nothing: name what races"),
        ('step.race(step.sleep("x", 1))', "race takes its steps by name"),
        ("step.timeout(0)", "the duration is 0: it must be more than 0 seconds"),
        ("step.timeout()", "missing 1 required positional argument: 'duration'"),
        ('step.delegate("x", "Some One")', "delegate takes the name of an agent, not 'Some One'"),
        ('step.delegate("x", "other", " ")', "a goal is a string that is not empty"),
        ('step.delegate("x", "other", payload={1})', "payload: $: a set is not JSON"),
        ('step.delegate("x", "other", timeout="soon")', "timeout is 'soon'"),
        ("step.rollback(5)", "a step's name is a string, not an int"),
        ("step.continue_as_new([])", "continue_as_new takes the next event.payload, a dict, not a list"),
        ('step.continue_as_new({"a": {1}})', "the payload of step.continue_as_new: $.a: a set is not JSON"),
        ('step.progress("")', "progress takes a message of 1 to 1000 characters"),
        ('step.progress("x" * 1001)', "progress takes a message of 1 to 1000 characters"),
        ('step.progress("half", 50)', "progress: fraction is 50: it must be a number from 0 to 1"),
        ('step.progress("half", True)', "progress: fraction is True"),
    ],
)
def test_wrong_use_ends_the_run_with_one_line_at_its_line(body: str, message: str) -> None:
    found = usage_error(body)
    assert message in found
    assert "\n" not in found


def test_a_coroutine_is_no_function_of_a_step() -> None:
    body = "async def f():\n    return 1\ncoroutine = f()\ntry:\n    await step.do('x', coroutine)\n"
    body += "except UsageError as error:\n    await coroutine\n    return str(error)"
    assert result_of(body) == "step.do was given a coroutine: hand over the function itself, without calling it"


def test_wrong_use_can_be_caught() -> None:
    assert result_of('try:\n    step.sleep("x", "soon")\nexcept UsageError:\n    return "caught"') == "caught"


def test_sleeps_send_seconds_or_a_moment() -> None:
    assert command('await step.sleep("x", "2 days")')["seconds"] == 172800.0
    assert command('await step.sleep_until("x", 5)')["at"] == 5.0
    assert command('await step.sleep_until("x", event.timestamp)')["at"] == 1000.0


def test_wait_for_event_sends_types_fields_and_its_end() -> None:
    body = 'await step.wait_for_event("x", ["a", "b.c", "a"], where={"n": [1, 2], "s": "t"}, timeout=event.timestamp)'
    sent = command(body)
    assert sent["types"] == ["a", "b.c"]
    assert sent["where"] == {"n": [1, 2], "s": ["t"]}
    assert sent["until"] == 1000.0
    sent = command('await step.wait_for_event("x", "a")')
    assert (sent["types"], sent["where"], sent["timeout"]) == (["a"], None, 86400.0)


def test_an_event_has_type_payload_time_and_id() -> None:
    played = play(
        """
        got = await step.wait_for_event("x", "paid")
        got.payload["seen"] = True
        return [got.type, got.payload, got.timestamp, got.id]
        """
    )
    played.ok("x#1", {"id": "e1", "type": "paid", "payload": {"$dict": {"$a": 1}}, "timestamp": 5})
    moment = {"$datetime": "1970-01-01T00:00:05+00:00"}
    assert played.result == ["paid", {"$a": 1, "seen": True}, moment, "e1"]


def test_wait_for_approval_sends_question_details_and_calls() -> None:
    sent = command('await step.wait_for_approval("x", "ok?", call=tools.a.b(n=1), details=event.timestamp)')
    assert sent["calls"] == [{"tool": "a.b", "args": {"n": 1}}]
    assert (sent["question"], sent["many"], sent["timeout"]) == ("ok?", False, 604800.0)
    assert sent["details"] == {"$datetime": "1970-01-01T00:16:40+00:00"}
    sent = command('await step.wait_for_approval("x", "ok?", call=[tools.a.b(), tools.a.c()])')
    assert ([call["tool"] for call in sent["calls"]], sent["many"]) == (["a.b", "a.c"], True)
    assert command('await step.wait_for_approval("x", "ok?")')["calls"] == []


def test_a_question_names_who_should_decide_each_once() -> None:
    sent = command('await step.wait_for_approval("x", "ok?", approvers=("anna", "bert", "anna"), quorum=2)')
    assert (sent["approvers"], sent["quorum"]) == (["anna", "bert"], 2)
    sent = command('await step.wait_for_approval("x", "ok?")')
    assert (sent["approvers"], sent["quorum"]) == (None, 1)
    sent = command('await step.ask("x", "who?", approvers=["anna"])')
    assert (sent["approvers"], "quorum" in sent) == (["anna"], False)


def test_an_approved_call_carries_the_step_that_approved_it() -> None:
    played = play(
        """
        approval = await step.wait_for_approval("ok", "ok?", call=tools.a.b(n=1))
        await step.do("x", approval.call)
        return [approval.by, approval.comment, approval.decided_at, approval.calls[0] == tools.a.b(n=2)]
        """
    )
    edited = [{"tool": "a.b", "args": {"n": 2}}]
    (do,) = played.ok("ok#1", {"by": ["ann"], "comment": None, "decided_at": 5, "calls": edited})
    assert do["call"] == {"tool": "a.b", "args": {"n": 2}, "approval": "ok#1"}
    played.ok("x#1")
    assert played.result == [["ann"], None, {"$datetime": "1970-01-01T00:00:05+00:00"}, False]


def test_an_approval_of_several_calls_has_no_single_one() -> None:
    played = play('a = await step.wait_for_approval("ok", "ok?")\nreturn [a.call, [c.tool for c in a.calls]]')
    calls = [{"tool": "a.b", "args": {}}, {"tool": "a.c", "args": {}}]
    played.ok("ok#1", {"by": ["ann"], "comment": "go", "decided_at": 5, "calls": calls})
    assert played.result == [None, ["a.b", "a.c"]]


@pytest.mark.parametrize(
    ("answer", "schema"),
    [
        ("", {"type": "string"}),
        (', ["a", "b"]', {"enum": ["a", "b"]}),
        (', answer={"$ref": "#/x"}', {"$ref": "#/x"}),
    ],
)
def test_ask_sends_a_schema(answer: str, schema: Any) -> None:
    sent = command(f'await step.ask("x", "which?"{answer})')
    assert sent["schema"] == schema
    assert (sent["question"], sent["default"], sent["details"], sent["timeout"]) == ("which?", None, None, 604800.0)


def test_none_is_a_default_of_ask() -> None:
    assert command('await step.ask("x", "which?", default=None)')["default"] == {"value": None}


def test_ask_gives_the_answer() -> None:
    played = play('return await step.ask("x", "which?")')
    played.ok("x#1", "this")
    assert played.result == "this"


def test_a_decorated_function_is_a_step_when_it_is_called_and_awaited() -> None:
    played = play(
        """
        @step.do("x", retries={"limit": 1})
        async def load():
            return 1

        first = await load()
        return [first, await load()]
        """
    )
    assert (played.keys, played.turn[0]["line"], played.turn[0]["retries"]["limit"]) == (["x#1"], 8, 1)
    played.ok("x#1", "a")
    assert played.keys == ["x#2"]
    played.ok("x#2", "b")
    assert played.result == ["a", "b"]


def test_a_decorator_says_what_is_wrong_with_the_function() -> None:
    assert "takes no parameter" in usage_error('step.do("x")(lambda a, b: 1)')


def test_the_clock_and_randomness_of_the_run() -> None:
    body = "return [step.now(), step.random(), step.uuid()]"
    now, random, uuid = result_of(body)
    assert now == {"$datetime": "1970-01-01T00:16:41+00:00"}
    assert 0 <= random < 1
    assert len(uuid) == 36
    assert result_of(body) == [now, random, uuid]


def test_nothing_of_the_plan_api_works_outside_of_a_run() -> None:
    with pytest.raises(UsageError, match="belongs to a plan"):
        verbs.Step().now()


def test_the_policy_allows_exactly_the_plan_api() -> None:
    assert ALLOWED["agentflow"] == set(verbs.API)


async def test_a_workflow_must_have_a_run() -> None:
    with pytest.raises(UsageError, match="async def run"):
        await verbs.Workflow().run(None, verbs.Step())  # type: ignore[arg-type]


def test_a_step_shows_itself_and_has_no_place_in_a_set() -> None:
    assert result_of('return repr(step.sleep("x", 5))') == "step sleep 'x'"
    assert "unhashable" in play('return {step.sleep("x", 5)}').error["message"]


def test_tools_have_no_hidden_parts() -> None:
    with pytest.raises(AttributeError, match="no tool '_args'"):
        _ = verbs.tools._args
    with pytest.raises(UsageError):
        ToolCall()


def test_handles_lead_nowhere() -> None:
    """No attribute of what a plan holds is public but those of the plan API."""
    body = """
    held = [step.sleep("x", 1), tools.a.b(), gather(), tools, step.race(a=gather()), step.map(len, [])]
    held += [step.timeout(5), step.continue_as_new({})]
    await held[4]
    return [[n for n in o.__dir__() if n[0] != "_"] for o in held]
    """
    assert [sorted(names) for names in plain(body).result] == [[], ["args", "tool"], [], [], [], [], [], []]
