"""Source, findings and pictures of plans as HTML. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from html import escape

from ..checks import name_of
from ..graph.progress import Mark
from ..graph.svg import Ways, svg
from ..page.code import Line, Span, source_lines
from ..records import Finding, Graph
from .markup import Html, join, listed, soft, state, tag, text

_PLAIN = {"svg": 'fill="none" stroke="gray" font-size="11"', "text": 'fill="gray" stroke="none"'}
"""What pictures look like where a forge leaves their style out; a style comes before it."""
AROUND = 2
"""Lines before and after the one that matters."""


def source(code: str, findings: Sequence[Finding] = (), marked: Collection[int] = ()) -> Html:
    """All of a source: numbered, in colours, findings below their lines."""
    return _block(source_lines(code, marked, None, findings))


def excerpt(code: str, line: int | None) -> Html:
    """A line and those around it; nothing where there is no such line."""
    lines = source_lines(code, [line] if line else ())
    if line is None or not 1 <= line <= len(lines):
        return Html()
    around = lines[max(0, line - 1 - AROUND) : line + AROUND]
    return _block(replace(one, spans=_moved(one.spans, _indent(around))) for one in around)


def found(findings: Iterable[Finding]) -> Html:
    """Findings as a list."""
    return listed(map(finding, findings), "plain")


def finding(one: Finding) -> Html:
    """A finding: where, what is wrong, and what to write instead."""
    word = "silenced" if one.suppressed else one.severity
    below = f"silenced in the source: {one.suppressed}" if one.suppressed else one.advice
    name = " ".join(filter(None, (one.code, name_of(one.code))))
    said = [state(word), f" line {one.line}: {one.message} ", soft(name)]
    return join([*said, tag("div", soft(below)) if below else ""])


def picture(graph: Graph | None, title: str, marks: Mapping[str, Mark] | None = None) -> Html:
    """The graph of a plan; nothing where there is none."""
    if graph is None:
        return Html()
    drawn = re.sub(r'<g id="[^"]*"', "<g", svg(graph, title, marks, Ways({})))
    for name, plain in _PLAIN.items():
        drawn = drawn.replace(f"<{name} ", f"<{name} {plain} ")
    return tag("div", Html(drawn), cls="graph", tabindex="0", role="img", aria_label=title)


def _block(lines: Iterable[Line]) -> Html:
    return tag("pre", *map(_line, lines), cls="source", tabindex="0")


def _indent(lines: Iterable[Line]) -> int:
    """How far in all of these lines begin, but for the empty ones."""
    texts = ["".join(span.text for span in line.spans) for line in lines]
    return min((len(text) - len(text.lstrip(" ")) for text in texts if text.strip()), default=0)


def _moved(spans: Sequence[Span], by: int) -> tuple[Span, ...]:
    """A line without the blanks at its beginning."""
    return (spans[0]._replace(text=spans[0].text[by:]), *spans[1:]) if spans else ()


def _line(line: Line) -> Html:
    spans = "".join(
        f'<span class="{span.look}">{escape(span.text)}</span>' if span.look else escape(span.text)
        for span in line.spans
    )
    looks = ["is-marked" if line.marked else "", _gravest(line.notes)]
    look = " ".join(filter(None, looks))
    head = f'<span class="{look}">' if look else "<span>"
    told = f'{head}<span class="n">{line.number:>4}</span> {spans}\n</span>'
    return Html(told + "".join(_note(note) for note in line.notes))


def _gravest(notes: Sequence[Finding]) -> str:
    if not notes:
        return ""
    return "is-found" if any(note.severity == "error" for note in notes) else "is-warned"


def _note(note: Finding) -> str:
    look = "is-found" if note.severity == "error" else "is-warned"
    below = f"silenced: {note.suppressed}" if note.suppressed else note.advice
    advice = f" {tag('em', below)}" if below else ""
    return (
        f'<span class="note {look}"><b>{note.severity} {escape(note.code)}</b>: {text(note.message)}{advice}\n</span>'
    )
