"""Two texts compared part by part, in a time that nobody's text can stretch. Pure.

Exact comparison takes a time that grows with how often the same part stands in both: a quarter of a minute for a few
thousand lines of which many are alike. Where it would be long, parts that stand everywhere begin no match; they still
belong to the matches around them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal, NamedTuple

MOST_PAIRS = 20_000
"""Pairs of equal parts up to which the comparison is exact."""
OFTEN = 10
"""How often a part may stand in the new text and still begin a match, beyond that."""
AROUND = 3
"""Lines that are shown before and after a change."""


class Block(NamedTuple):
    """Lines of two texts that belong beside each other: the same, or changed; or a gap, which is left out."""

    kind: Literal["same", "changed", "gap"]
    old: range
    new: range


def matcher(old: Sequence[str], new: Sequence[str]) -> SequenceMatcher[str]:
    """What is the same in two texts, given as lines or words."""
    before, after = Counter(old), Counter(new)
    if sum(before[part] * count for part, count in after.items()) <= MOST_PAIRS:
        return SequenceMatcher(None, old, new, autojunk=False)
    return SequenceMatcher(lambda part: after[part] > OFTEN, old, new, autojunk=False)


def lines(text: str) -> list[str]:
    """As Python counts them; a line's end at the end of the text begins no other."""
    return re.sub(r"\r\n?", "\n", text).removesuffix("\n").split("\n")


def blocks(old: Sequence[str], new: Sequence[str]) -> list[Block]:
    """All of two texts in order, what is the same cut to a few lines around what is not; nothing where all is."""
    found: list[Block] = []
    for group in matcher(old, new).get_grouped_opcodes(AROUND):
        found += _gap(found, group[0][1], group[0][3])
        found += (
            Block("same" if what == "equal" else "changed", range(i, j), range(k, m)) for what, i, j, k, m in group
        )
    return [*found, *_gap(found, len(old), len(new))] if found else []


def unified(old: Sequence[str], new: Sequence[str], names: tuple[str, str]) -> list[str]:
    """What differs, as `diff -u` writes it; nothing where both are the same."""
    found = blocks(old, new)
    told = [f"--- {names[0]}", f"+++ {names[1]}"] if found else []
    for is_gap, hunk in groupby(found, lambda block: block.kind == "gap"):
        told += [] if is_gap else _hunk(old, new, [*hunk])
    return told


def _gap(found: Sequence[Block], i: int, k: int) -> Iterator[Block]:
    """What is left out between the last block and a place in both texts."""
    end = found[-1] if found else Block("gap", range(0), range(0))
    if k > end.new.stop:
        yield Block("gap", range(end.old.stop, i), range(end.new.stop, k))


def _hunk(old: Sequence[str], new: Sequence[str], hunk: Sequence[Block]) -> Iterator[str]:
    first, last = hunk[0], hunk[-1]
    yield f"@@ -{_span(first.old.start, last.old.stop)} +{_span(first.new.start, last.new.stop)} @@"
    for block in hunk:
        if block.kind == "same":
            yield from (f" {new[n]}" for n in block.new)
        else:
            yield from (f"-{old[n]}" for n in block.old)
            yield from (f"+{new[n]}" for n in block.new)


def _span(start: int, stop: int) -> str:
    """Where lines stand, as `diff -u` counts: from 1, and where there are none the line before them."""
    many = stop - start
    return f"{start + 1}" if many == 1 else f"{start + bool(many)},{many}"
