"""What the house says names commands; the page names what is on it."""

from __future__ import annotations

import pytest

from agentflow.page.phrases import in_page_words

from .conftest import Looks, words


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("there is no run x: `agentflow run list` names them", "there is no run x: the list of runs names them"),
        ("it has just ended: look at it with `agentflow run show run_1`", "it has just ended: look at its page"),
        (
            "a@1 is revoked, and stays so: move it with `agentflow run migrate run_1 --to N`, or cancel it",
            "a@1 is revoked, and stays so: move it with “Move to another version” on its page, or cancel it",
        ),
        (
            "run r is failed: it can no longer pause; `agentflow run restart r` runs it again",
            "run r is failed: it can no longer pause; “Restart” runs it again",
        ),
        (
            "there is no agent 'a': `agentflow agent list` names them, `agentflow agent create` makes one",
            "there is no agent 'a': the list of agents names them, the form of an agent makes one",
        ),
        ("it goes on with `agentflow tenant resume acme`", "it goes on with `agentflow tenant resume acme`"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_a_command_is_told_as_what_there_is_on_the_page(said: str, shown: str) -> None:
    assert in_page_words(said) == shown


async def test_a_page_that_is_not_there_names_the_list(looks: Looks) -> None:
    shown = words(await looks("/runs/nowhere", 404))
    assert "there is no run nowhere: the list of runs names them" in shown
    assert "agentflow run" not in shown
