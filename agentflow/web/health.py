"""What the process behind the service is and can do: its tools and workers, whether it is up and ready."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from ..app.readiness import layers, unready
from ..records import Principal, ToolSpec
from .answers import Flow, Listed, listed
from .problems import problem
from .routes import Routes

router = Routes()
open_router = Routes("", tags=["health"])
"""What is answered without a key."""

ROOT = "agentflow: the API is under /v1/, and /openapi.json describes it\n"


@router.get("/tools", tags=["tools"])
async def list_tools(flow: Flow) -> Listed[ToolSpec]:
    """Every tool that plans may call."""
    return listed(flow.tools)


@router.get("/tools/secrets", tags=["tools"])
async def list_secrets(flow: Flow) -> dict[str, dict[str, bool]]:
    """Of each tool that names secrets: which, and whether the server has them."""
    return await flow.secrets()


@router.get("/me", tags=["keys"])
async def show_me(flow: Flow) -> Principal:
    """Who asks: the key's name, its tenant and its roles."""
    return flow.principal


@router.get("/workers", tags=["health"])
async def list_workers(flow: Flow) -> Listed[str]:
    """The ids of the workers that are alive."""
    return listed(await flow.workers())


@open_router.get("/", response_class=PlainTextResponse)
async def root() -> str:
    """Where to go from here."""
    return ROOT


@open_router.get("/healthz")
async def healthz(flow: Flow) -> dict[str, dict[str, str | None]]:
    """The process is up. For each layer of the wall around plans: null where it holds, else why it does not."""
    return {"layers": await layers(flow)}


@open_router.get("/readyz", response_class=JSONResponse)
async def readyz(request: Request, flow: Flow) -> Response:
    """Whether work can be done now: the database can be written, a worker is alive."""
    if lacking := await unready(flow):
        return problem(request.url.path, 503, "; ".join(lacking))
    return JSONResponse({"ready": True})
