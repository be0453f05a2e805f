"""Defects of the way out: each rule of it taken away, with the rest left as it is."""

from __future__ import annotations

from .defects import Defect

OUTBOUND_FILE = "agentflow/tools/outbound.py"
TARGETS = "agentflow/tools/targets.py"
WAY = ("tests/tools/test_outbound.py",)
TLS = ("tests/tools/test_tls.py",)

OUTBOUND = (
    Defect(
        "the connection goes to the name, and not to the address that was looked at",
        OUTBOUND_FILE,
        "request.url = request.url.copy_with(host=address)",
        "request.url = request.url.copy_with()",
        WAY,
    ),
    Defect(
        "the certificate is checked for the address",
        OUTBOUND_FILE,
        '"sni_hostname": place(url).name, ',
        "",
        TLS,
    ),
    Defect(
        "one public address is enough",
        OUTBOUND_FILE,
        "        for address in addresses:\n            if what",
        "        for address in addresses[:1]:\n            if what",
        WAY,
    ),
    Defect("a key goes to every host", OUTBOUND_FILE, " if host.covers(place(url)) for name", " for name", WAY),
    Defect("no agent's hosts are looked at", TARGETS, "if not allowed(order.hosts, there):", "if not there:", WAY),
    Defect("a user in a URL is let through", TARGETS, " or url.userinfo:", ":", WAY),
    Defect("an odd spelling of a host is let through", TARGETS, "canonical(place(url).name)", "place(url).name", WAY),
    Defect(
        "a redirect leads to another port",
        TARGETS,
        "(one.scheme, one.userinfo, one.raw_host, one.port) for",
        "(one.scheme, one.userinfo, one.raw_host) for",
        WAY,
    ),
    Defect(
        "a redirect leads to another host",
        TARGETS,
        "(one.scheme, one.userinfo, one.raw_host, one.port) for",
        "(one.scheme, one.userinfo, one.port) for",
        WAY,
    ),
    Defect("a POST is sent again where it is redirected", TARGETS, "if method not in SAFE or", "if", WAY),
    Defect(
        "a bomb is counted when it has burst",
        OUTBOUND_FILE,
        "            if len(body) > ANSWER_BYTES:\n                raise",
        "        if len(body) > ANSWER_BYTES:\n                raise",
        WAY,
    ),
    Defect(
        "what is packed twice is unpacked twice",
        OUTBOUND_FILE,
        "if packed not in _UNPACKED:",
        "if not packed.strip:",
        WAY,
    ),
    Defect(
        "the time is that of each wait",
        OUTBOUND_FILE,
        "async with asyncio.timeout(order.timeout):",
        "async with asyncio.timeout(None):",
        WAY,
    ),
    Defect(
        "a broken POST counts as not sent",
        OUTBOUND_FILE,
        "if progress.sent and order.method not in REPEATABLE:",
        "if progress.sent and not order.method:",
        WAY,
    ),
    Defect(
        "a handshake that is given up stays open",
        OUTBOUND_FILE,
        "            self.streams.append(info",
        "            self.streams.count(info",
        TLS,
    ),
)
