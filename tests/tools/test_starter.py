from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from agentflow import settings
from agentflow.errors import Conflict, UsageError
from agentflow.tools import Toolbox, ToolContext
from agentflow.tools.loading import load
from agentflow.tools.starter import write


def starter(folder: Path) -> Toolbox:
    write(folder)
    return Toolbox(load(["tools.py"], folder))


def test_three_files_are_written_into_a_folder_made_if_needed(tmp_path: Path) -> None:
    written = write(tmp_path / "a" / "b")
    assert [path.name for path in written] == ["agentflow.toml", "tools.py", ".gitignore"]
    assert {"*.db", "*.db-*"} <= set(written[2].read_text().splitlines())


@pytest.mark.parametrize("name", ["agentflow.toml", "tools.py", ".gitignore"])
def test_nothing_is_overwritten_and_then_nothing_is_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(Conflict, match=f"already has {re.escape(name)}; nothing was written"):
        write(tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, "mine")]


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"cannot write the starter to .*file/sub: Not a directory"):
        write(tmp_path / "file" / "sub")


def test_what_was_written_before_a_failure_is_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def full(path: Path, *args: str, **kwargs: str) -> object:
        if path.name == ".gitignore":
            raise OSError(28, "No space left on device")
        return opened(path, *args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(UsageError, match="No space left on device"):
        write(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_its_settings_are_read_with_and_without_the_comments(tmp_path: Path) -> None:
    path = write(tmp_path)[0]
    assert settings.load(tmp_path).tools == ["tools.py"]
    text = re.sub(r'(?m)^# (?=\[|\w+ += ["\[])', "", path.read_text())
    path.write_text(text)
    assert set(tomllib.loads(text)) == {"db", "tools", "models", "agents"}
    helper = settings.load(tmp_path).agents["helper"]
    assert (helper.model, helper.review) == ("offline:starter", "never")


async def test_its_tools_read_repeat_and_ask(tmp_path: Path) -> None:
    box = starter(tmp_path)
    specs = {spec.name: (spec.effect, spec.approval) for spec in box.granted(["*"])}
    assert specs == {
        "orders.get": ("read", "never"),
        "payments.refund": ("idempotent", "never"),
        "mail.send": ("once", "always"),
    }
    order = await box.get("orders.get").call({"id": "17"}, ToolContext())
    with pytest.raises(LookupError, match="there is no order '99'"):
        await box.get("orders.get").call({"id": "99"}, ToolContext())
    refund = {"order_id": "17", "amount": order["total"]}
    first, again = [await box.get("payments.refund").call(refund, ToolContext(idempotency_key="k")) for _ in range(2)]
    assert first == again == {"reference": "refund-17", "amount": "49.90"}
    await box.get("mail.send").call({"to": order["email"], "subject": "s", "body": "b"}, ToolContext())
    assert "To: ada@example.com" in (tmp_path / "outbox.txt").read_text()
