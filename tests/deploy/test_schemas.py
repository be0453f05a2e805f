"""compose.yaml and the manifests are what their schemas allow, and one tells the same as the other."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import jsonschema
import kubernetes_validate
import pytest

from .reading import COMPOSE, DEPLOY, KUSTOMIZATION, OBJECTS, composed, orchestrated

MANIFESTS = [of for _, of in OBJECTS]
NAMES = [f"{of['kind']} {of['metadata']['name']}" for of in MANIFESTS]
OLDEST = "1.30"
"""The version of Kubernetes that the manifests need at most."""


def compose_schema() -> dict[str, Any]:
    """The Compose specification's, as check-jsonschema carries it."""
    file = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    schema: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return schema


def test_the_compose_file_keeps_to_the_compose_specification() -> None:
    jsonschema.validate(COMPOSE, compose_schema())


def test_a_key_that_compose_does_not_know_is_seen() -> None:
    with pytest.raises(jsonschema.ValidationError, match="replica"):
        jsonschema.validate({"services": {"worker": {"image": "x", "replica": 2}}}, compose_schema())


@pytest.mark.parametrize("version", [OLDEST, kubernetes_validate.latest_version()])
@pytest.mark.parametrize("manifest", MANIFESTS, ids=NAMES)
def test_each_manifest_keeps_to_the_schema_of_old_and_new_versions(manifest: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_a_key_that_kubernetes_does_not_know_is_seen() -> None:
    wrong = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "x"}, "spec": {"ports": [], "selectors": {}}}
    with pytest.raises(jsonschema.ValidationError, match="selectors"):
        kubernetes_validate.validate(wrong, OLDEST, strict=True)


def test_the_kustomization_names_every_manifest() -> None:
    assert sorted({file for file, _ in OBJECTS}) == sorted(KUSTOMIZATION["resources"])


def test_what_worker_and_page_share_is_said_once() -> None:
    """A key of their own would take the place of the shared one without a word."""
    shared = set(COMPOSE["x-agentflow"])
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    for name in ("worker", "page"):
        [block] = re.findall(rf"^  {name}:\n((?:    .*\n)+)", text, re.MULTILINE)
        assert set(re.findall(r"^    (\w+):", block, re.MULTILINE)) & shared == set()


def test_both_run_the_same_programs_of_the_same_versions() -> None:
    theirs = {one.name: (one.image, one.words) for one in composed() if one.name != "workers"}  # there, a Service
    ours = {one.name: (one.image, one.words) for one in orchestrated()}
    assert theirs.keys() == ours.keys()
    assert {name: theirs[name][1] for name in theirs} == {name: ours[name][1] for name in ours}
    assert {name: theirs[name][0] for name in ("postgres", "restate")} == {
        name: ours[name][0] for name in ("postgres", "restate")
    }
