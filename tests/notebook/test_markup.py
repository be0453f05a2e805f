"""HTML that is made of parts: what is not markup is text, wherever it stands."""

from __future__ import annotations

import pytest

from agentflow.notebook.markup import Html, facts, fold, join, listed, section, state, tag, text

from .conftest import EVIL, Page


def test_words_are_escaped_and_what_does_not_print_is_a_number() -> None:
    assert text("<b>\x1b\u202e\n") == "&lt;b&gt;\\u001b\\u202e\n"
    assert tag("p", "<b>", Html("<i>x</i>")) == "<p>&lt;b&gt;<i>x</i></p>"


def test_nothing_leaves_an_attribute() -> None:
    [(name, attributes)] = Page(tag("div", title=EVIL, cls=f'a" onclick="{EVIL}')).elements
    assert name == "div"
    assert set(attributes) == {"title", "class"}


def test_attributes_that_are_none_or_false_are_left_out() -> None:
    assert tag("details", open=False, cls=None, aria_hidden="true") == '<details aria-hidden="true"></details>'
    assert fold("more", "x", opened=True) == "<details open><summary>more</summary>x</details>"


@pytest.mark.parametrize("made", [section("title", ""), listed([]), facts([("a", None), ("b", "")]), join([])])
def test_what_has_nothing_in_it_is_not_there(made: Html) -> None:
    assert made == ""


def test_a_state_is_a_word_in_a_colour() -> None:
    assert state('no "plan"') == '<span class="state is-no-&quot;plan&quot;">no &quot;plan&quot;</span>'
