"""Every range that is not public, by an address of it: its first, its last, or one that people know."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import pytest

from agentflow.tools.addresses import special


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("0.0.0.0", "unspecified"),  # noqa: S104
        ("0.255.255.255", "unspecified"),
        ("10.0.0.0", "private"),
        ("10.255.255.255", "private"),
        ("100.64.0.0", "shared by a carrier's NAT"),
        ("100.100.100.200", "shared by a carrier's NAT"),
        ("100.127.255.255", "shared by a carrier's NAT"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.255", "loopback"),
        ("168.63.129.16", "metadata"),
        ("169.254.169.254", "link-local"),
        ("172.16.0.0", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.192", "reserved"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "6to4"),
        ("192.168.0.1", "private"),
        ("198.18.0.1", "benchmarking"),
        ("198.19.255.255", "benchmarking"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::8.8.8.8", "reserved"),
        ("::ffff:127.0.0.1", "IPv4 written as IPv6"),
        ("::ffff:8.8.8.8", "IPv4 written as IPv6"),
        ("64:ff9b::7f00:1", "NAT64"),
        ("64:ff9b:1::1", "NAT64"),
        ("100::1", "reserved"),
        ("2001::1", "reserved"),
        ("2001:20::1", "reserved"),
        ("2001:db8::1", "documentation"),
        ("2002:7f00:1::", "6to4"),
        ("3fff::1", "documentation"),
        ("4000::1", "reserved"),
        ("5f00::1", "reserved"),
        ("fc00::1", "private"),
        ("fd00:ec2::254", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("ff02::1", "multicast"),
        ("localhost", "unreadable"),
        ("127.1", "unreadable"),
        ("", "unreadable"),
    ],
)
def test_an_address_that_is_not_public_is_known_by_what_it_is(address: str, what: str) -> None:
    assert special(address) == what


@pytest.mark.parametrize(
    "address",
    [
        *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"),
        *(
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
        ),
        *("192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"),
        *("2001:200::1", "2606:4700:4700::1111", "2a00:1450:4001::1", "2003::1", "3ffe::1"),
    ],
)
def test_the_neighbours_of_those_ranges_are_public(address: str) -> None:
    assert special(address) is None


def test_whatever_python_itself_calls_not_global_is_not_public() -> None:
    """A second opinion: the library's own table, asked at both ends of every block of 256 that it might split."""
    blocks = [
        ip_network((first << 24 | second << 16 | third << 8, 24)) for first in range(256) for second, third in EDGES
    ]
    wrong = [address for block in blocks for address in (block[0], block[255]) if not _agree(str(address))]
    assert wrong == []


EDGES = [(0, 0), (0, 2), (2, 0), (18, 1), (31, 255), (51, 100), (64, 0), (88, 99), (127, 255), (168, 0), (254, 169)]


def _agree(address: str) -> bool:
    return special(address) is not None or ip_address(address).is_global
