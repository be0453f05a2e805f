"""What is sensitive in a run that leaves the house: placeholders in its place, the same for the same. Pure.

Code that only hands a sensitive value on does with its placeholder what it did with the value, so such a run still
replays. Code that computes with it, or chooses by it, does something else: that cannot be had without the value.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property

from ..guest.values import canonical
from ..records import Json
from ..redaction import forms

LEAST = 4
"""Characters of a sensitive text that is looked for inside of others; a shorter one only where it stands alone."""
OURS = frozenset({
    "at", "attempt", "by", "comment", "data", "error", "fault", "for", "fraction", "kind", "left", "line", "message",
    "name", "paused", "since", "step", "type", "undone", "unknown", "until", "waits",
})  # fmt: skip
"""Keys of errors, waits and the like, which are the house's own words."""
_DAY = 86_400.0
_BYTES = ("utf-8", "surrogateescape")
"""How any bytes become text and come back."""


class Cover:
    """Knows what was sensitive in one run. `whole` covers and learns it, `copies` covers what tells of it elsewhere.

    What stands in the plan's source is no copy: everybody who reads the run reads it there, and the code says it again.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self.learned = False
        """Whether all that is sensitive has been seen: before that, no copy of it can be told."""
        self._numbers: dict[str, int] = {}
        """Each sensitive text and number, as it would stand in a message, by the order in which they came."""
        self._numeric: set[str] = set()
        self._calls: set[str] = set()

    # what is sensitive

    def whole(self, document: Json) -> Json:
        """The same with a placeholder for each value."""
        match document:
            case dict() if len(document) == 1 and (tag := next(iter(document))).startswith("$"):
                return self._tagged(tag, document[tag])
            case dict():
                return {self._key(key): self.whole(inner) for key, inner in document.items()}
            case list():
                return [self.whole(inner) for inner in document]
            case bool():
                return False
            case str() if document:
                return self._text(self._number(document))
            case int() | float():
                return type(document)(self._number(str(document), numeric=True))
        return document

    def call(self, call: Mapping[str, Json]) -> dict[str, Json]:
        """A call whose arguments are sensitive."""
        self._calls.add(_known(call))
        return {**call, "args": {name: self.whole(given) for name, given in call["args"].items()}}

    def _tagged(self, tag: str, content: Json) -> Json:
        match tag:
            case "$dict":
                return {tag: {self._key(key): self.whole(inner) for key, inner in content.items()}}
            case "$decimal":
                return {tag: str(self._number(content, numeric=True))}
            case "$datetime":
                return {tag: datetime.fromtimestamp(self._number(content) * _DAY, UTC).isoformat()}
        return {tag: base64.b64encode(self._text(self._number(content)).encode()).decode()}

    def _key(self, key: str) -> str:
        """A key that the code names stays, since it is what the value is found by."""
        return key if self._says(key) else self._text(self._number(key))

    def _number(self, said: str, *, numeric: bool = False) -> int:
        if numeric:
            self._numeric.add(said)
        return self._numbers.setdefault(said, len(self._numbers) + 1)

    # what tells of it elsewhere

    def copies(self, document: Json) -> Json:
        """The same without what is known to be sensitive."""
        if not self.learned:
            return document
        match document:
            case dict() if len(document) == 1 and (tag := next(iter(document))).startswith("$") and tag != "$dict":
                if document[tag] in self._telling:
                    return self._tagged(tag, document[tag])
                return {tag: self._bytes(document[tag])} if tag == "$bytes" else document
            case dict():
                return {self._copied_key(key): self.copies(inner) for key, inner in document.items()}
            case list():
                return [self.copies(inner) for inner in document]
            case str():
                return self._clean(document)
            case int() | float() if not isinstance(document, bool) and str(document) in self._telling:
                return self.whole(document)
        return document

    def tells(self, call: Mapping[str, Json]) -> bool:
        """Whether a call is one of those whose arguments are sensitive."""
        return _known(call) in self._calls

    def covered(self, call: Mapping[str, Json]) -> dict[str, Json]:
        """A call as it may be told."""
        return self.call(call) if self.tells(call) else {**call, "args": self.copies(call["args"])}

    def within(self, text: str) -> str:
        """A text without what is sensitive inside of it, in whatever form; the longest that begins at a place."""
        if not self.learned or not self._begins:
            return text
        told, at, kept = [], 0, 0
        while at <= len(text) - LEAST:
            begun = self._begins.get(text[at : at + LEAST], ())
            if found := next((form for form in begun if text.startswith(form, at)), None):
                told += [text[kept:at], self._instead(self._forms[found])]
                at = kept = at + len(found)
            else:
                at += 1
        return "".join([*told, text[kept:]])

    def _clean(self, text: str) -> str:
        return self._instead(text) if text in self._telling else self.within(text)

    def _copied_key(self, key: str) -> str:
        return key if key in OURS else self._clean(key)

    def _bytes(self, content: str) -> str:
        text = base64.b64decode(content).decode(*_BYTES)
        return base64.b64encode(self.within(text).encode(*_BYTES)).decode()

    def _instead(self, said: str) -> str:
        number = self._numbers[said]
        return str(number) if said in self._numeric else self._text(number)

    @cached_property
    def _telling(self) -> frozenset[str]:
        """What would tell something: all but what the source says itself."""
        return frozenset(said for said in self._numbers if not self._says(said))

    @cached_property
    def _forms(self) -> Mapping[str, str]:
        """Whatever a text or a number may look like where it is quoted, and itself."""
        found = [(form, said) for said in self._telling for form in (said, *forms(said), *forms(_text_of(said)))]
        return {form: said for form, said in reversed(found) if len(form) >= LEAST}

    @cached_property
    def _begins(self) -> Mapping[str, Sequence[str]]:
        """The forms by how they begin, the longest first: there may be thousands, and a text is gone through once."""
        found: dict[str, list[str]] = {}
        for form in sorted(self._forms, key=len, reverse=True):
            found.setdefault(form[:LEAST], []).append(form)
        return found

    def _says(self, word: str) -> bool:
        return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", self._source) is not None

    @staticmethod
    def _text(number: int) -> str:
        return f"[sensitive {number}]"


def _text_of(said: str) -> str:
    """What bytes say, where they say something; they are known by their base64."""
    try:
        return base64.b64decode(said, validate=True).decode()
    except ValueError:
        return ""


def _known(call: Mapping[str, Json]) -> str:
    return canonical([call["tool"], call["args"]])


def sequence(cover: Cover, calls: Sequence[Mapping[str, Json]] | None) -> list[dict[str, Json]] | None:
    """Calls as they may be told."""
    return None if calls is None else [cover.covered(call) for call in calls]
