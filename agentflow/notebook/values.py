"""Values, errors and arguments as HTML: bounded, and redacted where a plan said so. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ..cli.text import value
from ..page.showing import Argument, Shown, shown, written
from ..records import Json
from .markup import Html, fold, join, soft, tag, text

MOST = 4_000
"""Letters of a value that are shown."""
SHORT = 90
"""Letters up to which a value is shown without being folded."""


def block(document: Json) -> Html:
    """A stored value, written out."""
    said = written(document).text
    if len(said) <= MOST:
        return tag("pre", said)
    return join([tag("pre", said[:MOST]), soft(f"and {len(said) - MOST:,} more letters")])


def folded(title: str, document: Json) -> Html:
    """A value that folds; on one line where it is short."""
    said = value(document)
    if len(said) <= SHORT and "\n" not in said:
        return tag("div", soft(f"{title} "), tag("code", said))
    return fold(join([title, soft(f" {said[:SHORT]}...")]), block(document))


def table(document: Json) -> Html:
    """A stored value as a table in which tables may be."""
    return _table(shown(document))


def error(document: Json) -> Html:
    """What went wrong, and what came with it."""
    said = tag("div", f"{document.get('type')}: {document.get('message')}", cls="error")
    data = document.get("data")
    return said if data is None else join([said, folded("what came with it", data)])


def arguments(told: Iterable[Argument]) -> Html:
    """The arguments of a call; what was edited of them, with what it was."""
    rows = [
        tag(
            "tr",
            tag("th", one.name, scope="row"),
            tag("td", _now(one), *_was(one)),
            cls="is-edited" if one.edited else None,
        )
        for one in told
    ]
    return tag("table", tag("tbody", *rows), cls="value") if rows else soft("without arguments")


def _now(one: Argument) -> Html:
    return _table(one.now) if one.now else soft("left out")


def _was(one: Argument) -> Iterable[str]:
    if one.edited:
        yield Html(" ")
        yield tag("del", _table(one.was)) if one.was else soft("(added)")


def _table(one: Shown) -> Html:
    match one.kind:
        case "word" | "text":
            return text(one.text)
        case "long":
            return fold(f"{one.text[:SHORT]}... ({len(one.text):,} letters)", tag("pre", one.text[:MOST]))
    rows = [tag("tr", tag("th", name, scope="row"), tag("td", _table(part))) for name, part in one.parts]
    if one.more:
        rows.append(tag("tr", tag("td", soft(f"and {one.more:,} more"), colspan="2")))
    return tag("table", tag("tbody", *rows), cls="value")
