"""Files that a browser loads beside the pages: the style, and htmx with its part for server-sent events.

htmx 4.0.1 (https://htmx.org, zero-clause BSD) is here as its package on npm has it: `dist/htmx.min.js` and
`dist/ext/hx-sse.min.js`.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..graph.style import PAGE

FOLDER = Path(__file__).parent / "static"
_MEDIA = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_MADE = {"graph.css": PAGE}
"""Files that are written elsewhere: the style of the pictures of plans."""
_KEPT = {"cache-control": "public, max-age=31536000, immutable"}


@cache
def content(name: str) -> bytes:
    """What a file holds."""
    return _MADE[name].encode() if name in _MADE else (FOLDER / name).read_bytes()


@cache
def address(name: str) -> str:
    """Where a file is: another address once it is another file, so that browsers may keep it."""
    return f"/static/{name}?{sha256(content(name)).hexdigest()[:12]}"


async def static(request: Request) -> Response:
    """A file by its name."""
    name = request.path_params["name"]
    if name not in names():
        raise HTTPException(404)
    return Response(content(name), media_type=_MEDIA[Path(name).suffix], headers=_KEPT)


@cache
def names() -> frozenset[str]:
    """The files that there are."""
    return frozenset({*_MADE, *(file.name for file in FOLDER.iterdir() if file.suffix in _MEDIA)})


ROUTES = [Route("/static/{name}", static)]
