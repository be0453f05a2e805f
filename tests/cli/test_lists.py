"""Lists on the command line: narrowed by time and text, gone on with a cursor; and finished runs pruned by age."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from .conftest import EVENT, FAIL, LOAD, Types, plan

Has = Callable[[str], None]


def begun(types: Types, shop: Path, *ids: str) -> None:
    """Runs that were started an hour apart, the last of them just now."""
    for id in ids:
        assert types("run", "start", "ada", "--id", id, "--payload", f'{{"of": "{id}"}}').status == 0
    with sqlite3.connect(shop / "agentflow.db") as database:
        for back, id in enumerate(reversed(ids)):
            database.execute("UPDATE runs SET created_at = ? WHERE id = ?", (time.time() - 3_600 * back, id))
    database.close()


def listed(types: Types, *options: str) -> list[str]:
    return [run["id"] for run in types("run", "list", "--json", *options).document]


def test_a_list_that_goes_on_names_the_cursor_and_the_cursor_goes_on(types: Types, shop: Path, has: Has) -> None:
    has(EVENT)
    begun(types, shop, "a", "b", "c")
    first = types("run", "list", "--most", "2", "--json")
    assert [run["id"] for run in first.document] == ["c", "b"]
    assert first.err.startswith("there are more: the same with --cursor ")
    cursor = first.err.split()[-1]
    rest = types("run", "list", "--most", "2", "--cursor", cursor)
    assert ([line.split()[0] for line in rest.out.splitlines()[1:]], rest.err) == (["a"], "")


def test_a_list_begins_and_ends_where_it_is_told(types: Types, shop: Path, has: Has) -> None:
    has(EVENT)
    begun(types, shop, "a", "b", "c")
    assert listed(types, "--since", "90 minutes") == ["c", "b"]
    assert listed(types, "--until", "30m", "--since", "1.5h") == ["b"]
    noon = datetime.fromtimestamp(time.time() - 5_400).isoformat()  # noqa: DTZ006  # local, as people write it
    assert listed(types, "--until", noon) == ["a"]
    assert listed(types, "--since", "2020-01-31") == ["c", "b", "a"]
    assert listed(types, "--text", '"of": "b"') == ["b"]


def test_goals_are_listed_in_the_same_way(types: Types) -> None:
    types("agent", "create", "ada", "--model", "offline:demo")
    for words in ("first", "second"):
        types("submit", "ada", words)
    page = types("goal", "list", "--most", "1", "--since", "1h", "--until", "2999-01-01")
    assert "second" in page.out
    assert "first" in types("goal", "list", "--cursor", page.err.split()[-1]).out
    assert [goal["text"] for goal in types("goal", "list", "--text", "irs", "--json").document] == ["first"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("run", "list", "--since", "yesterday"),
            "--since: 'yesterday' is no time: write it as 2026-01-31, or as how long ago: 3d, 12h",
        ),
        (("goal", "list", "--until", "1e9"), "--until: '1e9' is no time"),
        (("run", "list", "--cursor", "x"), "'x' is no cursor"),
        (("run", "prune", "--older-than", "old"), "--older-than: 'old' is no length of time"),
        (("run", "prune", "--older-than", "1d", "--status", "running"), "a run that is running is not pruned"),
        (("run", "prune"), "missing option '--older-than'"),
    ],
)
def test_a_time_that_is_none_is_one_line(types: Types, has: Has, words: tuple[str, ...], said: str) -> None:
    has(LOAD)
    done = types(*words)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1), done
    assert said in done.err


def test_finished_runs_are_pruned_by_hand(types: Types, has: Has) -> None:
    has(LOAD)
    types("run", "start", "ada", "--id", "fine", "--payload", '{"id": "1"}', "--wait")
    has(FAIL)
    types("run", "start", "ada", "--id", "broken", "--wait")
    assert types("run", "prune", "--older-than", "1h").word == "0"
    look = types("run", "prune", "--older-than", "0s", "--dry-run", "--json")
    assert (look.document, look.err) == ({"runs": 2, "deleted": False}, "2 runs would be deleted\n")
    done = types("run", "prune", "--older-than", "0s", "--status", "failed")
    assert (done.word, done.err) == ("1", "1 run is deleted\n")
    assert listed(types) == ["fine"]


def test_an_agent_is_told_whom_it_may_delegate_to(types: Types) -> None:
    made = types("agent", "create", "ada", "--model", "offline:demo", "--agents", "mail-*, clerk", "--json")
    assert made.document["agents"] == ["mail-*", "clerk"]
    assert "mail-*, clerk" in types("agent", "show", "ada").out
    refused = types("agent", "create", "bob", "--model", "offline:demo", "--agents", "A!")
    assert (refused.status, "'A!' is not a name or pattern of agents" in refused.err) == (2, True)


def test_a_batch_starts_a_run_for_each_line(types: Types, shop: Path, has: Has) -> None:
    has(EVENT)
    (shop / "runs.jsonl").write_text('{"id": "a", "payload": {"of": 1}}\n\n{"payload": {"of": 2}}\r\n{"id": "b"}\n')
    done = types("run", "start", "ada@1", "--batch", "@runs.jsonl")
    ids = done.out.split()
    assert (done.status, ids[0], ids[2], len(ids)) == (0, "a", "b", 3)
    assert "no worker is running" in done.err
    assert sorted(listed(types)) == sorted(ids)
    again = types("run", "start", "ada", "--batch", '{"id": "a"}\n{"id": "c"}', "--json")
    assert [run["id"] for run in again.document] == ["c"]
    assert again.err.startswith("1 of 2 are there already")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--batch", "@runs.jsonl"), "line 2 of the batch is not JSON: line 1, column 2"),
        (("--batch", "[1]"), "entry 1 of the batch is not"),
        (("--batch", " "), "a batch of 0 runs cannot be started"),
        (("--batch", "{}", "--wait"), "--batch goes with none of --payload, --id and --wait"),
        (("--batch", "{}", "--id", "a"), "--batch goes with none of"),
        (("--batch", "{}", "--payload", "{}"), "--batch goes with none of"),
    ],
)
def test_a_batch_that_cannot_be_starts_nothing(
    types: Types, shop: Path, has: Has, options: tuple[str, ...], said: str
) -> None:
    has(EVENT)
    (shop / "runs.jsonl").write_text('{"id": "a"}\n{id: "b"}\n')
    done = types("run", "start", "ada", *options)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1), done
    assert said in done.err
    assert listed(types) == []


def test_in_a_pipe_a_list_is_as_wide_as_it_needs_or_as_columns_says(
    types: Types, has: Has, monkeypatch: pytest.MonkeyPatch
) -> None:
    has(plan(f'raise ValueError("{"long " * 30}")'))
    types("run", "start", "ada", "--id", "a", "--wait")
    for columns in ("", "wide", "60"):
        monkeypatch.setenv("COLUMNS", columns)
        lines = types("run", "list").out.splitlines()
        assert (len(lines[1]) > 150, lines[1].endswith("…")) == (columns != "60", columns == "60"), lines
    assert max(map(len, lines)) <= 60
