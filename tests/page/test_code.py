"""Source, differences and pictures on a page: everything is shown, nothing of it is markup, and lines lead to nodes."""

from __future__ import annotations

import httpx2
import pytest

from agentflow.page.assets import address
from agentflow.page.code import DiffLine, Line, Span, diff_blocks, source_lines, spanned
from agentflow.page.pictures import at_line, by_line, lines, picture
from agentflow.page.shell import templates
from agentflow.records import Finding, Node

from ..benign.scenario import PLANS
from ..fakes import office
from ..graph.plans import drawn

EVIL = "x = '<script>\u202e</script>'  # </ol>\x1b"
BROKEN = "def run(:\n    '''open\n\treturn (1"


def text(line: Line | DiffLine) -> str:
    return "".join(span.text for span in line.spans)


def made(template: str, macro: str, *given: object) -> str:
    return str(getattr(templates().get_template(template).module, macro)(*given))


@pytest.mark.parametrize(
    "source", [*(path.read_text() for path in sorted(PLANS.glob("*.py"))), BROKEN, "", "\n\n", "a"]
)
def test_nothing_of_a_source_is_lost_whether_it_is_python_or_not(source: str) -> None:
    shown = source_lines(source)
    assert [text(line) for line in shown] == source.removesuffix("\n").split("\n")
    assert [line.number for line in shown] == [*range(1, len(shown) + 1)]


def test_words_have_a_look_by_what_they_are() -> None:
    [line] = spanned("async def run(a, b=1): return await step.do('x', tools.orders.get(id=a.which))  # why")
    looks = {span.text: span.look for span in line if span.look}
    assert looks == {
        "async": "keyword", "def": "keyword", "run": "defined", "1": "number", "return": "keyword",
        "await": "keyword", "step.do": "verb", "'x'": "string", "tools.orders.get": "tool",
        "# why": "comment",
    }  # fmt: skip


def test_a_string_of_several_lines_is_one_on_each() -> None:
    assert [span.look for line in spanned('a = """one\ntwo\nthree"""') for span in line] == [
        "",
        "string",
        "string",
        "string",
    ]


def test_lines_are_counted_as_python_counts_them() -> None:
    assert [text(line) for line in source_lines("a = 1\r\nb = '\x0c\u2028'\rc = 3\n")] == [
        "a = 1", "b = '\\f\\u2028'", "c = 3",
    ]  # fmt: skip


def test_what_somebody_wrote_stays_text_and_shows_itself() -> None:
    page = made("_source.html", "source", source_lines(EVIL), EVIL)
    assert "<script" not in page
    assert page.count("</ol>") == 1
    assert not {"\u202e", "\x1b"} & {*page.partition(">")[2]}
    assert "\\u202e" in page


def test_a_finding_stands_below_its_line_and_a_line_that_is_marked_says_so() -> None:
    error = Finding("AF101", "error", 2, 0, "that is <b>wrong", "write this instead")
    warning = Finding("AF900", "warning", 1, 0, "hm", "")
    nowhere = Finding("AF000", "error", 9, 0, "nowhere", "")
    shown = source_lines("a\nb\nc", {3}, {1: "?line=1"}, [error, warning, nowhere])
    page = made("_source.html", "source", shown, "a plan")
    first, second, third = (page.partition(f'id="line-{n}"')[2].partition('id="line')[0] for n in (1, 2, 3))
    assert 'href="?line=1"' in first
    assert "warning AF900" in first
    assert "error AF101</strong>: that is &lt;b&gt;wrong <em>write this instead</em>" in second
    assert 'aria-current="true"' in third
    assert "error AF000</strong>: nowhere" in third


def test_a_difference_is_told_in_blocks_with_a_few_lines_around_it() -> None:
    before = "\n".join(f"a{n}" for n in range(30))
    after = before.replace("a10", "b10").replace("a25\n", "")
    told = [([*map(text, block.old)], [*map(text, block.new)], block.left_out) for block in diff_blocks(before, after)]
    around, later, last = (["a7", "a8", "a9"], ["a11", "a12", "a13"], ["a26", "a27", "a28"])
    assert told == [
        ([], [], 7), (around, around, 0), (["a10"], ["b10"], 0), (later, later, 0),
        ([], [], 8), (["a22", "a23", "a24"], ["a22", "a23", "a24"], 0), (["a25"], [], 0), (last, last, 0), ([], [], 1),
    ]  # fmt: skip
    [_, changed] = diff_blocks("a\nb", "a\nc")
    assert [line.number for line in (*changed.old, *changed.new)] == [2, 2]


def test_a_difference_on_a_page_is_text_with_signs_and_what_is_twice_is_read_once() -> None:
    page = made("_diff.html", "diff", diff_blocks("a\nsame", f"{EVIL}\nsame"), "new")
    assert page.index("is-removed") < page.index('<span class="sign">-</span>a') < page.index("is-added")
    assert "<script" not in page
    assert 'class="twin" aria-hidden="true"' in page


def test_two_sources_that_are_the_same_are_said_to_be() -> None:
    assert diff_blocks("a\n", "a") == ()
    assert "The source is the same." in made("_diff.html", "diff", (), "new")


def _to(node: Node) -> str:
    return f'?line={node.line}&"<'


def test_nodes_of_a_picture_lead_to_their_lines_and_lines_to_their_nodes() -> None:
    graph = drawn(office.WAITS)
    first = graph.nodes[0]
    ways = by_line(graph, _to)
    assert ways[first.line] == _to(first)
    assert at_line(graph, first.line) == first
    shown = made("_graph.html", "graph", picture(graph, "a plan", _to, chosen=first))
    assert f'<a href="?line={first.line}&amp;&quot;&lt;"' in shown
    assert shown.count('aria-current="true"') == shown.count("is-chosen") == 1
    assert "<style" not in shown
    assert [*lines(first)] == [*range(first.line, first.end + 1)]


def test_where_nothing_is_chosen_and_nothing_is_drawn_that_is_said() -> None:
    assert at_line(None, 1) is at_line(drawn(office.WAITS), None) is None
    assert [*lines(None)] == []
    assert by_line(None, _to) == {}
    assert picture(None, "a plan", _to) is None
    assert "There is no picture" in made("_graph.html", "graph", None)
    assert Span("a", "") == spanned("a")[0][0]


async def test_the_style_of_pictures_is_a_file_beside_the_pages(client: httpx2.AsyncClient) -> None:
    """Where a style stands in a page, browsers leave it out."""
    answer = await client.get(address("graph.css"))
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert ".agentflow .is-chosen" in answer.text
