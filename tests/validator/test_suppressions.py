"""A comment with a reason silences a warning, and says so; one that cannot is a finding itself."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentflow.checks import CHECKS
from agentflow.validator import check

from ..plans.catalogue import TOOLS
from . import bad_runs
from .test_rules import in_run

SILENT = """
try:
    await step.do("look", tools.orders.get(id="17"))
except Exception:{at_the_end}
    pass
"""
ABOVE = """
try:
    await step.do("look", tools.orders.get(id="17"))
# agentflow: ignore[AF604] it is only for the log

# and this is another comment
except Exception:
    pass
"""
CREDIT = """
async def credit():
    return await tools.payments.credit(customer="ada", amount=5)  # agentflow: ignore[AF405] five need nobody

await step.do("credit", credit)
"""


def told(body: str, *, tools: bool = True) -> list[tuple[str, str | None]]:
    """Each finding's code, and the reason why it is silenced."""
    answer = check(in_run(body), TOOLS if tools else None)
    return [(finding["code"], finding["suppressed"]) for finding in answer["findings"]]


def silent(comment: str) -> str:
    return SILENT.format(at_the_end=f"  {comment}")


@pytest.mark.parametrize(
    "comment",
    [
        "# agentflow: ignore[AF604] it is only for the log",
        "#agentflow:ignore [ AF604 ]: it is only for the log",
        "# agentflow: ignore[AF604] - it is only for the log",
    ],
)
def test_a_comment_at_the_end_of_the_line_silences_with_its_reason(comment: str) -> None:
    assert told(silent(comment)) == [("AF604", "it is only for the log")]


def test_a_comment_alone_silences_the_next_line_of_code() -> None:
    assert told(ABOVE) == [("AF604", "it is only for the log")]


def test_one_comment_may_silence_several_codes() -> None:
    assert told(CREDIT.replace("AF405", "AF604,AF405")) == [("AF405", "five need nobody"), ("AF903", None)]


def test_without_a_reason_nothing_is_silenced() -> None:
    assert told(silent("# agentflow: ignore[AF604]  ")) == [("AF604", None), ("AF901", None)]


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        ("# agentflow: ignore it is only for the log", "this comment names no code to silence"),
        ("# agentflow: ignore[] it is only for the log", "this comment names no code to silence"),
        ("# agentflow: ignore[AF699] it is only for the log", "there is no check 'AF699'; did you mean 'AF604'?"),
        ("# agentflow: ignore[AF301] it is only for the log", "AF301 cannot be silenced by a comment"),
        ("# agentflow: ignore[AF902] it is only for the log", "AF902 cannot be silenced by a comment"),
    ],
)
def test_a_comment_that_cannot_silence_is_a_finding(comment: str, message: str) -> None:
    findings = check(in_run(silent(comment)), TOOLS)["findings"]
    assert [(one["code"], one["suppressed"]) for one in findings] == [("AF604", None), ("AF902", None)]
    assert message[:30] in findings[1]["message"]
    assert findings[1]["line"] == findings[0]["line"]


def test_an_error_cannot_be_silenced() -> None:
    answer = check(in_run("await tools.orders.get(id='1')  # agentflow: ignore[AF301] it works"), TOOLS)
    assert [(one["code"], one["severity"]) for one in answer["findings"]] == [("AF301", "error"), ("AF902", "warning")]
    assert answer["blob"] is None


def test_a_comment_that_silences_nothing_is_a_finding() -> None:
    body = 'await step.sleep("a", 1)  # agentflow: ignore[AF604] nothing can fail'
    assert told(body) == [("AF903", None)]
    assert told(f"{body}\n# agentflow: ignore[AF604] nor here") == [("AF903", None), ("AF903", None)]


def test_a_comment_on_what_only_tools_tell_is_left_alone_without_them() -> None:
    assert told(CREDIT) == [("AF405", "five need nobody")]
    assert told(CREDIT, tools=False) == []


def test_only_comments_silence_and_no_text_that_looks_like_one() -> None:
    body = 'text = """\n# agentflow: ignore[AF604] it is text\n"""\nreturn text  # agentflow: is what runs this'
    assert told(body) == []


def test_a_comment_within_a_call_speaks_of_its_own_line() -> None:
    body = 'await step.sleep(\n    "a",\n    # agentflow: ignore[AF604] above the number\n    1,\n)'
    [finding] = check(in_run(body), TOOLS)["findings"]
    assert (finding["code"], finding["column"]) == ("AF903", 13)


def test_a_flood_of_comments_is_cut_and_hides_no_error() -> None:
    body = "tools.orders.get(id='1')\n" + "# agentflow: ignore[AF1] no\n" * 500 + "return 1"
    findings = check(in_run(body), TOOLS)["findings"]
    assert len(findings) == 100
    assert findings[0]["code"] == "AF301"


def test_a_backslash_at_the_end_is_no_crash() -> None:
    body = silent("# agentflow: ignore[AF604] it is only for the log")
    answer = check(f"{in_run(body)}\\\r\n", TOOLS)
    assert [(one["code"], one["suppressed"]) for one in answer["findings"]] == [("AF604", "it is only for the log")]


def errors(answer: dict[str, Any]) -> Counter[tuple[str, str]]:
    return Counter((one["code"], one["message"]) for one in answer["findings"] if one["severity"] == "error")


@given(
    body=st.sampled_from(sorted(bad_runs.BAD.values())),
    place=st.integers(min_value=0),
    codes=st.lists(st.sampled_from([*CHECKS, "AF999"]), max_size=3),
    reason=st.sampled_from(["", "it is only for the log"]),
)
def test_no_comment_changes_an_error(body: str, place: int, codes: list[str], reason: str) -> None:
    lines = in_run(body).splitlines()
    lines.insert(place % (len(lines) + 1), f"# agentflow: ignore[{', '.join(codes)}] {reason}")
    before, after = check(in_run(body), TOOLS), check("\n".join(lines) + "\n", TOOLS)
    assert errors(after) == errors(before)
    assert (after["blob"] is None) is (before["blob"] is None)
