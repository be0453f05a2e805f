"""What clients send over a real socket that mean harm or cannot speak: each is told so or cut off, and nobody else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from agentflow.app import AgentFlow
from agentflow.web import server

from ..fakes.afar import address
from ..fakes.waiting import until

TO_US = b"Host: localhost\r\nConnection: close\r\n"
ASKS = b"GET /v1/runs HTTP/1.1\r\nHost: localhost\r\n"

NO_REQUESTS = [
    ASKS + b"Host: evil.example\r\n\r\n",
    b"GET /v1/runs HTTP/1.1\r\n\r\n",
    b"POST /v1/goals HTTP/1.1\r\n" + TO_US + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    b"POST /v1/goals HTTP/1.1\r\n" + TO_US + b"Content-Length: -1\r\n\r\n",
    b"POST /v1/goals HTTP/1.1\r\n" + TO_US + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    ASKS + b"X-Bad: a\r b\r\n\r\n",
    ASKS + b"X Bad: a\r\n\r\n",
    b"GET /v1/runs/\xff HTTP/1.1\r\n" + TO_US + b"\r\n",
    b"GET http://evil.example/v1/runs HTTP/1.1\r\n" + TO_US + b"\r\n",
    b"OPTIONS * HTTP/1.1\r\n" + TO_US + b"\r\n",
    b"CONNECT localhost:443 HTTP/1.1\r\n" + TO_US + b"\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
]
TRICKS = [
    b"/v1/../v1/runs",
    b"/v1/%2e%2e/v1/runs",
    b"/v1/./runs",
    b"//v1/runs",
    b"//evil.example/",
    b"//evil.example//",
    b"/\\evil.example",
    b"/v1/runs;x=1",
    b"/v1/runs/..%2f..%2fetc%2fpasswd",
    b"/v1/runs/%00",
    b"/v1/agents/clerk%00",
    b"/v1/runs/a%0d%0aX-Evil:%201",
    b"/V1/RUNS",
]


@pytest.fixture
async def port(flow: AgentFlow) -> AsyncIterator[int]:
    async with address(flow) as url:
        yield int(url.rpartition(":")[2])


async def said(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """All that is answered to what a client sends, until the connection is closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await asyncio.sleep(pause)
        return await asyncio.wait_for(reader.read(), 60)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_what_is_no_request_is_answered_with_400_and_the_end(port: int) -> None:
    for sent in NO_REQUESTS:
        assert (await said(port, sent)).startswith(b"HTTP/1.1 400"), sent[:100]


async def test_a_head_without_end_is_not_read_to_its_end(port: int) -> None:
    for part in (b"X-Long: ", b"X", b"X-Many: a\r\nX: "):
        assert b"200 OK" not in await said(port, ASKS + part, *[b"a" * 60_000] * 10)


async def test_what_comes_after_a_body_in_pieces_is_not_kept_without_end(port: int) -> None:
    begun = b"POST /v1/goals HTTP/1.1\r\n" + TO_US + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
    for part in (b"X-Long: " + b"a" * 9_000, b"X: a\r\n" * 1_000):
        assert not await said(port, begun, *[part] * 10, pause=0.01)


async def test_a_long_body_is_no_long_head(port: int) -> None:
    body = b'{"agent": "nobody", "goal": "' + b"a" * 200_000 + b'"}'
    head = b"POST /v1/goals HTTP/1.1\r\n" + TO_US + b"Content-Type: application/json\r\n"
    whole = head + b"Content-Length: %d\r\n\r\n" % len(body)
    pieces = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body)
    for sent in (whole + body, pieces + body + b"\r\n0\r\n\r\n"):
        assert b'"status": 404' in await said(port, sent[:300], sent[300:9000], sent[9000:], pause=0.05)


async def test_no_trick_with_a_path_leads_anywhere(port: int) -> None:
    for path in TRICKS:
        answer = await said(port, b"GET " + path + b" HTTP/1.1\r\n" + TO_US + b"\r\n")
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 404"), path
        assert not {b"x-evil", b"location"} & {line.partition(b":")[0] for line in head.lower().splitlines()}, path
        assert b'"status": 404' in body, path


async def test_a_name_that_breaks_lines_breaks_none_in_the_log(port: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "agentflow.web")
    await said(port, b"GET /v1/runs/a%0d%0aERROR%20all%20is%20lost HTTP/1.1\r\n" + TO_US + b"\r\n")
    [line] = [record.getMessage() for record in caplog.records if record.name == "agentflow.web"]
    assert line.startswith("GET /v1/runs/a\\r\\nERROR all is lost 404")


async def test_a_connection_on_which_no_request_comes_is_cut_however_slowly_it_sends(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte now and then does not keep it: uvicorn alone would wait for the rest for ever."""
    monkeypatch.setattr(server, "SLOW", 0.1)
    assert await said(port) == b""
    assert await said(port, b"GET /v1/r") == b""
    assert await said(port, *[b"X"] * 30, pause=0.02) == b""


async def test_whoever_asks_again_on_one_connection_is_given_time_anew(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SLOW", 0.5)
    silence = [b""] * 5
    answers = await said(port, ASKS + b"\r\n", *silence, ASKS[:20], ASKS[20:] + b"\r\n", ASKS[:9], pause=0.1)
    assert answers.count(b"HTTP/1.1 200 OK") == 2


async def test_a_stream_is_not_cut_and_whoever_leaves_it_is_no_bug(
    port: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The time is for asking, not for listening."""
    caplog.set_level(logging.INFO, "agentflow.web")
    monkeypatch.setattr(server, "SLOW", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(), 0.4)
    writer.close()
    await writer.wait_closed()
    await until(lambda: any(record.name == "agentflow.web" for record in caplog.records))
    assert [record.getMessage() for record in caplog.records if record.levelno > logging.INFO] == []


async def test_nonsense_while_there_is_an_answer_ends_the_connection_without_a_trace(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    listens = b"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
    for asked, answered, nonsense in ((listens, b":\n", b"nonsense"), (ASKS + b"\r\n", b"]", b"\x00\r\n\r\n")):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(asked)
        assert b"200 OK" in await asyncio.wait_for(reader.readuntil(answered), 60)
        writer.write(nonsense)
        with suppress(ConnectionError):
            await asyncio.wait_for(reader.read(), 60)
        writer.close()
    assert [record for record in caplog.records if record.levelno > logging.WARNING] == []
