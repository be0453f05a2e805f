"""What stands in deploy/, as data: services of compose.yaml and objects of kubernetes/, as one kind of container."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from agentflow.settings import Settings, load

from ..docs.pages import ROOT

DEPLOY = ROOT / "deploy"
HOUSE = DEPLOY / "house"
OBJECTS = [
    (path.name, document)
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    if path.name != "kustomization.yaml"
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
"""Each object of kubernetes/, with the file that it stands in."""
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
KUSTOMIZATION: dict[str, Any] = yaml.safe_load(
    (DEPLOY / "kubernetes" / "kustomization.yaml").read_text(encoding="utf-8")
)


@dataclass(frozen=True)
class Container:
    """What both have of one: who it is, what it runs with which words, its memory and its time to end."""

    name: str
    image: str
    words: tuple[str, ...]
    megabytes: int | None
    grace: int
    said: Mapping[str, Any]


def composed() -> list[Container]:
    """The services of compose.yaml."""
    return [
        Container(
            name,
            of["image"],
            tuple(of.get("command", ())),
            _megabytes(of.get("deploy", {}).get("resources", {}).get("limits", {}).get("memory")),
            int(of["stop_grace_period"].removesuffix("s")),
            of,
        )
        for name, of in COMPOSE["services"].items()
    ]


def orchestrated() -> list[Container]:
    """The containers of kubernetes/."""
    return [
        Container(
            of["name"],
            of["image"],
            tuple(of.get("args", ())),
            _megabytes(of["resources"]["limits"]["memory"]),
            pod["terminationGracePeriodSeconds"],
            of,
        )
        for pod in pods()
        for of in pod["containers"]
    ]


def pods() -> Iterator[dict[str, Any]]:
    """What the Deployments and StatefulSets say of their pods."""
    for _, document in OBJECTS:
        if document["kind"] in ("Deployment", "StatefulSet"):
            yield document["spec"]["template"]["spec"]


def one(kind: str, name: str) -> dict[str, Any]:
    """The object of a kind with this name."""
    [found] = [of for _, of in OBJECTS if (of["kind"], of["metadata"]["name"]) == (kind, name)]
    return dict(found)


def house() -> Settings:
    """The settings of all processes of an installation."""
    return load(HOUSE)


def _megabytes(size: str | None) -> int | None:
    found = re.fullmatch(r"(\d+)(M|Mi|Gi)", size or "")
    return int(found[1]) * (1024 if found[2] == "Gi" else 1) if found else None
