"""agentflow serve: a worker, the same verbs over HTTP, and the page, in one process."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Annotated

import typer

from .listening import address, listen
from .logs import log_to_stderr
from .session import Engine, RestateUrl, Session, command
from .work import stoppable, until

log = logging.getLogger("agentflow.serve")

SELDOM = 500
"""How many looks for garbage among what is younger come before one among all that was made since the start, in which
nobody is answered for 50 ms. With CPython's 10, under load, that is every few seconds; and most garbage dies young."""

Host = Annotated[str, typer.Option("--host", metavar="HOST", help="The address to listen on.")]
Port = Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="The port; 0 takes a free one.")]


@command
async def serve(
    session: Session,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    engine: Engine = None,
    restate_url: RestateUrl = None,
) -> None:
    """Run what is due and answer over HTTP, until Ctrl-C or SIGTERM: then requests and attempts finish."""
    session.here()
    log_to_stderr(logging.INFO)
    with beginning() as begun, listen(host, port) as listener:
        import_module("agentflow.app")  # first: two threads that read the same modules might see each other's half
        rooms = asyncio.create_task(read_rooms())
        async with session.open(worker=True, engine={"--engine": engine, "--restate-url": restate_url}) as flow:
            await rooms
            from ..page import Site
            from ..web.entry import check_reach, is_loopback
            from ..web.server import serving

            keyed = await check_reach(flow, host, session.settings.serve.url)
            app = Site(flow, session.settings.serve, local=is_loopback(host))
            with stoppable() as stopped:
                async with serving(app, app.ending, listener):
                    begun()
                    log.info("answers on %s; Ctrl-C ends it", address(listener.getsockname()))
                    if not keyed:
                        log.info("no key is needed on this machine until `%s`", session.command("key create"))
                    await until(stopped, None)
            log.info("ending: attempts in flight finish first; a second Ctrl-C ends at once")
    log.info("the service has ended")


async def read_rooms() -> None:
    """Read the rooms of the service beside what the house begins, which waits for processes most of the time."""
    for room in ("agentflow.page", "agentflow.web.server"):
        await asyncio.to_thread(import_module, room)


@contextmanager
def beginning() -> Iterator[Callable[[], None]]:
    """Until the function that is given is called, nobody looks for garbage: what is read and built now stays.

    It is not looked through later either, while requests wait.
    """
    before = gc.get_threshold()
    gc.disable()
    try:
        yield _begun
    finally:
        gc.set_threshold(*before)
        gc.enable()


def _begun() -> None:
    gc.freeze()
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, SELDOM)
    gc.enable()
