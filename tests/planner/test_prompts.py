"""The templates: what they must carry, and that no word of them changes unseen."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from agentflow.errors import UsageError
from agentflow.planner import prompts
from agentflow.planner.prompts import NAMES, load

from .snapshots import FOLDER, told

SHIPPED = Path(__file__).parents[2] / "prompts"
DIGESTS = Path(__file__).with_name("digests.json")


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_template_has_a_new_version(name: str) -> None:
    """After a change raise `version` in its front matter and add the new line to digests.json; never edit a line."""
    template = getattr(load(), name)
    known = json.loads(DIGESTS.read_text("utf-8"))
    assert known.get(f"{template.id}@{template.version}") == template.digest, f"{template.id}: {template.digest}"


@pytest.mark.parametrize("name", NAMES)
def test_a_template_has_its_files_name_and_a_purpose(name: str) -> None:
    template = getattr(load(), name)
    assert template.id == name
    assert template.purpose.endswith(".")


@pytest.mark.parametrize("name", told())
def test_what_a_model_is_told_is_known_word_for_word(name: str) -> None:
    """After a change of a template or of the stubs: `python -m tests.planner.snapshots`, and read the difference."""
    assert told()[name] == (FOLDER / f"{name}.md").read_text("utf-8")


def test_no_other_text_is_kept() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(told())


def test_the_label_names_version_and_digest() -> None:
    assert re.fullmatch(r"plan@\d+ sha256:[0-9a-f]{12}", load().label)


def test_any_change_of_any_template_changes_the_label(tmp_path: Path) -> None:
    labels = {load().label}
    for name in NAMES:
        folder = shutil.copytree(SHIPPED, tmp_path / name)
        with (folder / f"{name}.md").open("a") as file:
            file.write("One word more.\n")
        labels.add(load(folder).label)
    assert len(labels) == 1 + len(NAMES)


def test_what_changes_between_agents_comes_last() -> None:
    """So that a provider's cache keeps the long part for all of them."""
    body = load().plan.body
    assert body.index("{{") / len(body) > 0.9


def test_an_installed_package_has_its_templates_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompts, "_PACKAGE", tmp_path)
    folder = shutil.copytree(SHIPPED, tmp_path / "prompts")
    (folder / "goal.md").write_text("---\nid: goal\nversion: 7\npurpose: To be found.\n---\nx\n")
    assert load().goal.version == 7


def test_a_variable_that_nobody_gives_is_an_error() -> None:
    with pytest.raises(UsageError, match=r"'goal' cannot be rendered: 'goal' is undefined; repair prompts/goal.md"):
        load().goal.render(examples=(), shared=False, payload="{}")


HEAD = "---\nid: plan\nversion: 1\npurpose: P.\n---\n"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"no front matter", "has no front matter"),
        (b"words\n" + HEAD.encode(), "has no front matter"),
        (HEAD.replace("id: plan\n", "").encode(), "has no 'id' in its front matter; add a line 'id: ...'"),
        (HEAD.replace("version: 1", "version:").encode(), "has no 'version'"),
        (HEAD.replace("purpose: P.\n", "").encode(), "has no 'purpose'"),
        (HEAD.replace("1", "one").encode(), "has the version 'one'; write a whole number"),
    ],
)
def test_a_broken_template_is_one_line_that_names_it(tmp_path: Path, text: bytes | None, complaint: str) -> None:
    if text is not None:
        (tmp_path / "plan.md").write_bytes(text)
    with pytest.raises(UsageError) as caught:
        load(tmp_path)
    assert complaint in str(caught.value)
    assert str(tmp_path / "plan.md") in str(caught.value)
    assert "\n" not in str(caught.value)
