"""agentflow serve in a process of its own: ready soon, and at SIGTERM everything that was begun is finished."""

from __future__ import annotations

import gc
import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from agentflow.cli.serve import SELDOM, beginning

from ..fakes.commands import Command
from .conftest import EVENT, MAIL, Types


def asked(address: str, path: str, body: Any = None) -> Any:
    """The document that the service answers with."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{address}{path}", data, {"content-type": "application/json"})  # noqa: S310  # http
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  # http, made above
        return json.load(answer)


@contextmanager
def served() -> Iterator[tuple[str, Command]]:
    """The address and the process of a service in the current folder, which is then asked to end."""
    process = Command("serve", "--port", "0")
    try:
        begins = iter(process.stderr.readline, "")
        address = next(found[1] for line in begins if (found := re.search(r"answers on (\S+);", line)))
        assert "no key is needed on this machine until `agentflow key create`" in next(begins)
        yield address, process
    finally:
        process.terminate()
        process.said = process.communicate()[1]  # type: ignore[attr-defined]  # for who looks at it then


def test_a_service_works_answers_and_ends_without_losing_anything(shop: Path, types: Types) -> None:
    with served() as (address, process):
        asked(address, "/v1/agents", {"name": "clerk", "model": "offline:demo", "tools": ["*"]})
        asked(address, "/v1/agents/clerk/plans", {"source": EVENT})
        run = asked(address, "/v1/runs", {"agent": "clerk"})["id"]
        asked(address, f"/v1/runs/{run}/events", {"type": "parcel", "payload": 17})
    assert "POST /v1/runs 201" in process.said  # type: ignore[attr-defined]
    assert process.returncode == 0
    types("worker", "--until-idle")
    assert types("run", "show", run, "--json").document["result"] == 17


def test_commands_work_on_a_service_as_they_do_on_a_database(
    shop: Path, types: Types, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "plan.py").write_text(MAIL)
    with served() as (address, _):
        at = ("--url", address)
        assert types(*at, "agent", "create", "clerk", "--model", "offline:demo", "--tools", "*").status == 0
        assert types(*at, "plan", "register", "clerk", "plan.py").word == "clerk@1"
        started = types(*at, "run", "start", "clerk", "--wait")
        assert (started.status, "waits for a person" in started.err) == (5, True)
        assert f"agentflow --url {address} approve" in started.err
        [asking] = types(*at, "approvals", "--json").document
        assert types(*at, "approvals", "show", asking["id"]).status == 0
        assert types(*at, "approve", asking["id"], "--yes", "--digest", asking["digest"]).status == 0
        watched = types(*at, "run", "watch", asking["run"])
        assert (watched.status, watched.out.splitlines()[-1]) == (0, '"sent"')
        assert types(*at, "plan", "check", "plan.py").status == 0
        assert "mail.send" in types(*at, "tools").out
        key = types(*at, "key", "create", "ada", "--role", "viewer").word
        assert types(*at, "run", "list").status == 4
        monkeypatch.setenv("AGENTFLOW_URL", address)
        monkeypatch.setenv("AGENTFLOW_KEY", key)
        assert asking["run"] in types("run", "list").out
        refused = types("run", "cancel", asking["run"])
        assert (refused.status, "ada may not use runs.cancel" in refused.err) == (4, True)


def test_what_cannot_be_served_is_said_in_a_line(types: Types) -> None:
    refused = types("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104  # that it is refused is the point
    assert refused.status == 4
    assert "agentflow key create NAME --role admin" in refused.err
    nowhere = types("serve", "--host", "no.such.host.invalid")
    assert nowhere.status == 2
    assert "nobody can listen on no.such.host.invalid, port 8000" in nowhere.err
    assert types("serve", "--port", "70000").status == 2


def test_what_is_read_at_the_start_is_not_looked_through_for_garbage_later() -> None:
    frozen, before = gc.get_freeze_count(), gc.get_threshold()
    try:
        with beginning() as begun:
            assert not gc.isenabled()
            begun()
            assert (gc.isenabled(), gc.get_freeze_count() > frozen) == (True, True)
            assert gc.get_threshold() == (*before[:2], SELDOM)
        assert gc.get_threshold() == before
    finally:
        gc.unfreeze()


def test_a_service_that_cannot_begin_leaves_garbage_to_be_found() -> None:
    with pytest.raises(OSError, match="no room"), beginning():
        raise OSError("no room")
    assert gc.isenabled()
