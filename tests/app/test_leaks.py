"""What of a sensitive value might stand elsewhere in the document of a run: it does not."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from agentflow.app import AgentFlow, AgentHandle

from ..fakes.waiting import until
from .test_replays import HEAD

CARD = "4111/2222 \u00fc"
READS = '        card = (await step.do("card", tools.orders.get(id=event.payload["id"]), sensitive=True))["id"]\n'
ELSEWHERE = {
    "the name of a step": 'await step.do(f"pay {card}", tools.mail.send(to="x"))',
    "a key": "return {card: 1}",
    "a key of a call": 'await step.do("tell", tools.mail.send(to="x")); return [{"seen": {f"card {card}": 1}}]',
    "base64": "return base64.b64encode(card.encode()).decode()",
    "base64 of more": 'return base64.b64encode(f"Basic olga:{card}".encode()).decode()',
    "bytes": "return card.encode()",
    "bytes of more": 'return f"card {card}!".encode()',
    "JSON in a text": 'return json.dumps({"card": card})',
    "an address": 'return f"https://x.example/?card={quote(card)}"',
    "a choice": 'await step.ask("which", "Which?", [card, "none"], default="none")',
    "a default": 'await step.ask("which", "Which?", [card, "none"], default=card)',
    "an error": "raise ValueError(card)",
    "progress": "await step.progress(card)",
}
FORMS = [
    CARD,
    json.dumps(CARD)[1:-1],
    quote(CARD),
    *(base64.b64encode(b"\0" * before + CARD.encode()).decode()[4:-4] for before in range(3)),
]


@pytest.mark.parametrize("where", ELSEWHERE)
async def test_what_is_sensitive_does_not_leave_in(where: str, clerk: AgentHandle, flow: AgentFlow) -> None:
    head = HEAD.replace(
        "from dataclasses", "import base64\nimport json\nfrom urllib.parse import quote\nfrom dataclasses", 1
    )
    await clerk.register(head + "\n" + READS + f"        {ELSEWHERE[where]}\n")
    run = await clerk.start({"id": CARD})

    async def rests() -> bool:
        return (await run.refresh()).status in ("completed", "failed", "waiting")

    await until(rests)
    document = await run.export()
    texts = json.dumps(document), json.dumps(document, ensure_ascii=False)
    assert [form for form in FORMS for text in texts if form in text] == []
    await flow.runs.load(document)
