"""The connection goes to an address; the certificate must be for the name."""

from __future__ import annotations

import ssl

import pytest
import trustme

from agentflow.tools.order import Order

from .site import NAME, Names, Site, outbound, said


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    trust = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(trust)
    return trust


def client(authority: trustme.CA) -> ssl.SSLContext:
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    return trust


async def test_certificate_and_sni_are_for_the_name_though_an_address_is_connected_to(authority: trustme.CA) -> None:
    trust, names = server(authority, NAME), list[str | None]()
    trust.sni_callback = lambda _, name, __: names.append(name)
    async with Site(said(b"safe"), trust=trust) as site:
        assert (await outbound(trust=client(authority)).send(site.order())).body == "safe"
    assert names == [NAME]


async def test_a_name_with_other_letters_is_checked_and_asked_for_in_its_ascii_form(authority: trustme.CA) -> None:
    name = "xn--bcher-kva.test"
    names, told = Names(["127.0.0.1"]), list[str | None]()
    trust = server(authority, name)
    trust.sni_callback = lambda _, name, __: told.append(name)
    async with Site(said(), trust=trust) as site:
        order = Order("GET", f"https://Bücher.test:{site.port}/", (f"{name}:{site.port}",))
        assert (await outbound(resolve=names, trust=client(authority)).send(order)).status == 200
    assert (told, names.asked, site.heard[0].headers["host"]) == ([name], [(name, site.port)], f"{name}:{site.port}")


@pytest.mark.parametrize("name", ["other.test", "127.0.0.1"])
async def test_a_certificate_for_another_name_is_refused_before_anything_is_sent(
    authority: trustme.CA, name: str
) -> None:
    async with Site(said(), trust=server(authority, name)) as site:
        with pytest.raises(ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            await outbound(trust=client(authority)).send(site.order("POST"))
    assert site.heard == []


async def test_the_systems_authorities_are_trusted_and_no_others(authority: trustme.CA) -> None:
    async with Site(said(), trust=server(authority, NAME)) as site:
        way = outbound()
        for _ in range(2):
            with pytest.raises(ConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
                await way.send(site.order())


async def test_a_server_without_tls_is_not_spoken_to_in_the_clear(authority: trustme.CA) -> None:
    async with Site(said()) as site:
        order = Order("POST", f"https://{NAME}:{site.port}/", (f"{NAME}:{site.port}",), timeout=0.3)
        with pytest.raises(TimeoutError):
            await outbound(trust=client(authority)).send(order)
    assert site.heard == []
