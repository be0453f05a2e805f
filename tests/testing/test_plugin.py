"""The plugin for pytest: runs that were exported are tests of a plan, and one that fails says where it differs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ..golden.recorded import FOLDER, PLAN

pytest_plugins = ["pytester"]
FILE = "settle.run.json"
QUIET = ("-p", "no:cacheprovider", "-p", "no:asyncio")


@pytest.fixture
def folder(pytester: pytest.Pytester) -> Path:
    """A project with a plan, and a run that was exported among its tests."""
    pytester.makeconftest('pytest_plugins = ["agentflow.testing.plugin"]')
    (pytester.path / "tests").mkdir()
    shutil.copy(FOLDER / "format1.run.json", pytester.path / "tests" / FILE)
    (pytester.path / "settle.py").write_text(PLAN)
    (pytester.path / "other.py").write_text(PLAN.replace('"pay"', '"pay back"'))
    return pytester.path


def test_each_run_is_replayed_on_its_own_code_or_on_the_plan_that_the_settings_name(
    pytester: pytest.Pytester, folder: Path
) -> None:
    shutil.copy(folder / "tests" / FILE, folder / "tests" / "again.run.json")
    pytester.makeini(
        "[pytest]\nagentflow_plans =\n    *.run.json = other.py\n    tests/settle* = settle.py\n    nothing* = x\n"
    )
    (folder / "other.py").write_text(PLAN)
    found = pytester.runpytest_inprocess("-v", *QUIET)
    found.assert_outcomes(passed=2)
    found.stdout.fnmatch_lines(["*again.run.json::other.py PASSED*", "*settle.run.json::settle.py PASSED*"])
    (folder / "tox.ini").unlink()
    found = pytester.runpytest_inprocess("-v", *QUIET, f"tests/{FILE}")
    found.stdout.fnmatch_lines(["*settle.run.json::own code PASSED*"])


def test_a_failing_one_shows_the_step_both_commands_and_the_line(pytester: pytest.Pytester, folder: Path) -> None:
    found = pytester.runpytest_inprocess(*QUIET, "--agentflow-plan", "other.py")
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(
        [
            "*settle.run.json on other.py*",
            "run settle-17 on other.py",
            "3 of 7 turns are as they were",
            "  turn  4",
            "  step  pay back",
            '  was   do pay#1 *"payments.refund"*',
            '  now   asks for do pay back#1 *"payments.refund"*',
            '  line  14: step.do("pay back", agreed.call, *',
            "note: of what is sensitive (card#1) it has placeholders*",
        ]
    )
    assert "Traceback" not in found.stdout.str()


def test_what_cannot_be_replayed_fails_in_a_line(pytester: pytest.Pytester, folder: Path) -> None:
    (folder / "other.py").write_text("import os\n" + PLAN)
    document = json.loads((folder / "tests" / FILE).read_text())
    document["version"] = 2
    (folder / "tests" / "new.run.json").write_text(json.dumps(document))
    (folder / "tests" / "cut.run.json").write_text('{"format"')
    (folder / "tests" / "bytes.run.json").write_bytes(b"\xff{}")
    pytester.makeini(
        "[pytest]\nagentflow_plans =\n    *settle* = other.py\n    *new* = settle.py\n    *none* = none.py\n"
    )
    shutil.copy(folder / "tests" / FILE, folder / "tests" / "none.run.json")
    found = pytester.runpytest_inprocess(*QUIET)
    found.assert_outcomes(failed=5)
    found.stdout.fnmatch_lines(
        [
            "bytes.run.json is not text in UTF-8 (byte 0): save it in that encoding",
            "cut.run.json is not JSON: line 1*",
            "new.run.json was written by a newer agentflow*",
            "*No such file or directory*none.py*",
            "run settle-17 is not replayed: the checks refuse other.py",
            "  line 1: AF*",
        ]
    )
    assert "Traceback" not in found.stdout.str()


def test_a_setting_that_says_no_plan_is_refused(pytester: pytest.Pytester, folder: Path) -> None:
    pytester.makeini("[pytest]\nagentflow_plans =\n    settle.py\n")
    found = pytester.runpytest_inprocess(*QUIET)
    assert found.ret == pytest.ExitCode.INTERRUPTED
    assert "agentflow_plans has a line 'settle.py': write PATTERN = FILE" in found.stdout.str() + found.stderr.str()


def test_nobody_pays_for_it_who_does_not_ask(pytester: pytest.Pytester) -> None:
    """It is no entry point: a project that only has agentflow installed collects no file of its."""
    pytester.makefile(".run.json", settle="{}")
    pytester.makepyfile("def test_one(): pass")
    pytester.runpytest_inprocess(*QUIET).assert_outcomes(passed=1)
