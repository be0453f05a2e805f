"""The site is built strictly, is complete, and asks nothing of other servers."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from agentflow import settings as read
from agentflow.app.doors import Doors
from agentflow.guest.step import Step
from agentflow.web import service
from reference import commands, http, notebooks, plan, python, reading, settings
from reference.site import build

from .following import Reader
from .pages import ROOT
from .test_readme import commands as real_commands


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make site` builds it. A link that leads nowhere would end it."""
    folder = tmp_path_factory.mktemp("site") / "site"
    build(folder)
    return folder


def test_each_page_is_built(site: Path) -> None:
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").glob("*.md")}
    books = {Path("notebooks", f"{path.stem}.html") for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert {str(page) for page in pages | books if not (site / page).is_file()} == set()


def test_a_notebook_is_shown_with_what_its_cells_gave(tmp_path: Path) -> None:
    cells = [
        {
            "cell_type": "markdown",
            "source": ["# One\n", "\n", "See [it](../docs/evals.md), [two](02_two.ipynb). More."],
        },
        {"cell_type": "code", "source": "1 + 1", "outputs": [_result({"text/plain": "2", "text/html": "<b>2</b>"})]},
        {
            "cell_type": "code",
            "source": "'`'",
            "outputs": [_result({"text/plain": "```"}), _result({"text/markdown": "*x*"})],
        },
        {"cell_type": "code", "source": "p", "outputs": [_result({"image/png": "aGk=\n"})]},
        {"cell_type": "code", "source": "1 / 0", "outputs": [{"output_type": "error", "ename": "Z", "evalue": "no"}]},
        {"cell_type": "code", "source": "print(3)", "outputs": [{"output_type": "stream", "text": ["3\n"]}]},
    ]
    path = tmp_path / "01_one.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    shown = notebooks.page(path)
    assert "[it](../evals.md), [two](02_two.md)" in shown
    assert '<div class="output">\n<b>2</b>\n</div>' in shown
    assert "````text\n```\n````" in shown
    assert "\n*x*\n" in shown
    assert 'src="data:image/png;base64,aGk="' in shown
    assert "```text\nZ: no\n```" in shown
    assert "```text\n3\n```" in shown
    assert notebooks.index(tmp_path).endswith("* [One](01_one.md): See [it](../evals.md), [two](02_two.md).")


def _result(data: dict[str, str]) -> dict[str, object]:
    return {"output_type": "execute_result", "data": data}


def test_each_page_stands_in_the_navigation() -> None:
    told = str(yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))["nav"])
    assert [path.name for path in (ROOT / "docs").glob("*.md") if f"'{path.name}'" not in told] == []


def test_nothing_is_asked_of_other_servers(site: Path) -> None:
    loaded = re.compile(r"""<(?:script|img|link|iframe)\b[^>]*?(?:src|href)=["']?(https?:[^"' >]+)""")
    styles = re.compile(r"""url\(["']?(https?:[^"')]+)|@import""")
    asked = {
        found
        for path in site.rglob("*")
        if path.suffix in {".html", ".css"}
        for found in (loaded if path.suffix == ".html" else styles).findall(path.read_text(encoding="utf-8"))
    }
    assert asked == set()


def test_the_settings_are_all_told() -> None:
    page = settings.page()
    assert re.findall(r"^.*\|  \|$", page.partition("## The file itself")[2], re.MULTILINE) == []
    missing = [key for key in read.Settings.model_fields if key != "folder" and f"| `{key}` |" not in page]
    assert missing == []
    keys = {key for table in settings.TABLES for key in table.model_fields} - {"folder"}
    assert {key for key in keys if f"| `{key}` |" not in page} == set()
    assert {table for table in vars(read).values() if _is_table(table)} == set(settings.TABLES)


def _is_table(kind: object) -> bool:
    return (
        isinstance(kind, type)
        and hasattr(kind, "model_fields")
        and kind.__module__.startswith(read.__name__)
        and kind.__name__ not in ("BaseModel", "Table")
    )


def test_the_commands_are_all_told() -> None:
    page = commands.page()
    for name, below in real_commands().items():
        assert f"\n## agentflow {name}\n" in page
        assert {word for word in below if f"\n### agentflow {name} {word}\n" not in page} == set()


def test_the_operations_of_the_service_are_all_told() -> None:
    page, document = http.page(), service(Doors(None)).openapi()
    said = {(method.upper(), path) for path, of in document["paths"].items() for method in of}
    assert {one for one in said if "\n### {} {}\n".format(*one) not in page} == set()


def test_the_verbs_of_the_python_api_are_all_told_with_their_roles() -> None:
    page = python.page()
    kinds = [kind for _, kinds in python.ROOMS for kind in kinds]
    verbs = {(kind.__name__.lower(), name) for kind in kinds for name in vars(kind) if not name.startswith("_")}
    told = set(re.findall(r"\{: #(\w+?)-(\w+) \}", page))
    properties = {(k.__name__.lower(), n) for k in kinds for n, v in vars(k).items() if isinstance(v, property)}
    assert verbs - properties - told == set()
    assert page.count("Role: ") > 50
    assert [kind for kind in python.PLAIN if reading.told(kind).startswith(f"{kind.__name__}(")] == [], "no docstring"


def test_the_verbs_of_a_plan_are_all_told() -> None:
    page = plan.page()
    assert [verb for verb in vars(Step) if not verb.startswith("_") and f"### step.{verb}\n" not in page] == []


def test_the_examples_of_the_plan_api_are_plans_without_findings(tmp_path: Path) -> None:
    assert Reader(tmp_path).follow(plan.page()) >= 30
