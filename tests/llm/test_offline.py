"""Stored plans in place of a model: which one answers, and that every answer says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentflow.errors import ProviderError
from agentflow.llm import Answer, Message, Models, Request
from agentflow.llm.offline import SHIPPED
from agentflow.records import Usage


async def ask(model: str, earlier: int = 0, folder: Path | None = None) -> tuple[Answer, list[str]]:
    turns = [Message("user", "goal"), *[Message("assistant", "plan"), Message("user", "findings")] * earlier]
    heard: list[str] = []
    models = Models({}, folder=folder)
    llm, name = models.resolve(model)
    answer = await llm.ask(Request(name, "", tuple(turns)), heard.append)
    await models.close()
    return answer, heard


async def test_every_answer_says_that_no_model_was_asked() -> None:
    answer, heard = await ask("offline:demo")
    assert (answer.model, answer.usage, answer.stop) == ("offline:demo (no model was asked)", Usage(), "end")
    assert "".join(heard) == answer.text
    assert max(map(len, heard)) <= 40


@pytest.mark.parametrize(("earlier", "file"), [(0, "1.md"), (1, "2.md"), (2, "2.md"), (7, "2.md")])
async def test_the_kth_question_gets_the_kth_text_and_later_ones_the_last(earlier: int, file: str) -> None:
    answer, _ = await ask("offline:demo", earlier)
    assert answer.text == (SHIPPED / "demo" / file).read_text("utf-8")


async def test_a_folder_counts_beyond_nine_and_passes_over_other_files(tmp_path: Path) -> None:
    for name in ("1", "2", "10", "notes", "x1"):
        (tmp_path / f"{name}.md").write_text(f"text {name}", "utf-8")
    assert (await ask("offline:./", 2, tmp_path))[0].text == "text 10"
    assert (await ask(f"offline:{tmp_path}"))[0].text == "text 1"


@pytest.mark.parametrize("model", ["nothing", "./nowhere"])
async def test_where_nothing_is_stored_the_shipped_sets_are_named(tmp_path: Path, model: str) -> None:
    with pytest.raises(ProviderError, match=r"put 1.md there, or name a shipped set: demo"):
        await ask(f"offline:{model}", folder=tmp_path)


async def test_a_text_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "1.md").write_bytes(b"\xff\xfe")
    with pytest.raises(ProviderError, match=r"1.md cannot be read: .* it must be a text file in UTF-8$"):
        await ask("offline:.", folder=tmp_path)
