"""How wide text is in a common sans-serif font, so that boxes fit without asking a browser."""

from __future__ import annotations

import unicodedata

_WIDTHS = {
    " !,./:;I[\\]ft": 278, "'`ijl|": 222, '"': 355, "#$0123456789?L_abdeghnopqu": 556, "%": 889, "&ABEKPSVXY": 667,
    "()-r{}": 334, "*": 389, "+<=>~": 584, "@": 1015, "CDHNRUw": 722, "FTZ": 611, "GOQ": 778, "J": 500, "M": 833,
    "W": 944, "^": 469, "cksvxyz": 500, "m": 833, "…": 1000, "·": 278,
}  # fmt: skip
_WIDTH = {sign: width / 1000 for signs, width in _WIDTHS.items() for sign in signs}
"""Of Helvetica, which Arial and Liberation Sans share; other fonts come close."""
_OTHER, _WIDE = 0.6, 1.0
_BOLD = 1.07
_SLACK = 1.04


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a line in the unit of its font size."""
    ems = sum(_WIDTH.get(sign) or (_WIDE if unicodedata.east_asian_width(sign) in "WF" else _OTHER) for sign in text)
    return ems * size * _SLACK * (_BOLD if bold else 1.0)


def wrapped(text: str, size: float, most: float, lines: int, *, bold: bool = False) -> list[str]:
    """Text in at most so many lines of at most that width; what does not fit ends with an ellipsis."""
    found: list[str] = []
    words = [part for word in text.split() for part in _pieces(word, size, most, bold=bold)]
    for word in words:
        longer = f"{found[-1]} {word}" if found else word
        if found and width(longer, size, bold=bold) <= most:
            found[-1] = longer
        else:
            found.append(word)
    kept = found[:lines]
    if len(found) > lines:
        kept[-1] = _cut(f"{kept[-1]} {found[lines]}", size, most, bold=bold)
    return kept


def _pieces(word: str, size: float, most: float, *, bold: bool) -> list[str]:
    """A word, in pieces where it is wider than a line."""
    found = [""]
    for sign in word:
        if found[-1] and width(found[-1] + sign, size, bold=bold) > most:
            found.append("")
        found[-1] += sign
    return found


def _cut(text: str, size: float, most: float, *, bold: bool) -> str:
    while text and width(f"{text}…", size, bold=bold) > most:
        text = text[:-1]
    return f"{text.rstrip()}…"
