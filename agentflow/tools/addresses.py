"""Which addresses belong to no public server, after IANA's registries of special addresses. Pure."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

_PUBLIC = IPv6Network("2000::/3")
"""All of IPv6 that is given out for the Internet. What wraps IPv4 lies elsewhere, but for 6to4 and Teredo."""

_SPECIAL: tuple[tuple[IPv4Network | IPv6Network, str], ...] = tuple(
    (ip_network(network), what)
    for network, what in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "shared by a carrier's NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "metadata"),  # Azure's host: looks public, and answers each virtual machine
        ("169.254.0.0/16", "link-local"),  # and the metadata of most clouds
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4 written as IPv6"),
        ("64:ff9b::/96", "NAT64"),
        ("64:ff9b:1::/48", "NAT64"),
        ("2001::/23", "reserved"),  # Teredo, ORCHID, benchmarking and other protocols of the IETF
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("fc00::/7", "private"),  # and the metadata of a cloud, fd00:ec2::254
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
    )
)


def special(address: str) -> str | None:
    """What an address is instead of public (`private`, `loopback`), or None for a public one."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unreadable"
    for network, what in _SPECIAL:
        if found.version == network.version and found in network:
            return what
    return "reserved" if found.version == 6 and found not in _PUBLIC else None


def literal(name: str) -> str | None:
    """What an address that stands in the place of a name is instead of public; None for a public one, and a name."""
    try:
        ip_address(name)
    except ValueError:
        return None
    return special(name)
