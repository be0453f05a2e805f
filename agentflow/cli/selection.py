"""Which checks a person wants to hear of: `--select AF6 --ignore AF604`, where the longer of two prefixes counts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..checks import CHECKS, Check
from ..errors import NotFound, UsageError


def chosen(select: Sequence[str], ignore: Sequence[str]) -> frozenset[str]:
    """The codes of the checks that are selected (all, where none is named) and not ignored."""
    wanted = [*_prefixes(select, "--select")] or [""]
    unwanted = [*_prefixes(ignore, "--ignore")]
    return frozenset(code for code in CHECKS if _longest(wanted, code) > _longest(unwanted, code))


def check_named(given: str) -> Check:
    """The check with a code or a name. Raises `NotFound`."""
    for check in CHECKS.values():
        if given.strip() in (check.code, check.code.lower(), check.name):
            return check
    raise NotFound(f"there is no check {given!r}: write a code or a name, such as AF604 or swallowed-failure")


def _prefixes(given: Sequence[str], option: str) -> Iterator[str]:
    codes = {check.name: check.code for check in CHECKS.values()}
    for word in (part.strip() for text in given for part in text.split(",")):
        prefix = "" if word == "ALL" else codes.get(word, word)
        if not word or not any(code.startswith(prefix) for code in CHECKS):
            raise UsageError(f"{option} {word!r} names no check: write a code, or how some begin, such as AF604 or AF6")
        yield prefix


def _longest(prefixes: Sequence[str], code: str) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=-1)
