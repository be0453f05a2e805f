"""`agentflow plan check` is a linter as people and their machines know them."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from agentflow.checks import CHECKS
from agentflow.cli import actions, sarif
from agentflow.cli.selection import chosen
from agentflow.records import Finding

from .conftest import BROKEN, LOAD, Types, plan

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
SILENT = plan(
    "try:",
    '    await step.do("load", tools.orders.get(id="1"))',
    "except Exception:  # agentflow: ignore[AF604] it is only for the log",
    "    pass",
)
LOUD = SILENT.replace("  # agentflow: ignore[AF604] it is only for the log", "")
UNKNOWN = plan('return await step.do("load", tools.orders.fetch(id="1"))')


@pytest.fixture
def plans(shop: Path) -> Path:
    """A folder of plans: one is good, one is wrong, one has a warning, one a silenced warning, some are hidden."""
    folder = shop / "plans"
    (folder / "more" / ".hidden").mkdir(parents=True)
    (folder / "good.py").write_text(LOAD)
    (folder / "notes.txt").write_text("no plan")
    (folder / "more" / "wrong.py").write_text(UNKNOWN)
    (folder / "more" / "loud.py").write_text(LOUD)
    (folder / "more" / "silent.py").write_text(SILENT)
    (folder / "more" / ".hidden" / "broken.py").write_text(BROKEN)
    return folder


def located(log: Any) -> list[tuple[str, str, str, int]]:
    """Of each result in a SARIF log: the code, the level, the file, the line."""
    places = [(one, one["locations"][0]["physicalLocation"]) for one in log["runs"][0]["results"]]
    return [
        (one["ruleId"], one["level"], place["artifactLocation"]["uri"], place["region"]["startLine"])
        for one, place in places
    ]


# which files


def test_a_file_that_is_no_text_is_a_finding_and_the_others_are_checked(types: Types, plans: Path) -> None:
    (plans / "binary.py").write_bytes(b"\xff\xfe\x00plan")
    done = types("plan", "check", "plans/binary.py", "plans/more/wrong.py")
    assert done.status == 4
    assert done.out.startswith("plans/binary.py:1:1 AF005 ")
    assert "plans/more/wrong.py" in done.out


def test_a_folder_is_all_its_python_files_but_the_hidden_ones(types: Types, plans: Path) -> None:
    done = types("plan", "check", "plans", "plans/good.py", "plans/more")
    assert [line.split()[:2] for line in done.out.splitlines() if line[0] != " "] == [
        ["plans/more/loud.py:8:9", "AF604"],
        ["plans/more/wrong.py:6:38", "AF201"],
    ]
    assert (done.status, done.err) == (4, "4 files: 1 error, 1 warning, 1 silenced\n")


def test_what_is_called_like_a_plan_and_is_no_file_is_passed_over(types: Types, shop: Path) -> None:
    folder = shop / "some"
    (folder / "folder.py").mkdir(parents=True)
    (folder / "gone.py").symlink_to("nowhere")
    done = types("plan", "check", "some")
    assert (done.status, "there is no Python file in the folder some" in done.err) == (3, True)


def test_a_folder_without_plans_is_refused(types: Types, shop: Path) -> None:
    (shop / "empty").mkdir()
    done = types("plan", "check", "empty")
    assert (done.status, "there is no Python file in the folder empty" in done.err) == (3, True)


def test_standard_input_has_the_name_that_it_is_given(types: Types, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(UNKNOWN))
    done = types("plan", "check", "-", "--stdin-filename", "a/b.py")
    assert (done.status, done.out.startswith("a/b.py:6:38 AF201 "), done.err) == (4, True, "a/b.py: 1 error\n")


def test_many_files_are_checked_and_told_in_order(types: Types, shop: Path) -> None:
    names = [f"plan{number:02}.py" for number in range(12)]
    for name in names:
        (shop / name).write_text(UNKNOWN.replace("fetch", f"fetch_{name[:-3]}"))
    done = types("plan", "check", *names)
    heads = [line for line in done.out.splitlines() if line[0] != " "]
    assert [head.partition(":")[0] for head in heads] == names
    assert all(f"fetch_{name[:-3]}" in head for name, head in zip(names, heads, strict=True))


# which checks


@pytest.mark.parametrize(
    ("words", "status", "codes"),
    [
        ((), 4, ["AF604", "AF201"]),
        (("--select", "AF6"), 0, ["AF604"]),
        (("--ignore", "AF2"), 0, ["AF604"]),
        (("--ignore", "unknown-tool,AF604"), 0, []),
        (("--select", "AF2", "--select", "AF604", "--ignore", "AF6"), 4, ["AF604", "AF201"]),
    ],
)
def test_checks_are_selected_and_ignored(
    types: Types, plans: Path, words: tuple[str, ...], status: int, codes: list[str]
) -> None:
    done = types("plan", "check", "plans", *words)
    assert (done.status, [line.split()[1] for line in done.out.splitlines() if line[0] != " "]) == (status, codes)


def test_the_longer_prefix_counts_and_ignoring_wins_a_tie() -> None:
    assert chosen([], []) == chosen(["ALL"], []) == CHECKS.keys()
    assert chosen(["AF604"], ["AF6"]) == {"AF604"}
    assert chosen(["AF6"], ["AF604"]) & {"AF603", "AF604", "AF201"} == {"AF603"}
    assert chosen(["AF6"], ["AF6"]) == frozenset()


# how they are told


@pytest.mark.parametrize("form", [("--format", "json"), ("--json",)])
def test_a_document_tells_code_name_and_what_is_silenced(types: Types, plans: Path, form: tuple[str, ...]) -> None:
    done = types("plan", "check", "plans/good.py", "plans/more", *form)
    files = {one["file"]: one["findings"] for one in done.document["files"]}
    assert list(files) == ["plans/good.py", "plans/more/loud.py", "plans/more/silent.py", "plans/more/wrong.py"]
    assert files["plans/good.py"] == []
    [silent] = files["plans/more/silent.py"]
    assert (silent["code"], silent["name"], silent["line"], silent["suppressed"]) == (
        "AF604",
        "swallowed-failure",
        8,
        "it is only for the log",
    )
    assert files["plans/more/loud.py"][0]["suppressed"] is None
    assert done.status == 4


def test_a_log_in_sarif_is_valid_and_has_the_suppressions(types: Types, plans: Path) -> None:
    done = types("plan", "check", "plans", "--format", "sarif")
    jsonschema.Draft4Validator(SCHEMA).validate(done.document)
    assert located(done.document) == [
        ("AF604", "warning", "plans/more/loud.py", 8),
        ("AF604", "warning", "plans/more/silent.py", 8),
        ("AF201", "error", "plans/more/wrong.py", 6),
    ]
    [run] = done.document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["name"]) for rule in rules] == [
        ("AF201", "unknown-tool"),
        ("AF604", "swallowed-failure"),
    ]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == ["AF604", "AF604", "AF201"]
    assert [result["suppressions"] for result in run["results"]] == [
        [],
        [{"kind": "inSource", "justification": "it is only for the log"}],
        [],
    ]


def test_every_check_can_stand_in_a_valid_log_whatever_the_file_is_called() -> None:
    found = [Finding(code, check.severity, 1, 1, "no", "") for code, check in CHECKS.items()]
    log = sarif.log([("a folder/ü 50%.py", found), ("/plan.py", found[:1]), ("-", [])])
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    files = {file for _, _, file, _ in located(log)}
    assert files == {"a%20folder/%C3%BC%2050%25.py", "file:///plan.py"}


def test_the_schema_refuses_what_is_no_log() -> None:
    log = sarif.log([("plan.py", [Finding("AF201", "error", 0, 1, "no", "")])])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft4Validator(SCHEMA).validate(log)


def test_github_is_told_in_its_commands(types: Types, plans: Path) -> None:
    done = types("plan", "check", "plans", "--format", "github")
    warning, error = done.out.splitlines()
    assert warning.startswith(
        "::warning file=plans/more/loud.py,line=8,col=9,title=AF604 swallowed-failure::every failure of the steps"
    )
    assert error.startswith("::error file=plans/more/wrong.py,line=6,col=38,title=AF201 unknown-tool::the agent has")
    assert "%0Ause one of: " in error
    assert done.status == 4


def test_the_signs_that_end_a_part_of_a_command_are_escaped() -> None:
    finding = Finding("AF999", "error", 1, 2, "100% wrong:\r\n, really", "")
    assert [*actions.commands([finding], "a,b:c%.py")] == [
        "::error file=a%2Cb%3Ac%25.py,line=1,col=2,title=AF999::100%25 wrong:%0D%0A, really"
    ]


# what a check is about


@pytest.mark.parametrize("given", ["AF603", "af603", "verb-arguments"])
def test_a_check_is_explained_by_code_or_name(types: Types, given: str) -> None:
    done = types("plan", "check", "--explain", given)
    head, _, wrong = done.out.splitlines()[:3]
    assert (done.status, head, wrong) == (0, "AF603 verb-arguments: error", CHECKS["AF603"].wrong)
    assert '    await step.sleep("a while", "3 fortnights")' in done.out.splitlines()
    assert max(map(len, done.out.splitlines())) <= 120


def test_what_may_be_silenced_is_said(types: Types) -> None:
    assert types("plan", "check", "--explain", "AF405").out.splitlines()[0] == (
        "AF405 perhaps-approval-in-function: warning, may be silenced, where the tools are known"
    )
    assert types("plan", "check", "--explain", "AF000").out.splitlines()[0] == "AF000 no-plan: error"
    assert types("plan", "check", "--explain", "AF604", "--json").document["suppressible"] is True


# what is kept


def test_a_silenced_warning_is_kept_with_the_version_and_shown_with_its_reason(types: Types, plans: Path) -> None:
    types("agent", "create", "ada", "--model", "offline:demo", "--tools", "*")
    assert types("plan", "register", "ada", "plans/more/silent.py").status == 0
    [kept] = types("plan", "show", "ada", "--json").document["findings"]
    assert (kept["code"], kept["suppressed"]) == ("AF604", "it is only for the log")
    assert "silenced: it is only for the log" in types("plan", "show", "ada").err
