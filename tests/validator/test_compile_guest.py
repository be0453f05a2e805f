"""The throw-away process: one frame in, one frame out, within limits of its own."""

from __future__ import annotations

import base64
import io
import marshal
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentflow.guest.frames import LENGTH, pack, unpack
from agentflow.validator.__main__ import respond

from ..plans.catalogue import TOOLS

ROOT = Path(__file__).parents[2]
GOOD = (ROOT / "tests" / "plans" / "good" / "refund.py").read_text()


def ask(given: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-s", "-P", "-m", "agentflow.validator"]
    environment = {"PYTHONHASHSEED": "0"}
    return subprocess.run(command, input=given, capture_output=True, cwd=ROOT, env=environment, timeout=30)


def answer(request: dict[str, Any]) -> Any:
    done = ask(pack(request))
    assert done.returncode == 0, done.stderr.decode()
    return unpack(done.stdout[LENGTH.size :])


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
    }


def test_text_that_is_no_unicode_is_told_as_a_finding() -> None:
    source = GOOD.replace('"refund"', '"\\ud800"').replace("tools.orders.get", 'tools["\\ud800"]')
    assert [finding["code"] for finding in answer({"source": source, "tools": TOOLS})["findings"]]
    assert answer({"source": source, "tools": None})["tools"] == ["mail.send", "payments.refund"]


def test_without_a_request_it_says_who_starts_it() -> None:
    done = ask(b"")
    assert done.returncode == 1
    assert b"started by agentflow.sandbox" in done.stderr


def test_a_request_is_answered_once_whatever_the_streams_are() -> None:
    responses = io.BytesIO()
    respond(io.BytesIO(pack({"source": GOOD, "tools": TOOLS}) * 2), responses)
    assert LENGTH.unpack(responses.getvalue()[: LENGTH.size])[0] == len(responses.getvalue()) - LENGTH.size
    assert unpack(responses.getvalue()[LENGTH.size :])["entry"] == "SettleRefund"
    respond(io.BytesIO(pack({"source": "", "tools": None})), responses)
    with pytest.raises(SystemExit, match="no request"):
        respond(io.BytesIO(), responses)


def test_it_limits_itself_before_it_reads_anything() -> None:
    program = """
import resource, sys
from agentflow.validator.__main__ import confine
confine()
names = ["RLIMIT_CPU", "RLIMIT_AS", "RLIMIT_CORE", "RLIMIT_FSIZE"]
print([resource.getrlimit(getattr(resource, name)) for name in names])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=30)
    memory = 512 * 1024 * 1024
    assert done.stdout.strip() == str([(5, 5), (memory, memory), (0, 0), (0, 0)])
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0
