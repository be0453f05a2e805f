"""Pictures: well-formed, safe whoever wrote the plan, laid out without overlaps, the same every time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from xml.etree import ElementTree as ET

import pytest

from agentflow.graph import MOST, walk
from agentflow.graph.boxes import Group, Rect, Shape
from agentflow.graph.measure import width, wrapped
from agentflow.graph.picture import picture
from agentflow.graph.progress import Mark
from agentflow.graph.svg import svg
from agentflow.records import Graph, Part, ToolUse

from ..benign.scenario import PLANS
from ..validator.test_graph import SHAPES
from .plans import drawn, source

WIDE = (
    "await step.gather(" + ", ".join(f'step.do("step number {n}", tools.orders.get(id="{n}"))' for n in range(40)) + ")"
)
PICTURES = {
    **{path.stem: path.read_text(encoding="utf-8") for path in sorted(PLANS.glob("*.py"))},
    **{name: source(body) for name, (body, _) in SHAPES.items()},
    "many at the same time": source(WIDE),
}
NOTHING = 0.001
"""Less than anybody sees: sums of floats."""
SVG = "{http://www.w3.org/2000/svg}"
STEP = 'await step.do("a", tools.orders.get(id="1"))'


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - a document of our own


def groups(text: str) -> dict[str, ET.Element]:
    """What is drawn for each node."""
    return {element.attrib["id"]: element for element in parsed(text).iter(f"{SVG}g")}


def boxes(shapes: tuple[Shape, ...]) -> Iterator[Rect]:
    for shape in shapes:
        if isinstance(shape, Group):
            yield from boxes(shape.shapes)
        elif isinstance(shape, Rect):
            yield shape


def apart(one: Rect, other: Rect) -> bool:
    beside = one.x + one.width <= other.x or other.x + other.width <= one.x
    return beside or one.y + one.height <= other.y or other.y + other.height <= one.y


def inside(inner: Rect, outer: Rect) -> bool:
    x, y = inner.x + NOTHING, inner.y + NOTHING
    wide = outer.x <= x and x + inner.width <= outer.x + outer.width + 2 * NOTHING
    return wide and outer.y <= y and y + inner.height <= outer.y + outer.height + 2 * NOTHING


@pytest.mark.parametrize("text", PICTURES.values(), ids=PICTURES.keys())
def test_every_node_has_its_place_and_no_box_lies_on_another(text: str) -> None:
    graph = drawn(text, None)
    block, shown = picture(graph), groups(svg(graph, "a plan"))
    assert {id: element.attrib["data-line"] for id, element in shown.items()} == {
        node.id: str(node.line) for node in walk(graph.nodes)
    }
    assert all(element.findtext(f"{SVG}title") for element in shown.values())
    paper = Rect(0, 0, block.width, block.height, "frame")
    found = [*boxes(block.shapes)]
    assert all(inside(box, paper) for box in found)
    leaves = [box for box in found if not box.look.startswith("frame")]
    assert all(apart(one, other) for one, other in combinations(leaves, 2))
    frames = [box for box in found if box.look.startswith("frame") and box.look != "frame map"]
    assert all(apart(one, frame) or inside(one, frame) for one in leaves for frame in frames)


@pytest.mark.parametrize("text", PICTURES.values(), ids=PICTURES.keys())
def test_text_fits_its_box(text: str) -> None:
    for group in groups(svg(drawn(text, None), "a plan")).values():
        box = group.find(f"{SVG}rect")
        assert box is not None
        for words in group.iter(f"{SVG}text"):
            bold = words.attrib["class"] != "note"
            size = 13 if words.attrib["class"] == "name" else 11
            assert width(words.text or "", size, bold=bold) <= float(box.attrib["width"])


def test_many_at_the_same_time_stand_in_rows() -> None:
    block = picture(drawn(source(WIDE)))
    steps = [box for box in boxes(block.shapes) if box.look.startswith("node")]
    rows = sorted({box.y for box in steps})
    assert (len(steps), len(rows)) == (40, 6)
    assert block.width < 1300
    assert [box.look for box in sorted(steps, key=lambda box: (box.y, box.x))] == [box.look for box in steps]


EVIL = '</title></style><script>alert(\'1\')</script>" onload="x" & \u202e \x00 \x1b[31m ]]>'


def test_text_of_a_plan_stays_text() -> None:
    """Even where a process behind the wall says what no source can."""
    graph = drawn(source(f"for x in event.payload:\n    {STEP}\n    await step.wait_for_event('b', 'c')"))
    [loop] = graph.nodes
    [part] = loop.parts
    use = ToolUse(EVIL, EVIL, EVIL, EVIL)
    inner = tuple(replace(node, name=EVIL, detail=EVIL, calls=(use,), undo=(EVIL,)) for node in part.nodes)
    evil = Graph((replace(loop, name=EVIL, parts=(Part(EVIL, inner),)),))
    text = svg(evil, EVIL)
    document = parsed(text)
    assert {element.tag.removeprefix(SVG) for element in document.iter()} == {
        "svg", "title", "style", "path", "rect", "g", "text",
    }  # fmt: skip
    assert not [name for element in document.iter() for name in element.attrib if name.startswith("on")]
    assert not {*"\u202e\x00\x1b"} & {*text}
    assert "<script" not in text
    assert "alert('1')" in document.findtext(f"{SVG}title", "")


def test_a_run_colours_it_and_counts_what_was_done_again() -> None:
    graph = drawn(source(f"{STEP}\n{STEP}\nif event.id:\n    {STEP}"))
    first, second, branch = graph.nodes
    shown = groups(svg(graph, "a run", {first.id: Mark("failed", 1), second.id: Mark("done", 3)}))
    assert [shown[node.id].attrib["class"] for node in graph.nodes] == [
        "kind-do is-failed", "kind-do is-done", "kind-branch",
    ]  # fmt: skip
    assert [element.text for element in shown[second.id].iter(f"{SVG}text")] == ["a", "orders.get", "x3"]
    assert shown[second.id].findtext(f"{SVG}title") == "do a; orders.get; line 6; done, 3 times"
    assert shown[first.id].findtext(f"{SVG}title") == "do a; orders.get; line 5; failed"
    assert branch.id in shown


def test_what_is_dangerous_looks_so() -> None:
    risky = [{"name": "mail.send", "risk": "high", "effect": "once", "approval": "never", "parameters": {}}]
    graph = drawn(source('await step.do("a", tools.mail.send())'), risky)
    box = groups(svg(graph, "a plan"))[graph.nodes[0].id].find(f"{SVG}rect")
    assert box is not None
    assert box.attrib["class"] == "node do risky"


def test_a_picture_is_the_same_every_time_and_says_where_it_was_cut() -> None:
    text = source("\n".join(f'await step.sleep("{n}", 1)' for n in range(MOST + 1)))
    assert svg(drawn(text), "a plan") == svg(drawn(text), "a plan")
    assert "more than is shown" in svg(drawn(text), "a plan")


def test_a_plan_that_does_nothing_starts_and_ends() -> None:
    assert [element.text for element in parsed(svg(drawn(source("return 1")), "x")).iter(f"{SVG}text")] == [
        "start", "end",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "most", "lines", "shown"),
    [
        ("one two three", 1000, 2, ["one two three"]),
        ("one two three", 45, 2, ["one two", "three"]),
        ("one two three", 45, 1, ["one t…"]),
        ("i" * 30, 45, 2, ["i" * 17, "i" * 13]),
        ("", 45, 2, []),
    ],
)
def test_text_is_broken_between_words_or_else_anywhere(text: str, most: float, lines: int, shown: list[str]) -> None:
    assert wrapped(text, 11, most, lines) == shown
    assert all(width(line, 11) <= most for line in shown)


def test_wide_signs_and_bold_ones_take_more_room() -> None:
    assert width("ii", 10) < width("ww", 10) < width("WW", 10) < width("漢字", 10)
    assert width("ww", 10) < width("ww", 10, bold=True)
