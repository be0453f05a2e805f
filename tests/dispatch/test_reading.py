"""Whatever is changed in a document, it is refused in a line, or it is a run that can be shown."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from agentflow.cli.shown import run_facts, steps_table, with_steps
from agentflow.cli.text import json_text
from agentflow.dispatch.reading import Read, read
from agentflow.errors import UsageError
from agentflow.records import Spent

from ..golden.recorded import FOLDER

DOCUMENT = json.loads((FOLDER / "format1.run.json").read_text())
STRANGE = [
    None, True, 0, -1, 1e308, 10**30, "", "x", [], {}, [1], {"a": 1}, "settle-17", {"$decimal": "x"},
    {"$datetime": "no"}, {"$strange": 1},
]  # fmt: skip


def places(document: Any, way: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if way:
        yield way
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in inner:
        yield from places(value, (*way, key))


def changed(chance: random.Random, ways: list[tuple[str | int, ...]]) -> Any:
    document = deepcopy(DOCUMENT)
    way = chance.choice(ways)
    at: Any = document
    for key in way[:-1]:
        at = at[key]
    if chance.random() < 0.3:
        del at[way[-1]]
    else:
        at[way[-1]] = deepcopy(chance.choice(STRANGE))
    return document


def shown(found: Read) -> str:
    run, source, taken = found.story.run, found.plan.source, Spent()
    lines = [*run_facts(run, {}, source, taken), *steps_table(found.steps, 80, run.error)]
    return json_text(with_steps(run, found.steps, taken, {})) + "".join(map(str, lines))


def test_whatever_is_changed_is_refused_in_a_line_or_can_be_shown() -> None:
    ways, refused = [*places(DOCUMENT)], []
    for seed in range(200):
        document = changed(random.Random(seed), ways)
        try:
            assert shown(read(document, "bug.json"))
        except UsageError as error:
            refused.append(str(error))
    assert 30 < len(refused) < 170
    assert all(said.startswith("bug.json") and "\n" not in said for said in refused)


def test_what_was_written_is_read_as_it_was() -> None:
    found = read(DOCUMENT, "it")
    assert (found.intact, found.hidden, found.agent) == (True, frozenset({"card#1"}), "agent")
    assert not read({**DOCUMENT, "agent": "another"}, "it").intact
