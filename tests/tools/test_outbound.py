"""The way out, against servers on this machine that say exactly the bytes they were told to."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from agentflow.errors import ToolError, UnknownOutcome
from agentflow.tools.hosts import read
from agentflow.tools.order import Order
from agentflow.tools.outbound import ANSWER_BYTES, AT_ONCE, Outbound

from .site import NAME, Names, Site, here, outbound, said

MIB = 2**20


# What is sent, and what comes back


async def test_an_answer_has_status_headers_body_and_url() -> None:
    async with Site(said(b'{"n": 1}', content_type="application/json", X_Note="a")) as site:
        answer = await outbound().send(site.order(path="items", params={"q": "a b&c", "n": [1, 2]}))
        assert (answer.status, answer.body) == (200, {"n": 1})
        assert (answer.headers["content-type"], answer.headers["x-note"]) == ("application/json", "a")
        assert answer.url == f"{site.url}items?q=a+b%26c&n=1&n=2"
    assert site.heard[0].line == "GET /items?q=a+b%26c&n=1&n=2 HTTP/1.1"


@pytest.mark.parametrize("status", ["404 Not Found", "429 Too Many Requests", "500 Oh", "304 Not Modified", "299 Odd"])
async def test_every_status_is_an_answer(status: str) -> None:
    async with Site(said(status=status)) as site:
        assert (await outbound().send(site.order())).status == int(status[:3])


async def test_a_request_carries_what_the_order_says_and_little_else() -> None:
    async with Site(said()) as site:
        await outbound().send(site.order("POST", headers={"x-note": "a"}, content=b"body"))
    (heard,) = site.heard
    assert (heard.line, heard.body) == ("POST / HTTP/1.1", b"body")
    assert heard.headers == {
        "host": f"{NAME}:{site.port}",
        "x-note": "a",
        "accept-encoding": "gzip, deflate",
        "connection": "close",
        "content-length": "4",
    }


async def test_a_part_of_the_query_stays_beside_the_params_and_the_fragment_is_not_sent() -> None:
    async with Site(said()) as site:
        await outbound().send(site.order(path="?a=1#there", params={"b": "2"}))
    assert site.heard[0].line == "GET /?a=1&b=2 HTTP/1.1"


async def test_an_answer_to_head_has_no_body() -> None:
    async with Site(said(content_length="1000000000")) as site:
        assert (await outbound().send(site.order("HEAD"))).body is None


async def test_what_is_chunked_is_put_together() -> None:
    async with Site(said(content_length="", transfer_encoding="chunked").replace(b"content-length: \r\n", b"")
                    + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n") as site:  # fmt: skip
        assert (await outbound().send(site.order())).body == "abcde"


async def test_cookies_and_connections_are_not_kept() -> None:
    async with Site(said(set_cookie="a=b", connection="keep-alive")) as site:
        way = outbound()
        for _ in range(2):
            await way.send(site.order())
    assert [heard.headers.get("cookie") for heard in site.heard] == [None, None]


async def test_nothing_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text(f"machine {NAME} login ada password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with Site(said()) as site:
        assert (await outbound().send(site.order())).status == 200
    assert "authorization" not in site.heard[0].headers


async def test_bound_headers_go_to_their_hosts_only_and_over_the_plans() -> None:
    async with Site(said()) as site:
        bound = [(read(site.place), {"x-key": "ours"}), (read("http://other.test"), {"x-key": "theirs", "x-more": "y"})]
        await outbound().send(site.order(headers={"x-key": "mine", "x-note": "a"}, bound=bound))
        await outbound().send(site.order(headers={"x-key": "mine"}, bound=bound[1:]))
    assert [heard.headers["x-key"] for heard in site.heard] == ["ours", "mine"]
    assert [heard.headers.get("x-more") for heard in site.heard] == [None, None]
    assert site.heard[0].headers["x-note"] == "a"


# Where it may go


@pytest.mark.parametrize(
    ("url", "entry"),
    [
        ("https://example.org/", "example.org"),
        ("https://example.org:8443/", "example.org:8443"),
        ("http://example.org/", "http://example.org"),
        ("http://example.com/", "http://example.com"),
        ("https://example.com:8443/", "example.com:8443"),
        ("https://example.com.evil.org/", "example.com.evil.org"),
        ("https://evil.org\\.example.com/", None),
        ("https://example.com%2eevil.org/", None),
        ("https://EXAMPLE.org/", "example.org"),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://[2606:4700:0::1111]/", "[2606:4700::1111]"),
        ("https://1。1。1。1/", "1.1.1.1"),
    ],
)
async def test_a_host_that_the_agent_was_not_given_is_refused_with_how_to_allow_it(url: str, entry: str | None) -> None:
    names = Names(["1.1.1.1"])
    said = rf"may not send requests to {entry}: allow it .* --host {entry} --update`, .* hosts = \["
    with pytest.raises(
        ToolError, match=said.replace("[2606:4700::1111]", ".*") if entry else "cannot be used: .* is no name of a host"
    ):
        await Outbound(resolve=names).send(Order("GET", url, ("example.com",)))
    assert names.asked == []


async def test_without_hosts_nothing_is_allowed() -> None:
    with pytest.raises(ToolError, match="may not send requests to example"):
        await Outbound(resolve=here).send(Order("GET", "https://example.com/"))


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("https://ada@example.com/", "without a user or password in it"),
        ("https://example.com:x@example.com/", "without a user or password in it"),
        ("https://example.com@evil.org/", "without a user or password in it"),
        ("ftp://example.com/", "write https://host/path"),
        ("file:///etc/passwd", "write https://host/path"),
        ("example.com", "write https://host/path"),
        ("//example.com/", "write https://host/path"),
        ("https:///path", "write https://host/path"),
        ("", "write https://host/path"),
        ("https://example.com:0/", "there is no port 0"),
        ("https://example.com:65536/", "there is no port 65536"),
        ("https://example.com:-1/", "there is no port -1"),
        ("https://example.com:x/", "Invalid port"),
        ("https://example.com/\r\nHost: evil.org", "non-printable"),
        ("https://127.1/", "is no name of a host"),
        ("https://2130706433/", "is no name of a host"),
        ("https://0x7f.1/", "is no name of a host"),
        ("https://0177.0.0.1/", "Invalid IPv4 address"),
        ("https://example.com./", "is no name of a host"),
        ("https://[fe80::1%25lo]/", "is no name of a host"),
        ("https://[::1/", "Invalid port"),
    ],
)
async def test_a_url_that_can_be_read_in_two_ways_is_refused(url: str, cause: str) -> None:
    with pytest.raises(ToolError, match=f"the URL .* cannot be used: .*{cause}"):
        await Outbound(resolve=here).send(Order("GET", url, ("example.com",)))


@pytest.mark.parametrize(("path", "params"), [("a" * 8_192, {}), ("", {"q": "ü" * 8_192}), ("", {"q": ["a"] * 3_000})])
async def test_a_url_has_a_limit(path: str, params: dict[str, Any]) -> None:
    order = Order("GET", f"https://example.com/{path}", ("example.com",), params)
    with pytest.raises(ToolError, match="the URL with its params is longer than 8192 characters; send them as a body"):
        await Outbound(resolve=here).send(order)


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["64:ff9b::7f00:1"],
        ["fd00:ec2::254"],
    ],
)
async def test_a_name_at_an_address_that_is_not_public_is_refused(addresses: list[str]) -> None:
    with pytest.raises(ToolError, match=r"GET https://example.com/: example.com is at .* that is not public"):
        await Outbound(resolve=Names(addresses)).send(Order("GET", "https://example.com/", ("example.com",)))


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"])
async def test_an_address_in_the_url_is_looked_at_as_well_even_if_the_agent_was_given_it(host: str) -> None:
    with pytest.raises(ToolError, match="that is not public"):
        await Outbound().send(Order("GET", f"http://{host}:1/", (f"http://{host}:1",)))


async def test_one_address_that_is_not_public_spoils_the_whole_name() -> None:
    """A name of both kinds is a trap, or a mistake that would only sometimes be seen."""
    async with Site(said()) as site:
        with pytest.raises(ToolError, match=r"is at 10\.0\.0\.1"):
            await outbound(resolve=Names(["127.0.0.1", "10.0.0.1"])).send(site.order())
    assert site.heard == []


async def test_the_connection_goes_to_the_very_address_that_was_looked_at() -> None:
    """DNS rebinding: a second answer would lead elsewhere, and nobody asks for it."""
    async with (
        Site(said(b"checked"), host="127.0.0.2") as site,
        Site(said(b"other"), host="127.0.0.1", port=site.port) as other,
    ):
        names = Names(["127.0.0.2"], ["127.0.0.1"])
        assert (await outbound(resolve=names).send(site.order())).body == "checked"
    assert (names.asked, other.heard) == ([(NAME, site.port)], [])
    assert site.heard[0].headers["host"] == f"{NAME}:{site.port}"


async def test_addresses_that_do_not_answer_are_passed_over() -> None:
    async with Site(said()) as site:
        names = Names(["127.0.0.3", "127.0.0.4", "127.0.0.1"])
        assert (await outbound(resolve=names).send(site.order("POST"))).status == 200


@pytest.mark.parametrize("addresses", [[], ["127.0.0.3"], [f"127.0.0.{n}" for n in (3, 4, 5, 6, 1)]])
async def test_where_nobody_answers_nothing_happened(addresses: list[str]) -> None:
    """At most four addresses are tried."""
    async with Site(said()) as site:
        with pytest.raises(ConnectionError, match=rf"POST http://{NAME}:\d+/: the connection failed"):
            await outbound(resolve=Names(addresses)).send(site.order("POST"))


async def test_a_name_that_does_not_resolve_is_a_known_failure() -> None:
    with pytest.raises(ConnectionError, match=r"POST https://no-such-name\.invalid/: the connection failed"):
        await Outbound().send(Order("POST", "https://no-such-name.invalid/", ("no-such-name.invalid",)))


# Redirects


def moved(to: str, status: str = "302 Found") -> bytes:
    return said(b"gone", status, location=to)


@pytest.mark.parametrize("status", ["301 A", "302 B", "303 C", "307 D", "308 E"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_redirect_to_the_same_place_is_followed(method: str, status: str) -> None:
    async with Site(said(status=status, location="next?b=1#x"), said()) as site:
        answer = await outbound().send(site.order(method, "a/b?secret=1"))
        assert (answer.status, answer.url) == (200, f"{site.url}a/next?b=1")
    assert [heard.line for heard in site.heard] == [
        f"{method} /a/b?secret=1 HTTP/1.1",
        f"{method} /a/next?b=1 HTTP/1.1",
    ]


@pytest.mark.parametrize(
    "to",
    [
        *("http://other.test:{port}/", "http://site.test:1/", "https://site.test:{port}/", "//other.test/"),
        *("http://ada@site.test:{port}/", "file:///etc/passwd", "http://127.0.0.1:{port}/", "http://[::1/", "\x01"),
    ],
)
async def test_a_redirect_to_another_place_is_an_answer(to: str) -> None:
    async with Site(b"") as site:
        to = to.format(port=site.port)
        site._acts[:] = [moved(to)]
        order = site.order()
        answer = await outbound().send(Order(order.method, order.url, (*order.hosts, "http://other.test:1")))
        assert (answer.status, answer.headers["location"], answer.body) == (302, to, "gone")
    assert len(site.heard) == 1


async def test_a_redirect_without_a_location_and_one_after_post_are_answers() -> None:
    async with Site(said(status="302 Found"), moved("/next")) as site:
        assert (await outbound().send(site.order())).status == 302
        assert (await outbound().send(site.order("POST"))).status == 302
    assert len(site.heard) == 2


async def test_five_redirects_are_followed_and_no_more() -> None:
    async with Site(*[moved(f"/{n}") for n in range(5)], said(b"there")) as site:
        assert (await outbound().send(site.order())).body == "there"
    async with Site(moved("/again")) as site:
        with pytest.raises(
            ToolError, match=r"the answer cannot be used: more than 5 redirects, the last one to .*/again"
        ):
            await outbound().send(site.order())
    assert len(site.heard) == 6


async def test_the_address_is_looked_at_again_for_each_redirect() -> None:
    async with Site(moved("/next"), said()) as site:
        with pytest.raises(ToolError, match=r"is at 169\.254\.169\.254"):
            await outbound(resolve=Names(["127.0.0.1"], ["169.254.169.254"])).send(site.order())
    assert len(site.heard) == 1


# Limits of size


@pytest.mark.parametrize(
    ("method", "error"), [("GET", ToolError), ("DELETE", UnknownOutcome), ("POST", UnknownOutcome)]
)
async def test_an_answer_that_is_too_long_is_known_only_where_nothing_can_have_happened(
    method: str, error: type[Exception]
) -> None:
    async with Site(said(b"x" * (ANSWER_BYTES + 1))) as site:
        with pytest.raises(error, match=f"{method} .*: the answer cannot be used: it is longer than 1048576 bytes"):
            await outbound().send(site.order(method))


async def test_an_answer_of_just_the_limit_is_fine() -> None:
    async with Site(said(b"x" * ANSWER_BYTES)) as site:
        assert len((await outbound().send(site.order())).body) == ANSWER_BYTES


async def _without_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def test_a_body_without_an_end_is_cut() -> None:
    async with Site(_without_end) as site:
        with pytest.raises(ToolError, match="longer than 1048576 bytes"):
            await outbound().send(site.order())
    assert site.broken_off == 1


@pytest.mark.parametrize(("coding", "wbits"), [("gzip", 31), ("deflate", 15), ("deflate", -15), ("GZIP", 31)])
async def test_what_is_packed_is_unpacked(coding: str, wbits: int) -> None:
    packer = zlib.compressobj(wbits=wbits)
    async with Site(said(packer.compress(b"packed") + packer.flush(), content_encoding=coding)) as site:
        assert (await outbound().send(site.order())).body == "packed"


async def test_a_bomb_is_stopped_while_it_inflates() -> None:
    bomb = gzip.compress(bytes(32 * MIB))
    async with Site(said(bomb, content_encoding="gzip")) as site:
        tracemalloc.start()
        try:
            with pytest.raises(ToolError, match="longer than 1048576 bytes"):
                await outbound().send(site.order())
            assert tracemalloc.get_traced_memory()[1] < 8 * MIB
        finally:
            tracemalloc.stop()


@pytest.mark.parametrize("coding", ["gzip, gzip", "br", "zstd", "identity, gzip"])
async def test_other_packings_are_refused(coding: str) -> None:
    async with Site(said(gzip.compress(gzip.compress(b"x")), content_encoding=coding)) as site:
        with pytest.raises(ToolError, match=f"it is packed as '{coding}', which was not asked for"):
            await outbound().send(site.order())


async def test_what_cannot_be_unpacked_is_a_failed_connection() -> None:
    async with Site(said(b"no gzip", content_encoding="gzip")) as site:
        with pytest.raises(ConnectionError):
            await outbound().send(site.order())
        with pytest.raises(UnknownOutcome):
            await outbound().send(site.order("POST"))


async def test_headers_have_a_limit() -> None:
    fields = "".join(f"x-{n}: \r\n" for n in range(101))
    async with Site(f"HTTP/1.1 200 OK\r\n{fields}\r\n".encode()) as site:
        with pytest.raises(ToolError, match="it has 101 headers, the limit is 100"):
            await outbound().send(site.order())


async def _headers_without_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nx: ")
    while True:
        writer.write(b"x" * 65_536)
        await writer.drain()


async def test_a_header_without_an_end_is_cut() -> None:
    async with Site(_headers_without_end) as site:
        with pytest.raises(ConnectionError):
            await outbound().send(site.order())
    assert site.broken_off == 1


# Limits of time, and broken connections


async def _drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close without a word."""


async def _half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(said(content_length="100") + b"half")


async def _silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()  # until the client gives up


async def _slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Always says a little more, so that no wait for one byte is long."""
    for byte in said(b"x" * 1000):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("act", [_drop, _half, b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n"])
@pytest.mark.parametrize(
    ("method", "error"),
    [
        *(("GET", ConnectionError), ("HEAD", ConnectionError), ("PUT", ConnectionError), ("DELETE", ConnectionError)),
        *(("POST", UnknownOutcome), ("PATCH", UnknownOutcome)),
    ],
)
async def test_what_breaks_after_the_request_is_known_only_where_repeating_it_does_no_harm(
    act: Any, method: str, error: type[Exception]
) -> None:
    if act is _half and method == "HEAD":
        act = _drop
    async with Site(act) as site:
        with pytest.raises(error, match=f"{method} http://{NAME}:.*the connection failed"):
            await outbound().send(site.order(method))


@pytest.mark.parametrize("act", [_silent, _slow])
@pytest.mark.parametrize(("method", "error"), [("GET", TimeoutError), ("POST", UnknownOutcome)])
async def test_a_slow_server_is_cut_after_the_whole_time(act: Any, method: str, error: type[Exception]) -> None:
    async with Site(act) as site:
        with pytest.raises(error, match=r"no whole answer within 1 s"):
            await outbound().send(site.order(method, timeout=1))


async def test_a_slow_resolver_counts_and_nothing_happened() -> None:
    async def slow(host: str, port: int) -> Sequence[str]:
        await asyncio.sleep(30)
        return []

    with pytest.raises(TimeoutError, match=r"POST https://example.com/: no whole answer within 0\.05 s"):
        await Outbound(resolve=slow).send(Order("POST", "https://example.com/", ("example.com",), timeout=0.05))


class Crowd:
    """An act that counts how many are there, and lets them go when there are so many."""

    def __init__(self, size: int) -> None:
        self.most = 0
        self._size = size
        self._now = 0
        self._full = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._now += 1
        self.most = max(self.most, self._now)
        if self._now >= self._size:
            self._full.set()
        await self._full.wait()
        self._now -= 1
        writer.write(said())


async def test_an_agent_has_sixteen_requests_under_way_and_others_do_not_wait_for_it() -> None:
    async with Site(one := Crowd(AT_ONCE)) as site, Site(other := Crowd(AT_ONCE)) as beside:
        way = outbound()
        orders = [site.order(agent="ada") for _ in range(40)] + [beside.order(agent="bob") for _ in range(AT_ONCE)]
        answers = await asyncio.gather(*map(way.send, orders))
    assert ({answer.status for answer in answers}, one.most, other.most) == ({200}, AT_ONCE, AT_ONCE)


async def test_messages_show_no_query() -> None:
    async with Site(_drop) as site:
        with pytest.raises(ConnectionError) as caught:
            await outbound().send(site.order(path="a?key=hidden"))
    assert (f"GET {site.url}a: " in str(caught.value), "hidden" in str(caught.value)) == (True, False)
