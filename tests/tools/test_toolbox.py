from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from agentflow.errors import NotFound, UsageError
from agentflow.tools import Toolbox, tool


@tool(namespace="orders")
def get(id: str) -> None: ...


@tool(namespace="orders_old")
def find(id: str) -> None: ...


@tool(namespace="mail")
def send(to: str, at: datetime | None = None, cost: Decimal = Decimal(0), file: bytes = b"") -> None: ...


def plain(id: str) -> None: ...


BOX = Toolbox([send, find, get, plain])


def test_a_plain_function_is_a_local_tool() -> None:
    assert BOX.names() == ("local.plain", "mail.send", "orders.get", "orders_old.find")
    assert BOX.get("orders.get") is get


@pytest.mark.parametrize(
    ("name", "advice"),
    [("mail.sned", "did you mean mail.send?"), ("zzz", "`agentflow tools` lists those that exist")],
)
def test_an_unknown_tool_is_not_found_and_near_names_are_offered(name: str, advice: str) -> None:
    with pytest.raises(NotFound) as caught:
        BOX.get(name)
    assert str(caught.value) == f"there is no tool '{name}'; {advice}"


def test_two_tools_of_one_name_are_refused_with_both_places() -> None:
    with pytest.raises(UsageError, match=r"two tools are called orders.get \(.*py:\d+ and .*py:\d+\)"):
        Toolbox([get, get])


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["orders.*"], ["orders.get"]),
        (["mail.send", "orders.get"], ["mail.send", "orders.get"]),
        (["*"], ["local.plain", "mail.send", "orders.get", "orders_old.find"]),
        (["orders", "mail.sen*", ".*", ""], []),
        ([], []),
    ],
)
def test_grants_are_exact_names_whole_namespaces_or_all(patterns: list[str], names: list[str]) -> None:
    assert [spec.name for spec in BOX.granted(patterns)] == names
    assert [name for name in BOX.names() if BOX.allows(patterns, name)] == names


def test_patterns_that_cover_nothing_are_known() -> None:
    assert BOX.unmatched(["orders.*", "order.*", "mail.send", "mail.sent"]) == ["order.*", "mail.sent"]


@pytest.mark.parametrize(
    ("args", "problems"),
    [
        ({"to": "a"}, []),
        ({"to": "a", "at": {"$datetime": "2026-01-02T00:00:00+00:00"}}, []),
        ({"to": "a", "at": None, "cost": {"$decimal": "1.20"}, "file": {"$bytes": "eA=="}}, []),
        ({"to": "a", "cost": 5}, []),
        ({"to": {"$datetime": "2026-01-02T00:00:00"}}, ["to: must be text, not a datetime"]),
        ({"to": 1, "cc": "b"}, ["cc is not known; known: to, at, cost, file", "to: must be text, not a number"]),
        ({}, ["to is missing"]),
        ("a", ["must be an object, not text"]),
    ],
)
def test_encoded_arguments_are_checked_against_the_schema(args: Any, problems: list[str]) -> None:
    assert BOX.check("mail.send", args) == problems
    assert BOX.check("mail.send", args) == problems


def test_a_tag_that_cannot_be_read_is_a_problem() -> None:
    (problem,) = BOX.check("mail.send", {"to": {"$nothing": 1}})
    assert "$.to" in problem


def test_arguments_of_an_unknown_tool_are_not_found() -> None:
    with pytest.raises(NotFound, match=r"mail\.sned"):
        BOX.check("mail.sned", {})
