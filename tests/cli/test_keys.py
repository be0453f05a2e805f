"""agentflow key, tenant and audit: who may come in, whose things are whose, and who did what."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from agentflow.app import sheets
from agentflow.cli.keys import standing
from agentflow.records import Act, Key

from .conftest import LOAD, Types

Has = Callable[[str], None]


def test_a_key_is_printed_once_and_listed_by_its_beginning(types: Types) -> None:
    made = types("key", "create", "anna", "--role", "viewer", "--role", "approver", "--expires", "90d")
    assert made.status == 0
    assert "keep the key now: it is not shown again" in made.err
    assert "anna is viewer, approver in the tenant default until" in made.err
    listed = types("key", "list")
    head, line = listed.out.splitlines()
    assert head.split() == ["KEY", "BEGINS", "ROLES", "STATUS", "LAST", "USED"]
    assert line.split("  ") == ["anna", f"{made.word[:11]}_...", "viewer, approver", "expires in 90 days", "never"]
    assert made.word not in listed.out + listed.err + types("key", "list", "--json").out


def test_a_key_is_revoked_and_its_row_stays(types: Types) -> None:
    types("key", "create", "anna", "--role", "viewer")
    assert types("key", "revoke", "anna").err == "key anna is revoked\n"
    assert types("key", "list").err.startswith("there are no keys: agentflow key create")
    assert [key["name"] for key in types("key", "list", "--revoked", "--json").document] == ["anna"]
    assert types("key", "revoke", "anna").status == 3


@pytest.mark.parametrize(
    ("expires_at", "revoked_at", "said"),
    [(None, None, "active"), (5.0, None, "expired"), (86_410.0, None, "expires in 1 day"), (None, 1.0, "revoked")],
)
def test_a_key_stands_as_it_stands_now(expires_at: float | None, revoked_at: float | None, said: str) -> None:
    key = Key("key_1", "default", "anna", "af_12345678", ("viewer",), "local", 0.0, expires_at, revoked_at)
    assert str(standing(key, 10.0)) == said


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("key", "create", "anna"), 2, "missing option '--role'"),
        (("key", "create", "anna", "--role", "king"), 2, "'king' is no role: one of viewer, operator"),
        (("key", "create", "anna", "--role", "viewer", "--expires", "soon"), 2, "--expires: 'soon' is no length"),
        (("--tenant", "acme", "key", "list"), 3, "there is no tenant 'acme'"),
        (("key", "list", "--tenant", ""), 2, "--tenant is empty"),
        (("key", "list", "--tenant", "A B"), 2, "'A B' is not a tenant's name"),
        (("tenant", "suspend", "default"), 4, "the tenant default cannot be suspended"),
        (("plan", "revoke", "ada"), 2, "'ada' names no version: write it as ada@3"),
        (("audit", "list", "--cursor", "x"), 2, "'x' is no cursor"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(types: Types, words: tuple[str, ...], status: int, said: str) -> None:
    types("agent", "list")
    done = types(*words)
    assert (done.status, done.out) == (status, "")
    assert done.err.startswith(f"agentflow: {said}")
    assert done.err.count("\n") == 1


def test_a_tenant_has_things_of_its_own(types: Types, has: Has, monkeypatch: pytest.MonkeyPatch) -> None:
    has(LOAD)
    made = types("tenant", "create", "acme", "--sandbox")
    assert (made.word, made.err) == ("acme", "its first key: agentflow --tenant acme key create NAME --role admin\n")
    assert types("--tenant", "acme", "agent", "list", "--json").document == []
    assert types("agent", "list", "--tenant", "default", "--json").document[0]["name"] == "ada"
    monkeypatch.setenv("AGENTFLOW_TENANT", "acme")
    assert "there is no agent 'ada'" in types("agent", "show", "ada").err
    assert types("key", "create", "carl", "--role", "admin", "--json").document["tenant"] == "acme"
    monkeypatch.delenv("AGENTFLOW_TENANT")
    suspended = types("tenant", "suspend", "acme")
    assert suspended.err == "tenant acme is suspended: agentflow tenant resume acme takes that back\n"
    assert [line.split()[:2] for line in types("tenant", "list").out.splitlines()[1:]] == [
        ["acme", "suspended"],
        ["default", "active"],
    ]
    assert types("tenant", "resume", "acme").err == "tenant acme goes on\n"


def test_what_was_done_is_listed_and_exported(types: Types, has: Has) -> None:
    has(LOAD)
    types("key", "create", "anna", "--role", "viewer")
    assert types("plan", "revoke", "ada@1").err.startswith("ada@1 is revoked")
    assert types("plan", "revoke", "ada@1").status == 4
    lines = types("audit", "list").out.splitlines()
    assert [line.split()[2:6] for line in lines[1:]] == [
        ["local", "cli", "plans.revoke", "ada@1"],
        ["local", "cli", "keys.create", "anna"],
        ["local", "cli", "plans.register", "ada@1"],
        ["local", "cli", "agents.create", "ada"],
    ]
    part = types("audit", "list", "--most", "1")
    assert part.err == "there are more: the same with --cursor 4\n"
    assert [act["verb"] for act in types("audit", "list", "--cursor", "4", "--most", "1", "--json").document] == [
        "keys.create"
    ]
    for words, many in ((("--verb", "keys.create"), 1), (("--who", "local"), 4), (("--of", "ada@1"), 2)):
        assert len(types("audit", "list", *words, "--json").document) == many
    assert types("audit", "list", "--who", "eve").err == "nothing of that kind was done yet\n"
    rows = list(csv.DictReader(io.StringIO(types("audit", "export").out)))
    documents = [json.loads(line) for line in types("audit", "export", "--format", "json").out.splitlines()]
    assert (
        [row["verb"] for row in rows] == [one["verb"] for one in documents] == [line.split()[4] for line in lines[1:]]
    )
    assert [row["digest"] for row in rows] == [one["digest"] for one in documents]
    verbs = types("audit", "export", "--verb", rows[0]["verb"], "--who", rows[0]["who"], "--of", rows[0]["thing"]).out
    assert 0 < len(list(csv.DictReader(io.StringIO(verbs)))) < len(rows)
    assert types("audit", "export", "--until", "1d").out == "n,at,tenant,who,key,channel,verb,thing,details,digest\n"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1", "'  =1"),
        ("\u00a0=1", "\\u00a0=1"),
        ("\t=1", "\\t=1"),
        ("a\r=1", "a\\r=1"),
        ("a\n=1", "a\\n=1"),
        ("\x1b[2J", "\\u001b[2J"),
        ('a "b", c', 'a "b", c'),
    ],
)
def test_a_spreadsheet_works_nothing_out(text: str, cell: str) -> None:
    line = sheets.row(Act(1, 0.0, text, text, text, "http", text, text, {}, "", text))
    assert line.count("\n") == 1
    [cells] = csv.reader(io.StringIO(line))
    assert cells[2:8] == [cell, cell, cell, "http", cell, cell]


def test_the_doctor_finds_where_the_log_was_changed(types: Types, shop: Path) -> None:
    types("agent", "list")
    for name in ("anna", "bert", "carl"):
        types("key", "create", name, "--role", "viewer")
    assert (types("audit", "verify").status, types("audit", "verify").err) == (0, "all 3 rows hold\n")
    with closing(sqlite3.connect(shop / "agentflow.db")) as connection, connection:
        connection.execute("DROP TRIGGER audit_is_not_changed")
        connection.execute("UPDATE audit SET thing = 'eve' WHERE n = 2")
    told = types("audit", "verify", "--json")
    assert (told.status, told.document) == (1, {"rows": 1, "broken": 2, "why": "was changed"})
    assert "tampered with: row 2 was changed; compare it with an export or a backup" in told.err
    ill = types("doctor")
    assert ill.status == 1
    assert "parts of the schema are missing: audit_is_not_changed" in ill.err
    assert "the audit log was tampered with: row 2 was changed; compare it with an earlier export" in ill.err
