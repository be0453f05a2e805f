from __future__ import annotations

import pytest

from agentflow.tools.hosts import Host, allowed, canonical, read


@pytest.mark.parametrize(
    ("pattern", "host"),
    [
        ("api.example.com", Host("https", "api.example.com", 443)),
        ("API.Example.com", Host("https", "api.example.com", 443)),
        ("*.example.com", Host("https", "example.com", 443, below=True)),
        ("example.com:8443", Host("https", "example.com", 8443)),
        ("https://example.com", Host("https", "example.com", 443)),
        ("http://example.com", Host("http", "example.com", 80)),
        ("http://*.example.com:8080", Host("http", "example.com", 8080, below=True)),
        ("xn--mnchen-3ya.de", Host("https", "xn--mnchen-3ya.de", 443)),
        ("8.8.8.8", Host("https", "8.8.8.8", 443)),
        ("[2606:4700:0::1111]:8443", Host("https", "2606:4700::1111", 8443)),
        ("crm", Host("https", "crm", 443)),
    ],
)
def test_an_entry_names_scheme_host_and_port(pattern: str, host: Host) -> None:
    assert read(pattern) == host


@pytest.mark.parametrize(
    "pattern",
    [
        *("", "*", "*.com", "*.8.8.8.8", "a.*.com", "api*.example.com", "example.com:0", "example.com:65536"),
        *("example.com/path", "ftp://example.com", "ada@example.com", "example.com:", "exa mple.com", "example..com"),
        *(
            "example.com.",
            "münchen.de",
            "\u212a.com",
            "[::1",
            "[fe80::1%eth0]",
            "::1",
            "-a.com",
            "https://",
            "127.1",
            "0x7f.1",
        ),
        *("2130706433", "0177.0.0.1", "1.2.3.256", f"{'a' * 64}.com", ".".join(["a" * 60] * 5)),
    ],
)
def test_what_names_no_host_is_refused_with_how_to_write_it(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"is not a host: write api\.example\.com"):
        read(pattern)


@pytest.mark.parametrize(
    ("pattern", "scheme", "name", "port", "covered"),
    [
        ("example.com", "https", "example.com", 443, True),
        ("example.com", "https", "example.com", 8443, False),
        ("example.com", "http", "example.com", 80, False),
        ("example.com", "http", "example.com", 443, False),
        ("example.com", "https", "api.example.com", 443, False),
        ("example.com", "https", "notexample.com", 443, False),
        ("example.com", "https", "example.com.evil.org", 443, False),
        ("*.example.com", "https", "api.example.com", 443, True),
        ("*.example.com", "https", "a.b.example.com", 443, True),
        ("*.example.com", "https", "example.com", 443, False),
        ("*.example.com", "https", "notexample.com", 443, False),
        ("http://example.com", "http", "example.com", 80, True),
        ("http://example.com", "https", "example.com", 443, False),
        ("example.com:80", "http", "example.com", 80, False),
        ("[2606::1]", "https", "2606::1", 443, True),
    ],
)
def test_an_entry_covers_just_what_it_says(pattern: str, scheme: str, name: str, port: int, covered: bool) -> None:
    assert allowed([pattern], Host(scheme, name, port)) is covered


def test_one_entry_of_several_is_enough_and_none_allows_nothing() -> None:
    place = Host("https", "example.com", 443)
    assert allowed(["example.org", "example.com"], place)
    assert not allowed([], place)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0177.0.0.1",
            "127.0.0.01",
            "1.2.3.4.5",
            "a.0x",
        ),
        *("a%2eb", "a\\b", "a.b.", "A.com", "%31", "fe80::1%lo", "", "-a", "\uff41.com", "1。1。1。1"),
    ],
)
def test_spellings_that_mean_two_things_have_no_canonical_one(name: str) -> None:
    with pytest.raises(ValueError, match="is no name of a host"):
        canonical(name)
