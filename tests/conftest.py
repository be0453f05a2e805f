"""For every test: how many examples hypothesis makes, and what is made once for all of them."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from .fakes import commands, elsewhere, grouped, postgres, restate, signatures
from .fakes.blank import copied
from .fakes.perturbed import SEED, order  # noqa: F401  # pytest finds it here
from .fakes.untraced import pytest_runtest_protocol  # noqa: F401  # pytest finds it here
from .fakes.warm import warm
from .skipping import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401  # pytest finds them here

settings.register_profile("default", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("nightly", deadline=None, max_examples=2000, suppress_health_check=list(HealthCheck))
os.environ.pop("COLUMNS", None)  # the processes of xdist have it, and what commands print keeps to it
signal.signal(signal.SIGINT, signal.default_int_handler)  # it is ignored in the background, also by all that is started
settings.load_profile(os.environ.get("AGENTFLOW_HYPOTHESIS", "default"))


def pytest_xdist_auto_num_workers() -> int:
    """One process of tests more than there are processors: a test that waits for something leaves its own idle."""
    return (os.cpu_count() or 1) + 1


def pytest_report_header() -> str | None:
    """By which seed the order of things is disturbed."""
    return f"perturbed: AGENTFLOW_PERTURB={SEED}" if SEED else None


@pytest.hookimpl(wrapper=True)
def pytest_collection_finish(session: pytest.Session) -> Iterator[None]:
    """What is imported by now stays: to look through it for what can be thrown away took half a second each time."""
    with grouped.told(session.items):
        yield
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def warm_guests() -> Iterator[None]:
    """The processes of plans come from servers that have imported everything once."""
    with warm():
        yield


@pytest.fixture(scope="session", autouse=True)
def warm_commands() -> Iterator[None]:
    """Commands that are processes of their own come from one that has read them all."""
    with commands.warm():
        yield


@pytest.fixture(scope="session", autouse=True)
def known_signatures() -> Iterator[None]:
    """Tools that are defined again and again are read once."""
    with signatures.known():
        yield


@pytest.fixture(scope="session", autouse=True)
def blank_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The tables of a new database have been made once."""
    with copied(tmp_path_factory.mktemp("blank")):
        yield


@pytest.fixture(scope="session")
def database_server() -> Iterator[postgres.Server]:
    """A PostgreSQL server, for as many databases as are wanted."""
    if postgres.found() is None:
        pytest.skip(postgres.WITHOUT)
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def restate_server() -> Iterator[restate.Server]:
    """A server of Restate, for all who do not kill it: each has a service of its own."""
    if restate.found() is None:
        pytest.skip(restate.WITHOUT)
    with restate.running() as server:
        yield server


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--store postgres`: what is tested of houses is tested on a server."""
    parser.addoption("--store", choices=["sqlite", "postgres"], default="sqlite", help="where houses of tests live")


@pytest.fixture(scope="session", autouse=True)
def store_of_houses(request: pytest.FixtureRequest) -> Iterator[None]:
    """Houses live where `--store` says, also those that several tests share."""
    if request.config.getoption("--store") == "sqlite":
        yield
        return
    with elsewhere.instead(request.getfixturevalue("database_server")):
        yield


@pytest.fixture(autouse=True)
def where(request: pytest.FixtureRequest, store_of_houses: None) -> Iterator[None]:
    """Those of a test live on a server where it says so (`tests/fakes/elsewhere.py`)."""
    if getattr(request, "param", "a file") == "a file":
        yield
        return
    with elsewhere.instead(request.getfixturevalue("database_server")):
        yield


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is about files is not tested on a server."""
    if config.getoption("--store") == "postgres":
        items[:] = [item for item in items if item.get_closest_marker("of_a_file") is None]
