"""Who is told of what waits for people, and the link by which each gets to see it.

A link into the page is of one of two kinds. A plain one needs signing in. A signed one is for a person whom a channel
alone reaches: it names one question and that person's key, lasts as long as the question and a week at most, and is
stored nowhere. What it lets do is looked up when it is opened, and is never more than that person may.
"""

from __future__ import annotations

from dataclasses import replace

from ..agent import rows
from ..approvals.policy import unfit
from ..approvals.ruling import barred
from ..errors import NotFound, Unauthorized
from ..notices import Entrance, NotTheirs
from ..notices.posting import Unsent
from ..notices.subjects import Asked, Reviewed, Subject
from ..records import Principal
from ..roles import may
from ..settings import NotifySettings
from .cases import case_of
from .house import House
from .keys import known
from .seals import Seals

LINK = "link"
"""What the seal of a link is for, and the beginning of its path: `/a/`."""
PATH = "/a/"
LONGEST = 7 * 86_400.0
"""Seconds for which a link is good at most."""


async def entrance(house: House, way: NotifySettings, subject: Subject, kind: str) -> Entrance:
    """The link for whoever is told on this way. Raises `NotTheirs`, and `Unsent` where there is no such person now."""
    address = house.settings.serve.url
    plain = Entrance(f"{address}{subject.path}", "plain") if address else Entrance()
    if way.person is None:
        return plain
    who = await person(house, way)
    if who.tenant != subject.tenant:  # the settings were others when it was planned
        raise NotTheirs(f"{who.name} is of the tenant {who.tenant}")
    if why := await _idle(replace(house, principal=who), subject, kind):
        raise NotTheirs(why)
    if not address or not isinstance(subject, Asked) or kind == "expired":
        return plain
    until = min(subject.expires_at or float("inf"), house.clock.now() + LONGEST)
    sealed = await Seals(house).seal(LINK, {"approval": subject.id, "key": who.key}, until)
    return Entrance(f"{address}{PATH}{sealed}", "signed")


async def person(house: House, way: NotifySettings) -> Principal:
    """Whom a way reaches, as their key is now. Raises `Unsent`."""
    theirs = replace(house, principal=Principal(tenant=way.tenant))
    try:
        return await known(theirs, way.person or "")
    except Unauthorized as error:
        raise Unsent(f"{way.person} of the tenant {way.tenant} cannot be told: {error}") from None


async def _idle(house: House, subject: Subject, kind: str) -> str | None:
    """Why it is nothing for the one who asks to decide, or None."""
    who = house.principal
    if not isinstance(subject, Asked):
        return await _unfit(house, subject)
    try:
        case, _ = await case_of(house, subject.id)
    except NotFound as error:  # it was deleted in between
        return str(error)
    later = case.policy.escalate
    if kind == "escalated" and (later is None or who.name not in later.to):
        return f"it is not escalated to {who.name}"
    return barred(case, who, "approve") or (f"{who.name} has agreed already" if who.name in case.agreed else None)


async def _unfit(house: House, goal: Reviewed) -> str | None:
    """Why the one who asks may not approve the plan of a goal, or None."""
    who = house.principal
    [row] = await house.store.rows("agent_by_name", tenant=who.tenant, name=goal.agent)
    able = may(who, "goals.approve")
    why = unfit(rows.agent(row).approvals, who.name, goal.created_by) if able else "that needs the role approver"
    return f"{who.name} may not approve goal {goal.id}: {why}" if why else None
