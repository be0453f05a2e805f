"""`agentflow run migrate`: one run or all of an agent's, with a line for each, and a dry run first."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import LOAD, Types, plan


def asleep(types: Types, *words: str) -> str:
    """A run of ada's newest plan that has come as far as it can for now; its id."""
    run = types("run", "start", "ada", *words).word
    types("worker", "--until-idle")
    return run


Has = Callable[[str], None]
OLD = plan('await step.sleep("rest", "30 days")', 'return "old"')
NEW = plan('await step.sleep("rest", "2 days")', 'return "new"')
OTHER = plan(
    'await step.do("reserve", tools.stock.reserve(id="1"), retries={"delay": 0.01})',
    'await step.sleep("rest", "30 days")',
)


def test_a_run_is_moved_after_a_dry_run_that_says_so(types: Types, has: Has) -> None:
    has(OLD)
    run = asleep(types)
    has(NEW)
    tried = types("run", "migrate", run, "--to", "2", "--dry-run")
    assert (tried.status, tried.err) == (0, "1 of 1 run would move to version 2\n")
    assert tried.out.splitlines()[1].split() == [
        *(run, "@1", "would", "move"),
        *["nothing", "had", "been", "done;", "let", "go:", "rest;", "starts:", "rest"],
    ]
    assert types("run", "show", run, "--json").document["version"] == 1
    done = types("run", "migrate", run, "--to", "2", "--json")
    assert (done.status, done.document["moves"], done.document["starts"]) == (0, True, ["rest#1"])
    assert types("run", "show", run, "--json").document["version"] == 2


def test_all_of_an_agent_are_moved_and_those_that_do_not_fit_are_named(types: Types, has: Has) -> None:
    has(OLD)
    fits = [asleep(types), asleep(types)]
    has(OTHER)
    odd = asleep(types)
    has(NEW)
    done = types("run", "migrate", "--all", "ada", "--to", "3")
    assert done.status == 4
    assert "2 of 3 runs moved to version 3; 1 stay as they are" in done.err
    told = {line.split()[0]: line.split()[2] for line in done.out.splitlines()[1:]}
    assert told == {fits[0]: "moved", fits[1]: "moved", odd: "stays"}
    again = types("run", "migrate", "--all", "ada@1", "--to", "3")
    assert (again.status, again.out, again.err.splitlines()[-1]) == (
        0,
        "",
        "no run that goes on is of another version",
    )


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--to", "2"), 2, "name one run, or all of an agent's with --all AGENT"),
        (("RUN", "--all", "ada", "--to", "2"), 2, "name one run"),
        (("RUN",), 2, "--to"),
        (("run_1", "--to", "2"), 3, "there is no run run_1"),
        (("--all", "bob", "--to", "2"), 3, "bob"),
        (("RUN", "--to", "1"), 4, "is completed, and moves to no other version"),
    ],
)
def test_what_cannot_be_moved_is_said(types: Types, has: Has, words: tuple[str, ...], status: int, said: str) -> None:
    has(LOAD)
    run = asleep(types, "--payload", '{"id": "17"}')
    done = types("run", "migrate", *(run if word == "RUN" else word for word in words))
    assert (done.status, said in done.err) == (status, True), done.err


def test_an_agent_goes_back_and_a_version_is_revoked_with_its_runs(types: Types, has: Has) -> None:
    has(OLD)
    has(NEW)
    done = types("agent", "rollback", "ada", "--to", "1")
    assert (done.status, done.word) == (0, "ada@1")
    assert done.err.splitlines() == [
        "new runs of ada are of version 1, until a newer one is registered",
        "to move those that go on: agentflow run migrate --all ada --to 1",
    ]
    run = asleep(types)
    assert types("run", "show", run, "--json").document["version"] == 1
    gone = types("plan", "revoke", "ada@1", "--running", "cancel")
    assert (gone.status, gone.err.splitlines()) == (
        0,
        ["ada@1 is revoked, and its runs are asked to end", "no worker is running: start one with `agentflow worker`"],
    )
    types("worker", "--until-idle")
    assert types("run", "show", run, "--json").document["status"] == "cancelled"
    assert types("plan", "revoke", "ada@2", "--running", "fly").status == 2
