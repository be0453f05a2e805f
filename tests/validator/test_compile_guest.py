"""The throw-away process: one frame in, one frame out."""

from __future__ import annotations

import base64
import io
import marshal
from pathlib import Path
from typing import Any

from agentflow.guest.frames import LENGTH, pack, unpack
from agentflow.validator.__main__ import respond

from ..plans.catalogue import TOOLS

ROOT = Path(__file__).parents[2]
GOOD = (ROOT / "tests" / "plans" / "good" / "refund.py").read_text()


def answer(request: dict[str, Any]) -> Any:
    """What a compile guest says. That it is one, behind the wall, is seen in tests/sandbox."""
    responses = io.BytesIO()
    respond(io.BytesIO(pack(request) * 2), responses)
    said = responses.getvalue()
    assert LENGTH.unpack(said[: LENGTH.size])[0] == len(said) - LENGTH.size, "one answer, and no more"
    return unpack(said[LENGTH.size :])


def test_a_good_plan_comes_back_as_code_with_its_class_and_tools() -> None:
    said = answer({"source": GOOD, "tools": TOOLS})
    assert said["findings"] == []
    assert said["entry"] == "SettleRefund"
    assert said["tools"] == ["mail.send", "orders.get", "payments.refund"]
    assert marshal.loads(base64.b64decode(said["blob"])).co_filename == "<plan>"  # noqa: S302 - made by our own process


def test_a_bad_plan_comes_back_with_its_findings_alone() -> None:
    said = answer({"source": "import os\n", "tools": None})
    assert said["blob"] is None
    assert said["entry"] is None
    assert said["findings"][0] == {
        "code": "AF003",
        "severity": "error",
        "line": 1,
        "column": 1,
        "message": "import of 'os' is not allowed",
        "advice": "use a tool for input and output",
        "suppressed": None,
    }


def test_text_that_is_no_unicode_is_told_as_a_finding() -> None:
    source = GOOD.replace('"refund"', '"\\ud800"').replace("tools.orders.get", 'tools["\\ud800"]')
    assert [finding["code"] for finding in answer({"source": source, "tools": TOOLS})["findings"]]
    assert answer({"source": source, "tools": None})["tools"] == ["mail.send", "payments.refund"]


def test_without_a_request_there_is_no_answer() -> None:
    responses = io.BytesIO()
    respond(io.BytesIO(), responses)
    assert not responses.getvalue()
