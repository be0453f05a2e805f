"""Two versions of a plan beside each other as they are shown: what it means, and line by line."""

from __future__ import annotations

from collections.abc import Sequence

from ..cli.diffs import drawn, sentences
from ..graph.diff import PlanDiff
from .markup import Html, join, listed, section, soft, tag
from .sheet import Sheet, head

SAME = "the source is the same"
_LOOKS = {"+": "ins", "-": "del"}


def shown(told: PlanDiff) -> Sheet:
    """What a version has otherwise than another."""
    parts = [
        head(f"Plan {told.after}", soft(f"compared with {told.before}")),
        section("What it means", listed(told.words)),
        section("Line by line", tag("pre", join(_lines(told.diff))) if told.diff else soft(SAME)),
    ]
    return Sheet([*drawn(told.diff), "", *sentences(told.words)], join(parts))


def _lines(diff: Sequence[str]) -> list[Html]:
    """A line that came or went has its sign, and a colour as well; the names above them are told in the title."""
    return [tag(_LOOKS.get(line[:1], "span"), f"{line}\n") for line in diff[2:]]
