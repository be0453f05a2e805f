"""What the house says, in the words of the page: in a browser there are screens and buttons, and no commands. Pure."""

from __future__ import annotations

import re

_ID = r"(?: [^`]*)?"
_SAID = (
    (rf"look at it with `agentflow (?:run|goal) show{_ID}`", "look at its page"),
    (rf"with `agentflow run migrate{_ID}`", "with “Move to another version” on its page"),
    (rf"`agentflow run revise{_ID}` has its plan written anew", "“Have the plan written anew” on its page does that"),
    (rf": `agentflow run revise{_ID}`", ": “Have the plan written anew” on the page of its run"),
    (rf"`agentflow run restart{_ID}` runs it again", "“Restart” runs it again"),
    (rf"`agentflow goal approve{_ID}`", "“Approve and run” on its page"),
    (rf"with `agentflow plan register{_ID}`", "with “Register a version” on the agent's page"),
    (rf"`agentflow agent create{_ID}`", "the form of an agent"),
    (r"`agentflow run list`", "the list of runs"),
    (r"`agentflow goal list`", "the list of goals"),
    (r"`agentflow agent list`", "the list of agents"),
    (rf"`agentflow plan list{_ID}`", "the agent's page"),
    (r"`agentflow schedule list`", "the list of schedules"),
    (r"`agentflow key list`", "the list of keys in the settings"),
    (r"`agentflow approvals`", "the inbox"),
    (r"`agentflow tools`", "the list of tools"),
)
_RULES = tuple((re.compile(pattern), words) for pattern, words in _SAID)


def in_page_words(text: object) -> str:
    """A message, its commands told as what there is on the page; what is on none keeps its command."""
    said = str(text)
    if "`agentflow " in said:
        for pattern, words in _RULES:
            said = pattern.sub(words, said)
    return said
