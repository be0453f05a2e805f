"""agentflow serve in a process of its own: ready soon, and at SIGTERM everything that was begun is finished."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

from .conftest import EVENT, Types


def asked(address: str, path: str, body: Any = None) -> Any:
    """The document that the service answers with."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{address}{path}", data, {"content-type": "application/json"})  # noqa: S310  # http
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  # http, made above
        return json.load(answer)


def test_a_service_works_answers_and_ends_without_losing_anything(shop: Path, types: Types) -> None:
    served = subprocess.Popen(
        [sys.executable, "-m", "agentflow", "serve", "--port", "0"], stderr=subprocess.PIPE, text=True
    )
    assert served.stderr is not None
    try:
        begins = iter(served.stderr.readline, "")
        address = next(found[1] for line in begins if (found := re.search(r"answers on (\S+);", line)))
        assert "no key is needed on this machine until `agentflow key create`" in next(begins)
        asked(address, "/v1/agents", {"name": "clerk", "model": "offline:demo", "tools": ["*"]})
        asked(address, "/v1/agents/clerk/plans", {"source": EVENT})
        run = asked(address, "/v1/runs", {"agent": "clerk"})["id"]
        asked(address, f"/v1/runs/{run}/events", {"type": "parcel", "payload": 17})
    finally:
        served.send_signal(signal.SIGTERM)
    assert "POST /v1/runs 201" in served.communicate(timeout=30)[1]
    assert served.returncode == 0
    types("worker", "--until-idle")
    assert types("run", "show", run, "--json").document["result"] == 17


def test_what_cannot_be_served_is_said_in_a_line(types: Types) -> None:
    refused = types("serve", "--host", "0.0.0.0", "--port", "0")  # noqa: S104  # that it is refused is the point
    assert refused.status == 4
    assert "agentflow key create NAME --role admin" in refused.err
    nowhere = types("serve", "--host", "no.such.host.invalid")
    assert nowhere.status == 2
    assert "nobody can listen on no.such.host.invalid, port 8000" in nowhere.err
    assert types("serve", "--port", "70000").status == 2
