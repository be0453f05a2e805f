"""What deploy/ runs is there: commands, options, settings, variables, images, addresses. No secret is in it."""

from __future__ import annotations

import json
import re
import tomllib
from urllib.parse import urlsplit

import pytest

from agentflow.cli.commands import tree
from agentflow.engine import hands
from agentflow.settings import Settings
from agentflow.testing import TestFlow
from agentflow.web import server

from ..docs.pages import ROOT
from .reading import DEPLOY, HOUSE, KUSTOMIZATION, Container, composed, house, one, orchestrated, pods

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
OURS = [of for of in (*composed(), *orchestrated()) if of.name in ("worker", "page")]
THEIRS = [of for of in (*composed(), *orchestrated()) if of.name not in ("worker", "page")]
TEXTS = {
    str(path.relative_to(DEPLOY)): path.read_text(encoding="utf-8")
    for path in DEPLOY.rglob("*")
    if path.is_file() and "__pycache__" not in path.parts
}


@pytest.mark.parametrize("container", OURS, ids=lambda of: f"{of.name} of {of.image}")
def test_its_command_and_options_exist(container: Container) -> None:
    command, *options = container.words
    tree().commands[command].make_context(command, options)  # raises on what there is not


@pytest.mark.parametrize("container", OURS, ids=lambda of: f"{of.name} of {of.image}")
def test_it_has_the_time_that_a_worker_takes_to_end(container: Container) -> None:
    assert container.grace > hands.GRACE + server.GRACE


@pytest.mark.parametrize("container", OURS, ids=lambda of: f"{of.name} of {of.image}")
def test_it_has_memory_for_all_plans_and_for_itself(container: Container) -> None:
    if container.megabytes is not None:
        assert container.megabytes >= house().limits.guests_memory_mb + 512


def test_every_variable_of_ours_is_read_by_the_code() -> None:
    known = {name for path in (ROOT / "agentflow").rglob("*.py") for name in _variables(path.read_text("utf-8"))}
    assert {name for text in TEXTS.values() for name in _variables(text)} - known == set()


def _variables(text: str) -> set[str]:
    return set(re.findall(r"\bAGENTFLOW_[A-Z_]+\b", text))


@pytest.mark.parametrize("container", THEIRS, ids=lambda of: of.image)
def test_an_image_of_others_is_pinned_to_a_version(container: Container) -> None:
    assert re.search(r":\d+\.\d+(\.\d+)?(-\w+)?$", container.image)


def test_restate_is_the_version_that_is_tested() -> None:
    [tested] = set(
        json.loads((ROOT / ".ci" / "restate" / "package.json").read_text("utf-8"))["optionalDependencies"].values()
    )
    assert {of.image.rpartition(":")[2] for of in THEIRS if of.name == "restate"} == {tested}


def test_our_image_is_the_version_of_this_checkout() -> None:
    ours = {f"agentflow:{PROJECT['project']['version']}"}
    assert {of.image for of in composed() if of.name in ("worker", "page")} == ours
    assert set(re.findall(r"\bagentflow:\d[\w.]*", "".join(TEXTS.values()))) == ours
    assert {of.image for of in orchestrated() if of.name in ("worker", "page")} == {"house"}
    assert [image["name"] for image in KUSTOMIZATION["images"]] == ["house"]


def test_the_image_is_made_of_what_is_here() -> None:
    text = TEXTS["Dockerfile"]
    copied = {word for line in re.findall(r"^COPY (?!--)(.+) \S+$", text, re.MULTILINE) for word in line.split()}
    assert {word for word in copied if not (ROOT / word).exists()} == set()
    assert copied == set(re.findall(r"^!(\S+)$", TEXTS["Dockerfile.dockerignore"], re.MULTILINE))
    [program] = PROJECT["project"]["scripts"]
    assert f'ENTRYPOINT ["{program}"]' in text
    [minor] = re.findall(r"^ARG PYTHON=(\d+\.\d+)\.\d+", text, re.MULTILINE)
    assert minor == PROJECT["tool"]["mypy"]["python_version"], "the version that is tested"


def test_what_the_image_needs_of_the_extras_is_pinned_as_it_is_tested() -> None:
    pinned, tested = (_pins(name) for name in ("requirements-deploy.lock", "requirements-dev.lock"))
    assert {"psycopg", "restate-sdk", "hypercorn"} <= pinned.keys()
    assert {name: version for name, version in pinned.items() if tested.get(name) != version} == {}


def _pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w-]+)(?:\[\w+\])?==(\S+)", (ROOT / name).read_text("utf-8"), re.MULTILINE))


def test_nobody_is_root_and_nothing_can_be_gained() -> None:
    assert re.findall(r"^USER (\S+)$", TEXTS["Dockerfile"], re.MULTILINE) == ["10001:10001"]
    for pod in pods():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
    for container in composed():
        if container.name in ("worker", "page"):
            assert container.said["cap_drop"] == ["ALL"]
            assert container.said["read_only"] is True


def test_no_secret_is_committed_and_those_that_are_filled_in_are_left_out() -> None:
    for name in ("env.example", "kubernetes/secret.env.example"):
        assert re.findall(r"^[^#\n]*=.+$", TEXTS[name], re.MULTILINE) == []
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert {"/deploy/.env", "/deploy/kubernetes/secret.env"} <= set(ignored)
    assert not [text for text in TEXTS.values() if re.search(r"postgresql://[^@\s]*:[^@\s]*@", text)]


def test_workers_and_restate_find_each_other_in_both() -> None:
    engine = house().engine
    for address in (house().db, engine.restate_url, engine.admin, engine.address):
        url = urlsplit(str(address))
        assert url.hostname in {of.name for of in composed()}
        ports = [port["port"] for port in one("Service", str(url.hostname))["spec"]["ports"]]
        assert (url.port or 5432) in ports
    assert urlsplit(f"//{engine.listen}").port == urlsplit(str(engine.address)).port


def test_before_the_composed_workers_stands_one_that_spreads_connections() -> None:
    """By the name of a service alone, all of Restate's connections would go to one of its containers."""
    port = urlsplit(str(house().engine.address)).port
    assert f"    bind :{port}\n" in TEXTS["workers.cfg"]
    assert re.search(rf"^    server-template worker \d+ worker:{port} ", TEXTS["workers.cfg"], re.MULTILINE)
    [workers] = [of for of in composed() if of.name == "workers"]
    assert workers.said["volumes"] == ["./workers.cfg:/usr/local/etc/haproxy/haproxy.cfg:ro"]


def test_the_service_of_workers_leads_to_workers_and_to_nobody_else() -> None:
    wanted = one("Service", "workers")["spec"]["selector"].items()
    led = [
        name
        for name in ("worker", "page")
        if wanted <= one("Deployment", name)["spec"]["template"]["metadata"]["labels"].items()
    ]
    assert led == ["worker"]


async def test_the_plan_of_the_example_runs_with_its_tools() -> None:
    async with TestFlow(settings=Settings(tools=["tools.py"], folder=HOUSE)) as flow:
        run = await flow.run(HOUSE / "plan.py", {"article": "nails"})
        assert await flow.finish(run) == {"first": 300, "again": 300}
