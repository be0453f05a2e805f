"""Who may do what: one table of verbs and the roles that may use them, and the one function that asks it.

    viewer       reads
    operator     reads, and makes goals, plans, runs and schedules go, stop and go on
    approver     reads, and decides what waits for a person
    admin        reads, and makes agents, keys and what else others work with; deletes

Every role may read; beside that none includes another, so whoever shall do two things is given two roles.
"""

from __future__ import annotations

from collections.abc import Mapping

from .errors import Refused
from .records import DEFAULT_TENANT, Principal, Role

ALL: tuple[Role, ...] = ("viewer", "operator", "approver", "admin")

_EVERYBODY = frozenset(ALL)
_OPERATORS = frozenset[Role]({"operator"})
_APPROVERS = frozenset[Role]({"approver"})
_ADMINS = frozenset[Role]({"admin"})

VERBS: Mapping[str, frozenset[Role]] = {
    "agents.get": _EVERYBODY,
    "agents.list": _EVERYBODY,
    "agents.create": _ADMINS,
    "agents.archive": _ADMINS,
    "approvals.get": _EVERYBODY,
    "approvals.list": _EVERYBODY,
    "approvals.decide": _APPROVERS,
    "approvals.revise": _OPERATORS,
    "audit.list": _ADMINS,
    "audit.verify": _ADMINS,
    "goals.get": _EVERYBODY,
    "goals.list": _EVERYBODY,
    "goals.submit": _OPERATORS,
    "goals.cancel": _OPERATORS,
    "goals.approve": _APPROVERS,
    "goals.reject": _APPROVERS,
    "goals.ask_changes": _APPROVERS,
    "keys.create": _ADMINS,
    "keys.list": _ADMINS,
    "keys.revoke": _ADMINS,
    "notices.list": _EVERYBODY,
    "notices.test": _ADMINS,
    "plans.get": _EVERYBODY,
    "plans.list": _EVERYBODY,
    "plans.check": _OPERATORS,
    "plans.try": _OPERATORS,
    "plans.register": _OPERATORS,
    "plans.revoke": _OPERATORS,
    "plans.rollback": _OPERATORS,
    "runs.get": _EVERYBODY,
    "runs.list": _EVERYBODY,
    "runs.start": _OPERATORS,
    "runs.send": _OPERATORS,
    "runs.migrate": _OPERATORS,
    "runs.pause": _OPERATORS,
    "runs.resume": _OPERATORS,
    "runs.cancel": _OPERATORS,
    "runs.rollback": _OPERATORS,
    "runs.replay": _OPERATORS,
    "runs.restart": _OPERATORS,
    "runs.revise": _OPERATORS,
    "runs.delete": _ADMINS,
    "runs.prune": _ADMINS,
    "schedules.get": _EVERYBODY,
    "schedules.list": _EVERYBODY,
    "schedules.create": _OPERATORS,
    "schedules.pause": _OPERATORS,
    "schedules.resume": _OPERATORS,
    "schedules.run": _OPERATORS,
    "schedules.delete": _OPERATORS,
    "tenants.get": _EVERYBODY,
    "tenants.create": _ADMINS,
    "tenants.list": _ADMINS,
    "tenants.suspend": _ADMINS,
    "tenants.resume": _ADMINS,
    "tools.list": _EVERYBODY,
    "tools.secrets": _EVERYBODY,
    "workers.list": _EVERYBODY,
}
"""Named as the Python API is. A verb that is not here cannot be one: the app refuses to be imported."""

HOUSE: frozenset[str] = frozenset({"tenants.create", "tenants.list", "tenants.suspend", "tenants.resume"})
"""What is no tenant's own affair: only principals of the tenant `default` may."""


def may(principal: Principal, verb: str) -> bool:
    """Whether a principal may use a verb, for whoever shows only what can be done."""
    return bool(VERBS[verb] & principal.roles) and (verb not in HOUSE or principal.tenant == DEFAULT_TENANT)


def permit(principal: Principal, verb: str) -> None:
    """Raise `Refused` where a principal may not use a verb: who, which, and which role it needs."""
    needed = VERBS[verb]
    if not needed & principal.roles:
        named = " or ".join(role for role in ALL if role in needed)
        raise Refused(f"{principal.name} may not use {verb}: that needs the role {_any(named, needed)}")
    if verb in HOUSE and principal.tenant != DEFAULT_TENANT:
        raise Refused(f"{principal.name} may not use {verb}: that is for admins of the tenant {DEFAULT_TENANT}")


def _any(named: str, needed: frozenset[Role]) -> str:
    return "viewer, or any other" if needed == _EVERYBODY else named
