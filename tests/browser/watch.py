"""What a browser may not have done while a test looked at the page; any of it fails the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Dialog, Request, Response, WebError

TELL = """
document.addEventListener("securitypolicyviolation", (event) => console.error(
    `CSP refused ${event.blockedURI} by ${event.effectiveDirective}: ${event.sample}`));
"""
"""Chromium's own line does not come for everything that a policy refuses."""
TOLD = "Failed to load resource: the server responded with a status of"
"""How Chromium says once more that a status was an error."""


class Watch:
    """Looks at all pages of a context. `home` is the only address that they may ask."""

    def __init__(self, context: BrowserContext, home: str) -> None:
        self.complaints: list[str] = []
        self._home = urlsplit(home).netloc
        self._expected = set[int]()
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("dialog", self._dialog)
        context.on("request", self._request)
        context.on("requestfailed", self._failed)
        context.on("response", self._response)

    @contextmanager
    def expecting(self, *statuses: int) -> Iterator[None]:
        """Let answers have one of these statuses meanwhile."""
        self._expected |= set(statuses)
        yield
        self._expected -= set(statuses)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(TOLD):
            self.complaints.append(f"console: {message.text}")

    def _error(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")

    async def _dialog(self, dialog: Dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).netloc not in (self._home, ""):
            self.complaints.append(f"asked elsewhere: {request.url}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # whoever leaves a page lets go of its stream
            self.complaints.append(f"failed: {request.url}: {request.failure}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._expected:
            self.complaints.append(f"status {response.status}: {response.request.method} {response.url}")
