"""A run looked back at as it is shown: where it stood before a step, and how its history goes on other code."""

from __future__ import annotations

from collections.abc import Iterator

from ..cli.replaying import difference, where
from ..cli.text import facts as text_facts
from ..cli.text import value
from ..cli.times import clock
from ..records import StepView
from ..records.moments import Branch, Moment, Name, Replay
from ..wording import step_name
from .markup import Html, code, facts, fold, join, section, soft, state, tag
from .sheet import Sheet, head
from .sources import excerpt
from .tables import grid
from .values import SHORT, folded


def stood(moment: Moment, source: str) -> Sheet:
    """Where a run stood; `source` is its plan."""
    title = head(f"Before step {step_name(moment.step)}", soft(f"run {moment.run}"))
    return Sheet([*where(moment, source)], join([title, *_stood(moment, source)]))


def replayed(found: Replay) -> Sheet:
    """How a history was replayed."""
    pairs = [
        ("turns as they were", f"{found.turns} of {found.of}"),
        ("step", step_name(found.step) if found.step else None),
        ("line", str(found.line) if found.line else None),
        ("was", found.was),
        ("now", found.now),
    ]
    told = [*_stood(found.moment, "")] if found.moment else []
    title = head("Replay", state("same" if found.same else "diverged"))
    lines = [*text_facts(pairs[:1], indent=0), *where(found.moment, ""), *difference(found, "")]
    return Sheet(lines, join([title, facts(pairs), *told]))


def _stood(moment: Moment, source: str) -> Iterator[Html]:
    beside = ", ".join(map(step_name, moment.next))
    yield facts([("turn", str(moment.turn)), ("clock", clock(moment.at)), ("beside", beside)])
    yield section("The line", excerpt(source, moment.line))
    for branch in moment.branches:
        yield from _branch(branch, moment.step)
    if moment.more:
        yield tag("p", soft(f"and {moment.more} more branches"))
    if moment.recorded:
        yield section("Recorded by then", grid(("step", "state", "result"), map(_recorded, moment.recorded)))


def _branch(branch: Branch, step: str) -> Iterator[Html]:
    """What the names held in each function of a branch, the innermost first."""
    for place in reversed(branch.places):
        waits = "" if branch.waits in (None, step) else f", waits for {step_name(branch.waits or '')}"
        yield section(
            f"In {place.function}, line {place.line}{waits}", facts((one.name, _held(one)) for one in place.names)
        )


def _held(name: Name) -> Html:
    if name.shown:
        return folded("", name.value)
    return soft(name.type if name.size is None else f"{name.type} of {name.size:,} characters")


def _recorded(step: StepView) -> list[str]:
    known = step.error or step.result
    said = "" if known is None else value(known)
    return [
        step_name(step.key),
        state(step.state),
        code(said) if len(said) <= SHORT else fold(f"{said[:SHORT]}...", code(said)),
    ]
