"""What is wrong with a database that is open, on whichever server, and the repairs that cannot do harm.

What `store/health.py` finds in a file behind everybody's back (damage, parts of the schema that are missing, the disk)
is the server's own business here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from ..store import Write
from ..store.health import CHECKS, Ailment, Report, gone, tampered
from .audit import Audit
from .doors import Doors
from .house import House


async def looked_after(flow: Doors, *, mend: bool) -> tuple[Report, dict[str, int]]:
    """What is known and what is wrong, and of how many things what was mended before."""
    house = flow._house
    mended = await _mended(house) if mend else {}
    facts = {**await house.store.facts(), "workers": [row["id"] for row in await house.engine.alive()]}
    return Report(facts, tuple([ailment async for ailment in _ailments(house)])), mended


async def _mended(house: House) -> dict[str, int]:
    """In their order: what one repair leaves behind, a later one takes away."""
    now, dead = house.clock.now(), await _dead(house)
    freed = [
        Write(name, {"worker": id, "id": id, "now": now}) for id in dead for name in ("take_over", "delete_worker")
    ]
    await house.store.write(freed)
    done = {"workers": len(dead)}
    for check in CHECKS:
        if check.statement and (found := await house.store.rows(check.query)):
            await house.store.write([Write(check.statement, {"now": now})])
            done[check.query] = len(found)
    house.engine.ring()
    return {name: count for name, count in done.items() if count}


async def _ailments(house: House) -> AsyncIterator[Ailment]:
    for fault in await house.store.faults():
        yield Ailment("server", fault)
    for fault in await house.engine.faults():
        yield Ailment("engine", fault)
    audit = await Audit(house).verify()
    if audit.broken is not None:
        yield tampered(audit.broken, audit.why or "")
    for check in CHECKS:
        if rows := await house.store.rows(check.query):
            yield Ailment(
                check.query, check.message, tuple(sorted(row["id"] for row in rows)), check.cure, check.advice
            )
    if dead := await _dead(house):
        yield gone(dead)


async def _dead(house: House) -> list[str]:
    living = {row["id"] for row in await house.engine.alive()}
    return [row["id"] for row in await house.store.rows("holders") if row["id"] not in living]
