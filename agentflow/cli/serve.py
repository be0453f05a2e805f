"""agentflow serve: a worker, the same verbs over HTTP, and the page, in one process."""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from .logs import log_to_stderr
from .session import Session, command
from .work import stoppable, until

log = logging.getLogger("agentflow.serve")

Host = Annotated[str, typer.Option("--host", metavar="HOST", help="The address to listen on.")]
Port = Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="The port; 0 takes a free one.")]


@command
async def serve(session: Session, host: Host = "127.0.0.1", port: Port = 8000) -> None:
    """Run what is due and answer over HTTP, until Ctrl-C or SIGTERM: then requests and attempts finish."""
    from ..page import Site
    from ..web.entry import check_reach, is_loopback
    from ..web.server import listen, serving

    session.here()
    log_to_stderr(logging.INFO)
    with listen(host, port) as listener:
        async with session.open(worker=True) as flow:
            keyed = await check_reach(flow, host)
            app = Site(flow, session.settings.serve, local=is_loopback(host))
            with stoppable() as stopped:
                async with serving(app, app.ending, listener):
                    log.info("answers on %s; Ctrl-C ends it", address(listener.getsockname()))
                    if not keyed:
                        log.info("no key is needed on this machine until `%s`", session.command("key create"))
                    await until(stopped, None)
            log.info("ending: attempts in flight finish first; a second Ctrl-C ends at once")
    log.info("the service has ended")


def address(name: tuple[str, int]) -> str:
    """The URL of a socket."""
    host, port = name[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
