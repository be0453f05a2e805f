"""Whether a channel works, and what was told on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..notices import servers
from ..notices.servers import Inbox
from .conftest import MAIL, Types

Has = Callable[[str], None]


@pytest.fixture
def hook(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    monkeypatch.setenv("HOOK_KEY", "a-long-enough-key")
    with servers.web() as inbox, (shop / "agentflow.toml").open("a") as file:
        file.write(f'[notify.ops]\nkind = "webhook"\nurl = "{inbox.url}"\nsecret = "HOOK_KEY"\n')
        file.flush()
        yield inbox


def test_a_channel_is_tested(types: Types, hook: Inbox) -> None:
    done = types("notify", "test", "ops")
    assert (done.status, done.err) == (0, "ops has taken it\n")
    assert hook.documents[0]["id"] == done.word
    hook.answers = [500]
    assert types("notify", "test", "ops").status == 1
    assert types("notify", "test", "opz").status == 3


def test_what_was_told_is_listed_and_what_failed_is_counted(types: Types, has: Has, hook: Inbox) -> None:
    has(MAIL)
    assert types("notify", "list").err == "0 undelivered, 0 expired undecided\n"
    types("run", "start", "ada")
    types("worker", "--until-idle")
    listed = types("notify", "list", "--json").document
    assert {one["kind"] for one in listed["notices"]} == {"asked", "expired"}
    assert (listed["undelivered"], listed["expired_undecided"]) == (0, 0)
    assert types("notify", "list").out.splitlines()[0].split()[:4] == ["ABOUT", "KIND", "CHANNEL", "FOR"]
    assert types("notify", "list", "--state", "lost").status == 2
