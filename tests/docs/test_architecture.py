"""The architecture page speaks of what is there: files, tables, the verbs of the seam, the requests of the guest."""

from __future__ import annotations

import json
import re

import pytest

from agentflow.engine import Engine, Step
from agentflow.guest import frames
from agentflow.guest.server import Guest
from agentflow.sandbox.guests import PORTION, PORTION_BYTES

from .pages import ARCHITECTURE, ROOT, rows, section, spans


def verbs(seam: type) -> set[str]:
    """What a protocol asks for."""
    return {name for name, value in vars(seam).items() if callable(value) and not name.startswith("_")}


def names(cells: list[str]) -> set[str]:
    """The names that stand first in code spans: `do(key, fn)` is `do`."""
    return {span.partition("(")[0] for cell in cells for span in spans(cell)}


@pytest.mark.parametrize("file", sorted({s for s in spans(ARCHITECTURE) if re.match(r"(agentflow/|pyproject)", s)}))
def test_every_file_that_is_named_exists(file: str) -> None:
    assert (ROOT / file).exists()


def test_every_table_that_is_named_exists() -> None:
    schema = (ROOT / "agentflow" / "store" / "schema.sql").read_text(encoding="utf-8")
    there = set(re.findall(r"CREATE TABLE (\w+)", schema))
    cells = [where for _, _, where in rows(section(ARCHITECTURE, "The nouns"), "| Noun |") if "agentflow/" not in where]
    assert names(cells) <= there


def test_the_seam_has_exactly_the_verbs_that_are_listed() -> None:
    table = rows(section(ARCHITECTURE, "The seam of the engine"), "| `Engine` |")
    assert names([row[0] for row in table]) == verbs(Engine)
    assert names([row[2] for row in table]) == verbs(Step)


def test_the_guest_answers_exactly_the_requests_that_are_listed() -> None:
    table = rows(section(ARCHITECTURE, "The guest protocol"), "| Request |")
    listed = names([row[0] for row in table if row[0] != "any"])
    guest = Guest()
    faults = {op: json.loads(guest.answer({"op": op}))["fault"]["message"] for op in [*sorted(listed), "other"]}
    assert {op for op, message in faults.items() if "no operation" in message} == {"other"}
    assert listed == set(guest._operations)


def test_the_sizes_are_those_of_the_code() -> None:
    page = section(ARCHITECTURE, "The guest protocol")
    assert f"at most {frames.LIMIT // 2**20} MiB" in page
    assert f"at most {PORTION} deliveries or {PORTION_BYTES // 2**20} MiB" in page
