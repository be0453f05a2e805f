"""HTML made of parts: what is not markup already is text, in which nothing is markup and nothing is unseen. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ..wording import visible


class Html(str):
    """Text that is markup."""

    __slots__ = ()


def tag(name: str, *inner: str, **attributes: str | float | bool | None) -> Html:
    """An element. `cls` is its class; an attribute that is None or False is left out."""
    said = "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    return Html(f"<{name}{said}>{join(inner)}</{name}>")


def join(parts: Iterable[str]) -> Html:
    """Several parts, one after the other."""
    return Html("".join(part if isinstance(part, Html) else text(part) for part in parts))


def text(said: str) -> Html:
    """Somebody's words: escaped, and with what does not print, or turns the reading direction, as its number."""
    return Html(escape(visible(said, "\n\t")))


def fold(summary: str, *inner: str, opened: bool = False) -> Html:
    """What is shown when somebody asks for it."""
    return tag("details", tag("summary", summary), *inner, open=opened)


def section(title: str, *inner: str) -> Html:
    """A part with a title; nothing, where nothing is in it."""
    if not any(inner):
        return Html()
    return tag("section", tag("div", title, cls="title", role="heading", aria_level="4"), *inner)


def listed(items: Iterable[str], look: str | None = None) -> Html:
    """A list; nothing, where nothing is in it."""
    found = [tag("li", item) for item in items]
    return tag("ul", *found, cls=look) if found else Html()


def facts(pairs: Iterable[tuple[str, str | None]]) -> Html:
    """Names and what they are; what is None or empty is left out."""
    told = [tag("dt", name) + tag("dd", said) for name, said in pairs if said]
    return tag("dl", Html("".join(told))) if told else Html()


def state(word: str) -> Html:
    """A status or a state: a word in a colour, never a colour alone."""
    return tag("span", word, cls=f"state is-{word.replace(' ', '-')}")


def code(said: str) -> Html:
    """A word of code."""
    return tag("code", said)


def soft(*said: str) -> Html:
    """What matters less."""
    return tag("span", *said, cls="soft")


def _attribute(key: str, value: str | float | bool) -> str:
    name = "class" if key == "cls" else key.rstrip("_").replace("_", "-")
    if isinstance(value, bool):
        return f" {name}" if value else ""
    return f' {name}="{text(str(value))}"'
