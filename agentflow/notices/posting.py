"""A notice on its way: a webhook, a Slack incoming webhook, a mail. Blocking, so each is sent from a thread.

Where it goes is said in the settings, by whoever has the machine: the walls that plans' requests have do not stand
here, and an address of one's own network is fine. Redirects are not followed, and no proxy of the environment is used.
"""

from __future__ import annotations

import json
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

from ..records import Json
from ..settings import NotifySettings
from .signing import HEADER, signature

SECONDS = 10.0
"""For which a server may keep us waiting."""


class Unsent(Exception):
    """The other side has not taken it. The words say why, and tell no secret."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent: an id that stays the same over tries, a line for people, and a document for programs."""

    id: str
    text: str
    document: Json
    at: float
    url: str | None = None
    """Where people go on, in a line of its own."""

    def lines(self) -> str:
        """What people read."""
        return f"{self.text}\n{self.url}" if self.url else self.text


def post(way: NotifySettings, secret: str | None, parcel: Parcel) -> None:
    """Send it. Raises `Unsent`."""
    try:
        match way.kind:
            case "webhook":
                _webhook(str(way.url), secret or "", parcel)
            case "slack":
                _post(secret or "", json.dumps({"text": _shown(parcel.lines())}).encode(), {})
            case _:
                _mail(way, secret, parcel)
    except (OSError, HTTPException, smtplib.SMTPException, ValueError) as error:
        raise Unsent(f"{type(error).__name__}: {str(error) or 'no answer'}"[:500]) from error


def _shown(text: str) -> str:
    """A text as Slack shows it: what it would take for a link, or a call to all of a channel, stays as it is."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _webhook(url: str, secret: str, parcel: Parcel) -> None:
    body = json.dumps(parcel.document, ensure_ascii=False).encode()
    _post(url, body, {HEADER: signature(secret, parcel.at, body), "Agentflow-Delivery": parcel.id})


def _post(url: str, body: bytes, headers: dict[str, str]) -> None:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    make = HTTPSConnection if secure else HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=SECONDS)
    try:
        place = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        connection.request("POST", place, body, {"Content-Type": "application/json", **headers})
        with connection.getresponse() as answer:  # it holds the socket too
            if not 200 <= answer.status < 300:
                raise Unsent(f"it answered {answer.status} {answer.reason}"[:500])
    finally:
        connection.close()


def _mail(way: NotifySettings, secret: str | None, parcel: Parcel) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"] = str(way.sender), ", ".join(way.to)
    letter["Subject"] = " ".join(f"[agentflow] {parcel.text}".split())[:150]
    letter["Message-ID"] = f"<{parcel.id.replace('/', '.')}@agentflow>"
    letter.set_content(f"{parcel.lines()}\n\n{json.dumps(parcel.document, indent=2, ensure_ascii=False)}\n")
    with smtplib.SMTP(str(way.server), way.port, timeout=SECONDS) as server:
        if way.tls:
            server.starttls(context=ssl.create_default_context())
        if way.user:
            server.login(way.user, secret or "")
        server.send_message(letter)
