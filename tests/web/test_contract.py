"""The OpenAPI document is kept: whatever is asked by it, or beside it, no answer is a bug and none is undocumented.

What changes the house for whoever comes after (keys, tenants, the end of an agent) is asked elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from agentflow.app import AgentFlow
from agentflow.cli.listening import listen
from agentflow.settings import ServeSettings
from agentflow.web import service
from agentflow.web.server import serving

from ..fakes import office

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

NIGHTLY = os.environ.get("AGENTFLOW_HYPOTHESIS") == "nightly"
MODES = [(GenerationMode.POSITIVE, 50), (GenerationMode.NEGATIVE, 20)] if NIGHTLY else [(GenerationMode.POSITIVE, 4)]
"""What does not fit the document takes a minute to make up: what is refused is tested in test_problems.py as well."""
MANY = settings(
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a service in a thread of its own."""
    ready, ended = threading.Event(), threading.Event()
    found: list[str] = []

    async def serve() -> None:
        async with office.house(tmp_path_factory.mktemp("contract"), worker=False) as flow:
            await _furnished(flow)
            app = service(flow, ServeSettings(seconds=5.0))
            with listen("127.0.0.1", 0) as listener:
                async with serving(app, app.state.ending, listener):
                    found.append(f"http://127.0.0.1:{listener.getsockname()[1]}")
                    ready.set()
                    await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert ready.wait(60)
    yield found[0]
    ended.set()
    thread.join(60)


async def _furnished(flow: AgentFlow) -> None:
    agent = await flow.agents.create("clerk", model=office.MODEL, tools=["*"], review="never")
    await agent.register(office.WAITS)
    await agent.start(id="run-1")


@pytest.fixture(scope="module")
def document(served: str) -> Any:
    """The schema, without streams, which do not end, and without what nobody can use afterwards."""
    schema = schemathesis.openapi.from_url(f"{served}/openapi.json")
    return schema.exclude(path_regex="/stream$|/keys|/tenants|/archive|/readyz")


@pytest.mark.parametrize(("mode", "examples"), MODES)
def test_every_answer_is_one_that_the_document_tells(document: Any, mode: GenerationMode, examples: int) -> None:
    for found in document.get_all_operations():
        operation = found.ok()

        @settings(MANY, max_examples=examples)
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case: Any) -> None:
            case.call_and_validate(checks=CHECKS)

        # nothing can be wrong where nothing is given
        with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
            check()


def test_the_document_is_whole_and_needs_nothing_from_elsewhere(served: str, document: Any) -> None:
    told = document.raw_schema
    assert "Problem" in told["components"]["schemas"]
    operations = [one for path in told["paths"].values() for one in path.values()]
    assert all(one.get("description") for one in operations)
    assert len({one["operationId"] for one in operations}) == len(operations)
    assert all({"4XX", "5XX"} <= one["responses"].keys() for one in operations)
