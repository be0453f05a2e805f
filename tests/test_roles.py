"""The one table of verbs and roles, and who gets past it."""

from __future__ import annotations

import pytest

from agentflow.errors import Refused
from agentflow.records import Principal, Role
from agentflow.roles import ALL, HOUSE, VERBS, permit

READS = {verb for verb in VERBS if verb.endswith((".get", ".list", ".secrets"))} - {
    "audit.list",
    "keys.list",
    "tenants.list",
}


def who(*roles: Role, tenant: str = "default") -> Principal:
    return Principal("anna", tenant, frozenset(roles))


@pytest.mark.parametrize("verb", VERBS)
def test_who_has_no_role_may_do_nothing(verb: str) -> None:
    with pytest.raises(Refused, match=rf"^anna may not use {verb}: that needs the role \w+"):
        permit(who(), verb)


@pytest.mark.parametrize("role", ALL)
def test_every_role_may_read(role: Role) -> None:
    for verb in READS:
        permit(who(role), verb)


def test_a_viewer_may_read_and_do_nothing_else() -> None:
    assert {verb for verb, roles in VERBS.items() if "viewer" in roles} == READS


@pytest.mark.parametrize(
    ("role", "verb", "words"),
    [
        ("viewer", "runs.start", "anna may not use runs.start: that needs the role operator"),
        ("operator", "approvals.decide", "anna may not use approvals.decide: that needs the role approver"),
        ("operator", "keys.create", "anna may not use keys.create: that needs the role admin"),
        ("approver", "runs.cancel", "anna may not use runs.cancel: that needs the role operator"),
        ("admin", "approvals.decide", "anna may not use approvals.decide: that needs the role approver"),
        ("admin", "goals.approve", "anna may not use goals.approve: that needs the role approver"),
        ("admin", "runs.start", "anna may not use runs.start: that needs the role operator"),
    ],
)
def test_a_refusal_says_who_which_verb_and_which_role(role: Role, verb: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        permit(who(role), verb)
    assert str(refused.value) == words


@pytest.mark.parametrize("verb", sorted(HOUSE))
def test_tenants_are_made_by_admins_of_the_default_tenant_alone(verb: str) -> None:
    permit(who("admin"), verb)
    with pytest.raises(Refused, match="that is for admins of the tenant default"):
        permit(who("admin", tenant="acme"), verb)


def test_the_local_person_may_do_everything() -> None:
    for verb in VERBS:
        permit(Principal(), verb)
