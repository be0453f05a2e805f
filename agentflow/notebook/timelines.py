"""The steps of a run as HTML: over one axis of time, and each with what went in and came out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..page.axis import elapsed
from ..page.timeline import Row, Timeline, timeline
from ..records import Run, StepView
from ..wording import spent, step_name
from .markup import Html, fold, join, soft, state, tag
from .values import error, folded

MOST = 100_000
"""Letters of HTML that the steps may take; what there is beyond is counted."""
_SILENT = frozenset({"sleep", "sleep_until", "progress", "timeout"})
"""Kinds of steps of which nothing comes out."""


def times(run: Run, steps: Sequence[StepView], now: float) -> Html:
    """A row for each step, with a bar for each attempt, pause and wait."""
    found = timeline(run, steps, now)
    if not found.rows:
        return Html()
    head = tag("tr", *(tag("th", word, scope="col") for word in ("Step", "State")), _axis(found), _right("th", "Took"))
    rows = [_row(row, found) for row in found.rows]
    drawn = tag("table", tag("thead", head), tag("tbody", *rows), cls="times")
    more = soft(f"and {found.total - len(found.rows)} more rows") if found.after is not None else ""
    return join([tag("div", drawn, cls="scroll"), more, _legend(found)])


def inputs(steps: Sequence[StepView]) -> Html:
    """What went into each step and came out of it, to unfold."""
    told = [one for one in steps if one.kind not in _SILENT]
    shown: list[Html] = []
    for one in told:
        if sum(map(len, shown)) > MOST:
            break
        shown.append(fold(join([step_name(one.key), Html(" "), state(one.state)]), step(one)))
    rest = len(told) - len(shown)
    return join([*shown, soft(f"and {rest} more: await run.steps() has them all") if rest else ""])


def step(one: StepView, now: float | None = None) -> Html:
    """A step with all that is known of it."""
    ended = now if one.ended_at is None else one.ended_at
    what = one.tool or ("a function of the plan" if one.kind == "do" else one.kind.replace("_", " "))
    told = [
        what,
        f"line {one.line}" if one.line else "",
        f"{one.attempts} attempts" if one.attempts > 1 else "",
        elapsed(ended - one.started_at) if ended is not None else "",
        f"models took {spent(one.spent)}" if one.spent else "",
    ]
    return join([tag("div", soft(", ".join(filter(None, told)))), *_inside(one), _went(one)])


def _inside(one: StepView) -> Iterator[Html]:
    asked = one.asked or {}
    given = asked.get("payload", one.args)
    if given is not None:
        yield folded("in", given)
    if one.error:
        yield error(one.error)
    if one.state == "done" and one.kind not in _SILENT:
        yield folded("out", one.result)


def _went(one: StepView) -> Html:
    """The attempts that failed of something else than the step."""
    final = (one.error or {}).get("message")
    failed = [phase for phase in one.phases if phase.attempt and phase.error and phase.error["message"] != final]
    said = [f"attempt {phase.attempt}: {phase.error['type']}: {phase.error['message']}" for phase in failed]
    return join(tag("div", line, cls="error") for line in said)


def _row(row: Row, found: Timeline) -> Html:
    name = join([row.name, soft(f" x{row.many}") if row.many else ""])
    tries = soft(f" x{row.attempts}") if row.attempts > 1 and not row.many else ""
    drawn = [
        *(
            tag("line", x1=f"{tick.place:.2f}%", x2=f"{tick.place:.2f}%", y1="0", y2="20") for tick in found.ticks
        ),
        *(
            tag("rect", tag("title", bar.told), cls=f"bar is-{bar.look}", x=f"{bar.x}%", width=f"{bar.width}%", y="4",
                height="12", rx="3", fill="gray")
            for bar in row.bars
        ),
    ]  # fmt: skip
    bars = tag("svg", *drawn, width="100%", height="20", role="img", aria_label=row.told)
    return tag(
        "tr",
        tag("th", name, scope="row"),
        tag("td", state(row.state), tries, cls="fixed"),
        tag("td", bars),
        _right("td", soft(row.took)),
    )


def _axis(found: Timeline) -> Html:
    ticks = [tag("text", tick.words, x=f"{tick.place:.2f}%", y="12", text_anchor="middle") for tick in found.ticks]
    return tag("th", tag("svg", *ticks, width="100%", height="16", aria_hidden="true"), scope="col")


def _right(name: str, said: str) -> Html:
    return tag(name, said, cls="number fixed")


def _legend(found: Timeline) -> Html:
    looks = [
        tag("span", tag("svg", _sample(look), width="14", height="12", aria_hidden="true"), f" {words}")
        for look, words in found.legend
    ]
    squeezed = soft("quiet time is drawn shorter than it was") if found.squeezed else ""
    return tag("div", *looks, squeezed, cls="legend")


def _sample(look: str) -> Html:
    return tag("rect", cls=f"bar is-{look}", x="1", y="1", width="12", height="10", rx="3", fill="gray")
