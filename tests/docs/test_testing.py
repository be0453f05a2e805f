"""docs/testing.md does not lie: its tests pass, and what it names is there."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from shutil import copy

from agentflow import testing, trial

from ..fakes import untraced
from ..golden.recorded import FOLDER
from .pages import ROOT, blocks, rows, section, spans

PAGE = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")


def test_its_tests_pass(tmp_path: Path) -> None:
    code, conftest = blocks(PAGE, "python")
    (tmp_path / "test_refund.py").write_text(code, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", encoding="utf-8")
    (tmp_path / "conftest.py").write_text(conftest, encoding="utf-8")
    copy(FOLDER / "format1.run.json", tmp_path / "settle.run.json")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "pytest_asyncio.plugin"]
    env = {**untraced.environment(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the others took most of the time
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=env, timeout=120)
    assert "3 passed" in done.stdout, done.stdout + done.stderr


def test_every_verb_that_it_names_is_there() -> None:
    said = " ".join(span for title in ("A flow", "Time") for span in spans(section(PAGE, title)))
    verbs = set(re.findall(r"\bflow\.([a-z_]+)", said.replace("agentflow.", "")))
    assert {verb for verb in verbs if not hasattr(testing.TestFlow, verb)} == {
        "clock"
    }  # which each flow has of its own


def test_the_tables_of_steps_and_runs_are_of_what_there_is() -> None:
    for title, of in (("Steps", testing.Steps), ("Runs", testing.TestRun)):
        named = [spans(cells[0])[0] for cells in rows(section(PAGE, title), "| | |")]
        names = [span.rpartition(".")[2] if "(" not in span else span.partition("(")[0] for span in named]
        assert all(hasattr(of, name.rpartition(".")[2]) for name in names), names
    tried = [field.name for field in fields(testing.Tried)]
    assert ", ".join(f"`{name}`" for name in tried) in section(PAGE, "Steps")


def test_all_that_a_dry_run_may_be_given_is_told() -> None:
    named = [name for cells in rows(section(PAGE, "Dry runs"), "| | |") for name in spans(cells[0])]
    assert named == [field.name for field in fields(trial.Given)]
