"""What may be a name or an id: one rule for each, said in the error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentflow.app import AgentFlow, names
from agentflow.errors import UsageError
from agentflow.records import Principal

Rule = Callable[[Any], str]


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        (names.agent_name, "refunds-2"),
        (names.agent_name, "0"),
        (names.agent_pattern, "mail-*"),
        (names.agent_pattern, "*"),
        (names.schedule_name, "every_night"),
        (names.tenant, "acme"),
        (names.run_id, "Order-17_x"),
        (names.run_id, "_" * 100),
        (names.run_id, "goals"),
        (names.event_type, "order.paid"),
        (names.host, "api.example.com"),
        (names.host, "*.example.com:8443"),
        (names.host, "localhost:65535"),
        (names.host, "xn--bcher-kva.example"),
        (names.host, "http://crm.example.com:8080"),
        (names.host, "[2606:4700::1111]"),
    ],
)
def test_a_name_that_fits_is_given_back(rule: Rule, given: str) -> None:
    assert rule(given) == given


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (names.agent_name, "is not an agent's name: small letters, digits, _ and -, at most 63"),
        (names.agent_pattern, "is not a name or pattern of agents: small letters"),
        (names.schedule_name, "is not a schedule's name"),
        (names.tenant, "is not a tenant's name"),
        (names.run_id, "is not a run id: letters, digits, _ and -, at most 100, not beginning with -"),
        (names.event_type, "is not an event type: letters, digits, _ . - and at most 100 characters"),
        (
            names.host,
            r"is not a host: write api\.example\.com, \*\.example\.com for all below it, example\.com:8443, or http://",
        ),
    ],
)
@pytest.mark.parametrize("given", ["", " ", "a b", "a\n", "ü", "x" * 101, ".x", None, 7])
def test_what_does_not_fit_is_refused_with_the_rule(rule: Rule, given: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        rule(given)


@pytest.mark.parametrize(
    "given",
    [
        "*",
        "a.*.com",
        "*.com",
        "ftp://a.com",
        "a.com/x",
        "127.1",
        "a.com:0",
        "a.com:65536",
        "-a.com",
        "a..com",
        "a.com.",
        "::1",
        "\u212a.com",
    ],
)
def test_what_is_no_host_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="is not a host"):
        names.host(given)


@pytest.mark.parametrize("given", ["127.0.0.1", "[::1]", "http://169.254.169.254", "10.1.2.3:8443"])
def test_an_address_to_which_no_request_goes_is_told_before_one_is_made(given: str) -> None:
    with pytest.raises(UsageError, match=r"is not public .*reach such a service with a @tool"):
        names.host(given)


def test_the_name_of_a_host_ends_at_253_characters() -> None:
    name = ".".join(["x" * 62] * 4) + ".x"
    assert len(names.host(name)) == 253
    with pytest.raises(UsageError, match="is not a host"):
        names.host(f"{name}y")


def test_hosts_are_written_in_small_letters() -> None:
    assert names.host("*.Example.COM") == "*.example.com"


@pytest.mark.parametrize("id", ["goal_7", "approval_", "schedule_1", "worker_abc"])
def test_a_run_cannot_have_the_id_of_another_kind(id: str) -> None:
    with pytest.raises(
        UsageError, match="cannot be a run's id: those of goals, approvals, schedules and workers begin so"
    ):
        names.run_id(id)


def test_who_asks_belongs_to_a_tenant_with_a_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'My Company' is not a tenant's name"):
        AgentFlow(tmp_path / "a.db", principal=Principal(tenant="My Company"))
