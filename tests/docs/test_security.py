"""docs/security.md says what the code does: its layers, its limits, its files."""

from __future__ import annotations

import re

import pytest

from agentflow.guest.lockdown import LAYERS
from agentflow.guest.seccomp import CALLS
from agentflow.sandbox.blanks import FLOOR
from agentflow.sandbox.reading import MOST_PARTS
from agentflow.sandbox.zygotes import LIFE
from agentflow.settings import Limits

from .pages import ROOT, rows, section, spans

MEMORY = {"munmap", "mremap", "madvise", "brk"}
SECURITY = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


def test_the_layers_are_those_of_the_code_in_their_order() -> None:
    table = rows(section(SECURITY, "The layers"), "| Layer | What is given up |")
    assert [row[0].strip("`") for row in table] == ["namespaces", *(name for name, _ in LAYERS)]
    assert {row[0].strip("`") for row in table if "refused" in row[2]} == set(FLOOR)


def test_the_limits_are_those_of_the_settings() -> None:
    table = rows(section(SECURITY, "The layers"), "| Limit |")
    said = {name: row[1] for row in table for name in re.findall(r"`(\w+)`", row[0])}
    assert said.keys() <= Limits.model_fields.keys()
    default = Limits()
    assert (said["turn_seconds"], said["turn_cpu_seconds"]) == (
        f"{default.turn_seconds:g}",
        f"{default.turn_cpu_seconds:g}",
    )
    assert said["guest_memory_mb"] == str(default.guest_memory_mb)
    assert said["turn_commands"] == f"{default.turn_commands:,}"
    assert f"{MOST_PARTS:,} values" in SECURITY
    assert LIFE == 3600, "an hour of processor time in its life"
    made = {call.name for call in CALLS if call.answer in {"allow", "wait-or-wake"}}
    assert len(made - MEMORY) == 15, "every system call but fifteen"


@pytest.mark.parametrize("file", sorted({span for span in spans(SECURITY) if re.match(r"(agentflow|tests)/", span)}))
def test_every_file_that_is_named_exists(file: str) -> None:
    assert (ROOT / file).exists()
