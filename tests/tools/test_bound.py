from __future__ import annotations

import pytest

from agentflow.errors import UsageError
from agentflow.tools.bound import Bound
from agentflow.tools.hosts import read
from agentflow.tools.http import http_tools

KEYS = {
    "api.example.com": {"Authorization": "Bearer {API_TOKEN}", "X-Client": "agentflow"},
    "*.example.org:8443": {"X-Key": "{OTHER}-{API_TOKEN}"},
}


def test_names_in_braces_are_secrets_and_stand_for_their_values() -> None:
    bound = Bound(KEYS)
    assert bound.secrets == ("API_TOKEN", "OTHER")
    assert bound.filled({"API_TOKEN": "{OTHER}", "OTHER": "b"}) == [
        (read("api.example.com"), {"authorization": "Bearer {OTHER}", "x-client": "agentflow"}),
        (read("*.example.org:8443"), {"x-key": "b-{OTHER}"}),
    ]


def test_the_tools_name_the_secrets_that_they_need() -> None:
    assert [tool.secrets for tool in http_tools(headers=KEYS)] == [("API_TOKEN", "OTHER")] * 2
    assert [tool.secrets for tool in http_tools()] == [(), ()]


@pytest.mark.parametrize("value", ["a\n", "a\r\nHost: b", "é"])
def test_a_secret_that_cannot_stand_in_a_header_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(ValueError, match="the header Authorization may hold only visible ASCII") as caught:
        Bound(KEYS).filled({"API_TOKEN": value, "OTHER": "b"})
    assert value not in str(caught.value)


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        ({"*": {}}, r"\[http\.\"\*\"\]: '\*' is not a host"),
        ({"a.com": {"Host": "b.com"}}, r"\[http\.\"a\.com\"\]: the header Host is set by agentflow"),
        ({"a.com": {"a b": ""}}, r"\[http\.\"a\.com\"\]: 'a b' is no name of a header"),
        ({"a.com": {"x": "é"}}, r"\[http\.\"a\.com\"\]: the header x may hold only visible ASCII"),
    ],
)
def test_what_cannot_be_bound_is_the_callers_mistake(given: dict[str, dict[str, str]], cause: str) -> None:
    with pytest.raises(UsageError, match=cause):
        Bound(given)
