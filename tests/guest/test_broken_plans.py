"""What plans did that killed their process, or gave another answer on replay."""

from __future__ import annotations

import pytest

from agentflow.guest import frames
from agentflow.guest.policy import build

from .language import as_plan
from .plays import play, result_of, usage_error

STRING = "class S(str):\n    def __getitem__(self, at):\n        return 5\n"
LIST = "class L(list):\n    def __iter__(self):\n        raise ValueError('no')\n"


@pytest.mark.parametrize(
    ("before", "body"),
    [
        (STRING, "raise StepFailed(S('why'))"),
        (LIST, "raise StepFailed('why', data=L())"),
        (LIST + "class No(ApprovalRejected):\n    def __init__(self):\n        super().__init__('why')\n"
         "        self.by = L()\n", "raise No()"),
    ],
)  # fmt: skip
def test_an_error_that_runs_code_when_it_is_read_is_how_the_run_ends(before: str, body: str) -> None:
    error = play(body, before=before).error
    assert (error["message"], error["data"]) == ("why", None)


def test_a_member_that_cannot_start_is_an_error_of_the_plan() -> None:
    before = "class Forged(ToolCall):\n    def __init__(self):\n        self.x = 1\n"
    error = play("await step.gather(Forged())", before=before).error
    assert error["type"] == "AttributeError"


def test_a_member_that_cannot_start_leaves_the_others_alone() -> None:
    before = "class Forged(ToolCall):\n    def __init__(self):\n        self.x = 1\n"
    body = 'both = await step.gather(Forged(), step.sleep("a", 1), return_exceptions=True)\nreturn both[1:]'
    played = play(body, before=before)
    played.ok("a#1")
    assert played.result == [None]


@pytest.mark.parametrize(
    ("before", "call", "message"),
    [
        ("class Any:\n    def __eq__(self, other):\n        return True\n",
         'step.do("a", tools.a.b(), retries={"backoff": Any()})', "backoff is <Any>: it must be one of"),
        ("", 'step.do("a", dict)', "wrap it: lambda: function(value)"),
        ("", 'step.do("a", tools.a.b(**{"$bytes": "x"}))', "a name does not start with '$'"),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_said_where_the_step_is_made(before: str, call: str, message: str) -> None:
    error = play(f"await step.gather({call})", before=before).error
    assert error["type"] == "UsageError"
    assert message in error["message"]


def test_a_duration_is_its_length_whatever_its_class_says() -> None:
    before = "from datetime import timedelta\nclass T(timedelta):\n    def total_seconds(self):\n        return 'x'\n"
    assert play('await step.sleep("a", T(days=1))', before=before).turn[0]["seconds"] == 86400


def test_groups_in_groups_have_a_bound() -> None:
    body = 'group = step.sleep("a", 1)\nfor _ in range(3000): group = step.gather(group)'
    assert "gather in gather, more than 50 deep" in usage_error(body)
    played = play(body.replace("3000", "50") + "\nreturn await group")
    played.ok("a#1")
    assert str(played.result).count("[") == 50


def test_running_out_of_memory_is_said_in_words() -> None:
    assert "ran out of memory" in play("[0] * 10**15").error["message"]


def test_a_gather_that_returns_errors_does_not_return_that_memory_ran_out() -> None:
    """Whether it does depends on what else the process holds, so no branch of the plan may depend on it."""
    before = "async def large(): return [0] * 10**15\n"
    body = "return [str(one) for one in await step.gather(large(), return_exceptions=True)]"
    assert "ran out of memory" in play(body, before=before).error["message"]


def test_the_text_of_an_object_tells_no_address() -> None:
    before = """
    from enum import Enum
    class Plain: pass
    class Old(object): pass
    class Rows(Plain, list): pass
    class Colour(Plain, Enum):
        RED = "red"
    """
    body = "return [repr(Plain()), f'{Old()}', str(self), repr(Rows([1])), repr(Colour.RED)]"
    assert result_of(body, before=before) == ["<Plain>", "<Old>", "<Plan>", "[1]", "<Colour.RED: 'red'>"]


PLAIN = "class Row:\n    def __init__(self, n): self.n = n\n"


def test_the_order_of_a_set_of_objects_is_the_same_on_every_replay() -> None:
    """By address it would be another one in each activation."""
    body = "rows = [Row(n) for n in range(50)]\nreturn [row.n for row in {*rows[::-1]}]"
    first, *others = [result_of(body, before=PLAIN) for _ in range(5)]
    assert others == [first] * 4


def test_an_object_is_still_itself_in_a_set() -> None:
    before = (
        PLAIN
        + """
class Text(Row, str):
    def __init__(self, text): self.n = text
class Rows(Row, list): pass
"""
    )
    body = """
    one, two = Row(1), Row(1)
    found = [len({one, two, one}), one in {one}, two in {one}, {one: 1}[one], Text("a") in {"a"}]
    try:
        {Rows([1])}
    except TypeError as error:
        return [*found, str(error)]
    """
    assert result_of(body, before=before) == [2, True, False, 1, True, "unhashable type: 'Rows'"]


def test_objects_with_slots_can_stand_in_a_set() -> None:
    before = "from dataclasses import dataclass\n@dataclass(slots=True, eq=False)\nclass Row:\n    n: int\n"
    assert result_of("row = Row(1)\nreturn len({row, row})", before=before) == 1


def test_a_dataclass_keeps_its_own_text() -> None:
    source = "from dataclasses import dataclass\n@dataclass\nclass Row:\n    a: int\nresult = repr(Row(1))"
    assert as_plan(source) == "Row(a=1)"


@pytest.mark.parametrize("sign", ["\x0c", "\x85", "\u2028", "\u2029", "\r"])
def test_lines_end_in_one_way(sign: str) -> None:
    """A finding's line is the line that people and models see, whatever they split lines with."""
    _, [problem] = build(f'x = 1\ny = "a{sign}b"\n')
    assert (problem.line, problem.column) == (2, 7)
    assert "end of a line" in problem.message


def test_lines_of_windows_are_fine() -> None:
    code, problems = build('x = "é"\r\ny = 2\r\n')
    assert (code is None, problems) == (False, [])


@pytest.mark.parametrize(
    "line", ["x = 'éé' + open('x')", "x = 'éé' + 2 ** 999", "x = 'éé' + 0x" + "f" * 65, "x = 'éé';  import os"]
)
def test_a_column_counts_characters(line: str) -> None:
    """`ast` counts bytes."""
    _, [problem, *_] = build(line)
    assert problem.column == 12


@pytest.mark.parametrize(
    "body", [b'{"a": "\\ud800"}', b'{"a": "\\uDC00"}', b'"\xed\xa0\x80"', '{"a": 1}'.encode("utf-16")]
)
def test_a_frame_holds_text_that_can_be_stored(body: bytes) -> None:
    with pytest.raises(frames.FrameError):
        frames.unpack(body)


def test_a_frame_may_hold_escaped_letters() -> None:
    assert frames.unpack(b'"\\ud83d\\ude00 \\\\ud800"') == "\U0001f600 \\ud800"
