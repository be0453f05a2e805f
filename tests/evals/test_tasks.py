"""Tasks are read strictly: file and key are named where something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentflow.errors import NotFound, UsageError
from agentflow.evals.tasks import load, tasks

TASK = """\
id: refunds/small
goal: "Refund the order of the payload."
tools:
  orders.get:
    description: The order with this number.
    parameters: {type: object, properties: {id: {type: string}}, required: [id], additionalProperties: false}
    returns: {type: object, properties: {total: {type: number}}, required: [total]}
    effect: read
  payments.refund:
    description: Pay an amount back.
    parameters: {type: object, properties: {amount: {type: number}}, required: [amount]}
    risk: high
cases:
  - name: small
    payload: {order_id: "17"}
    results:
      orders.get: [{fail: busy, type: Busy}, {when: {id: "17"}, return: {total: 40}}]
      payments.refund: [{unknown: "cut off"}]
    decisions: {large: {reject: "too much"}, late: expire, how*: {answer: 3}, sent: {happened: {a: 1}}, "*": approve}
    events: [{type: invoice.paid, payload: {n: 1}, after: "1 day"}]
    expect:
      calls: [{tool: orders.get, args: {id: {like: "1"}}}, {tool: payments.refund}]
      never: [{tool: payments.refund, args: {amount: 41}}]
      approved: [payments.refund]
      most: {payments.refund: 1}
      result: null
"""


def written(folder: Path, text: str, name: str = "refunds/small.yaml") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")
    return file


def test_a_task_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    task = load(written(tmp_path, TASK))
    [case] = task.cases
    assert task.domain == "refunds"
    assert [spec.name for spec in task.specs()] == ["orders.get", "payments.refund"]
    assert [(one.value, one.fail, one.unknown) for one in case.results["orders.get"]] == [
        (None, "busy", None),
        ({"total": 40}, None, None),
    ]
    assert {pattern: (said.kind, said.value) for pattern, said in case.decisions.items()} == {
        "large": ("reject", "too much"),
        "late": ("expire", None),
        "how*": ("answer", 3),
        "sent": ("happened", {"a": 1}),
        "*": ("approve", None),
    }
    assert case.events[0].after == 86400.0
    assert case.expect.has_result
    assert case.expect.result is None


def test_what_is_left_out_is_the_careful_thing(tmp_path: Path) -> None:
    task = load(written(tmp_path, TASK.replace("      result: null\n", "").replace("    effect: read\n", "")))
    assert task.review == "never"
    assert {spec.effect for spec in task.specs()} == {"once"}
    assert not task.cases[0].expect.has_result
    assert task.cases[0].expect.outcome == "completed"


@pytest.mark.parametrize(
    ("was", "instead", "said"),
    [
        ("goal:", "gaol:", r"goal: is missing; it must be given \(and 1 more\)"),
        ("      never:", "      nevr:", "cases.0.expect.nevr: no such key 'nevr'; did you mean 'never'"),
        ("      most:", "      zzz:", "cases.0.expect.zzz: no such key 'zzz'"),
        ("id: refunds/small", "id: Refunds", "id: string should match pattern"),
        ("id: refunds/small", "id: other/small", "id: other/small belongs into a folder other"),
        ("{fail: busy, type: Busy}", "{fail: busy, return: 1}", "cases.0.results.orders.get.0: write exactly one of"),
        ("{fail: busy, type: Busy}", "{when: {}}", "write exactly one of"),
        ('[{unknown: "cut off"}]', "[]", "results.payments.refund: is empty"),
        ("return: {total: 40}", "return: {total: much}", r"cases.0 \(small\).results.orders.get.1.return: .*total"),
        ('{id: "17"}, return', "{nr: 1}, return", "orders.get.1.when: orders.get has no argument 'nr'"),
        ('large: {reject: "too much"}', "large: maybe", "decisions.large: write one of approve"),
        ('sent: {happened: {a: 1}}, "*": approve', '"*": approve, sent: expire', "decisions.*: decides all that comes"),
        ('after: "1 day"', "after: soon", "events.0.after: 'soon' is no length of time"),
        (
            'calls: [{tool: orders.get, args: {id: {like: "1"}}}',
            "calls: [{tool: orders.get, args: {nr: 1}}",
            "argument 'nr'",
        ),
        ("calls: [{tool: orders.get", "calls: [{tool: order.get", "no tool 'order.get'; did you mean 'orders.get'"),
        ('{like: "1"}', '{like: "("}', "expect.calls.0.id: .* can match nothing"),
        ("approved: [payments.refund]", "approved: [x.y]", "expect.approved: there is no tool 'x.y'"),
        ("most: {payments.refund: 1}", "most: {payments.refund: -1}", "most.payments.refund: input should be greater"),
        ("result: null", 'result: {like: "["}', "expect.result: .* can match nothing"),
        ("payments.refund: [{unknown", "payments.pay: [{unknown", "results.payments.pay: there is no tool"),
        ("{type: object, properties: {amount", "{type: array, properties: {amount", "the type must be object"),
        ("{total: {type: number}}", "{total: {type: much}}", "tools.orders.get.returns: this is no JSON schema"),
        ("    risk: high\n", "    risk: awful\n", "tools.payments.refund.risk: input should be"),
        ("    risk: high\n", "", None),
    ],
)
def test_a_flaw_is_named_with_file_and_key(was: str, instead: str, said: str | None, tmp_path: Path) -> None:
    assert was in TASK
    file = written(tmp_path, TASK.replace(was, instead))
    if said is None:
        load(file)
        return
    with pytest.raises(UsageError, match=said) as raised:
        load(file)
    assert str(raised.value).startswith(f"{file}: ")


def test_two_cases_of_one_name_cannot_be_told_apart(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="two cases are called 'small'"):
        load(written(tmp_path, TASK + "  - name: small\n"))


def test_folders_are_searched_and_a_pattern_chooses(tmp_path: Path) -> None:
    written(tmp_path, TASK)
    written(tmp_path, TASK.replace("refunds/small", "office/mail"), "office/mail.yaml")
    assert [one.id for one in tasks([tmp_path])] == ["office/mail", "refunds/small"]
    assert [one.id for one in tasks([tmp_path / "office" / "mail.yaml"])] == ["office/mail"]
    assert [one.id for one in tasks([tmp_path], only="ref*")] == ["refunds/small"]
    with pytest.raises(NotFound, match="none of 2 tasks has an id like 'x'"):
        tasks([tmp_path], only="x")
    with pytest.raises(NotFound, match="there is no task"):
        tasks([tmp_path / "nowhere"])


def test_an_id_stands_for_one_task(tmp_path: Path) -> None:
    written(tmp_path, TASK)
    written(tmp_path, TASK, "refunds/again.yaml")
    with pytest.raises(UsageError, match=r"the id refunds/small is that of .*again.yaml"):
        tasks([tmp_path])
