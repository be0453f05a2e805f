"""As text: with colours at a terminal and without them anywhere else, whatever a kernel asks for."""

from __future__ import annotations

import io
import sys

import pytest

from agentflow.records.shown import Listing, Several

from .conftest import Office, text

pytestmark = pytest.mark.asyncio(loop_scope="session")


class Terminal(io.StringIO):
    """Standard output as a person sees it."""

    def isatty(self) -> bool:
        return True


class Printer:
    """What IPython prints with."""

    def __init__(self) -> None:
        self.said = ""

    def text(self, said: str) -> None:
        self.said += said

    def break_(self) -> None:
        self.said += "\n"


async def test_a_terminal_has_colours(there: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", Terminal())
    assert "\x1b[32mcompleted" in text(there.done)


async def test_a_kernel_that_forces_colours_gets_none(there: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("CLICOLOR_FORCE", "1")
    assert "\x1b" not in text(there.done)


async def test_ipython_prints_a_list_as_the_same_table(there: Office) -> None:
    for things in (await there.flow.runs.list(), await there.failed.steps()):
        assert isinstance(things, Listing | Several)
        printer = Printer()
        things._repr_pretty_(printer, cycle=False)
        assert printer.said == text(things)
        assert printer.said.count("\n") >= 1
