"""A tool gets the secrets that it names: from the program, a file, the environment, in this order."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agentflow.errors import SecretMissing, ToolError, UsageError
from agentflow.redaction import Redactor
from agentflow.settings import SecretSettings
from agentflow.tools import Tool, ToolContext, tool
from agentflow.tools.context import ToolSecrets
from agentflow.tools.secrets import Given, Secrets


@tool(namespace="pay", secrets=["PAY_KEY"])
def charge(context: ToolContext) -> str:
    """Charge a card."""
    return context.secrets["PAY_KEY"]


@tool(namespace="pay")
def price() -> int:
    """What it costs."""
    return 7


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """No such secret in the environment."""
    for name in ("PAY_KEY", "SHOP_PAY_KEY"):
        monkeypatch.delenv(name, raising=False)


def file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secrets.toml"
    path.write_bytes(text.encode("latin-1"))
    path.chmod(mode)
    return path


def sources(folder: Path, given: Given | None = None, redactor: Redactor | None = None, **settings: str) -> Secrets:
    return Secrets(SecretSettings(**settings), folder, given, redactor or Redactor())


async def got(secrets: Secrets, named: Tool = charge) -> dict[str, str]:
    return dict(await secrets.of(named))


async def test_the_environment_variable_of_that_name_is_the_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAY_KEY", "from the environment")
    assert await got(sources(tmp_path)) == {"PAY_KEY": "from the environment"}
    assert await got(sources(tmp_path), price) == {}


async def test_with_a_prefix_only_variables_that_begin_so_are_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAY_KEY", "not this one")
    secrets = sources(tmp_path, prefix="SHOP_")
    assert secrets.lacks(charge) == ("PAY_KEY",)
    with pytest.raises(SecretMissing, match=r"set the environment variable SHOP_PAY_KEY$"):
        await secrets.of(charge)
    monkeypatch.setenv("SHOP_PAY_KEY", "this one")
    assert await got(secrets) == {"PAY_KEY": "this one"}


async def test_a_file_comes_before_the_environment_and_the_program_before_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAY_KEY", "from the environment")
    file(tmp_path, 'PAY_KEY = "from the file"')
    assert await got(sources(tmp_path, file="secrets.toml")) == {"PAY_KEY": "from the file"}
    assert await got(sources(tmp_path, {"PAY_KEY": "given"}, file="secrets.toml")) == {"PAY_KEY": "given"}
    assert await got(sources(tmp_path, lambda _: "asked", file="secrets.toml")) == {"PAY_KEY": "asked"}
    assert await got(sources(tmp_path, {}, file="secrets.toml")) == {"PAY_KEY": "from the file"}


async def test_a_function_is_asked_each_time_async_or_not(tmp_path: Path) -> None:
    values: Iterator[str] = iter(["first", "second", "third"])

    async def later(name: str) -> str:
        await asyncio.sleep(0)
        return f"{name} {next(values)}"

    secrets = sources(tmp_path, later)
    assert [await got(secrets), await got(secrets)] == [{"PAY_KEY": "PAY_KEY first"}, {"PAY_KEY": "PAY_KEY second"}]
    assert await got(sources(tmp_path, partial(later))) == {"PAY_KEY": "PAY_KEY third"}


async def test_what_a_function_does_not_have_may_be_in_another_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = sources(tmp_path, lambda _: None)
    assert (secrets.lacks(charge), await secrets.has("PAY_KEY")) == ((), False)
    with pytest.raises(SecretMissing, match=r"or have the function that was given as `secrets=` return it$"):
        await secrets.of(charge)
    monkeypatch.setenv("PAY_KEY", "from the environment")
    assert await got(secrets) == {"PAY_KEY": "from the environment"}


async def test_a_function_that_fails_has_nothing_now_and_its_error_is_the_attempt_s(tmp_path: Path) -> None:
    def closed(name: str) -> str:
        raise ConnectionError("the vault is closed")

    secrets = sources(tmp_path, closed)
    assert not await secrets.has("PAY_KEY")
    with pytest.raises(ConnectionError, match="the vault is closed"):
        await secrets.of(charge)


@pytest.mark.parametrize("value", ["", None])
async def test_an_empty_secret_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.setenv("PAY_KEY", "")
    secrets = sources(tmp_path, lambda _: value)
    with pytest.raises(SecretMissing):
        await secrets.of(charge)


async def test_what_is_missing_is_said_with_secret_tool_and_repair(tmp_path: Path) -> None:
    file(tmp_path, 'OTHER = "x"')
    with pytest.raises(SecretMissing) as missing:
        await sources(tmp_path, file="secrets.toml").of(charge)
    assert str(missing.value) == (
        "tool pay.charge needs the secret PAY_KEY, which is missing:"
        " set the environment variable PAY_KEY, or add it to the file of [secrets]"
    )


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o601])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = file(tmp_path, 'PAY_KEY = "x"', mode)
    with pytest.raises(UsageError, match=f"can be read by others \\(mode {mode:o}\\): `chmod 600 {path}`"):
        sources(tmp_path, file="secrets.toml")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("PAY_KEY = 7", 'the secret PAY_KEY is no text: write PAY_KEY = "value"'),
        ("[pay]\nKEY = 'hunter22'", "the secret pay is no text"),
        ("PAY_KEY = hunter22", "is not TOML: write a line such as NAME"),
        pytest.param("PAY_KEY = " + "[" * 20_000, "is not TOML", id="deep"),
        ("PAY_KEY = '\xff hunter22'", "is not TOML"),
    ],
)
def test_a_file_with_anything_but_names_and_text_is_refused_without_showing_it(
    tmp_path: Path, text: str, words: str
) -> None:
    file(tmp_path, text)
    with pytest.raises(UsageError, match=words) as refusal:
        sources(tmp_path, file="secrets.toml")
    assert "hunter22" not in str(refusal.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"secrets\.toml, which \[secrets\] names, cannot be read: No such file"):
        sources(tmp_path, file="secrets.toml")


async def test_a_secret_is_text(tmp_path: Path) -> None:
    given: Any = {"PAY_KEY": 7}
    with pytest.raises(UsageError, match="the secret PAY_KEY in `secrets=` is text, not int"):
        sources(tmp_path, given)
    asked: Any = lambda _: 7  # noqa: E731
    with pytest.raises(ToolError, match="the secret PAY_KEY is text, and `secrets=` returned int"):
        await sources(tmp_path, asked).of(charge)


async def test_whatever_comes_from_a_source_is_known_to_be_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file(tmp_path, 'UNUSED = "in the file"')
    monkeypatch.setenv("PAY_KEY", "in the environment")
    redact = Redactor()
    secrets = sources(tmp_path, lambda name: "asked for" if name == "ASKED" else None, redact, file="secrets.toml")
    assert redact.text("in the file, in the environment") == "[secret UNUSED], in the environment"
    secrets.learn(["PAY_KEY"])
    assert await secrets.has("ASKED")
    assert redact.text("in the environment, asked for") == "[secret PAY_KEY], [secret ASKED]"


def test_a_context_shows_names_and_no_values() -> None:
    context = ToolContext(secrets=ToolSecrets({"PAY_KEY": "hunter22"}))
    for shown in (repr(context), str(context.secrets), f"{asdict(context)}"):
        assert ("hunter22" in shown, "<secrets PAY_KEY>" in shown) == (False, True)
    with pytest.raises(TypeError):
        json.dumps({"secrets": context.secrets})
    assert repr(ToolContext().secrets) == "<no secrets>"


def test_secrets_are_read_by_name_and_changed_by_nobody() -> None:
    secrets = ToolSecrets({"A": "1", "B": "2"})
    assert (secrets["A"], list(secrets), len(secrets), "C" in secrets, secrets.get("C")) == (
        "1",
        ["A", "B"],
        2,
        False,
        None,
    )
    with pytest.raises(KeyError, match=r"this tool does not name the secret C: add it to @tool\(secrets=\[...\]\)"):
        secrets["C"]
    changing: Any = secrets
    with pytest.raises(TypeError):
        changing["A"] = "3"


@pytest.mark.parametrize("names", ["PAY_KEY", ["PAY KEY"], [""], ["7"], ["x" * 101], [7]])
def test_names_of_secrets_are_a_list_of_words(names: Any) -> None:
    with pytest.raises(UsageError, match=r'tool local\.pay: secrets are a list of names such as \["STRIPE_KEY"\], not'):

        @tool(secrets=names)
        def pay(context: ToolContext) -> None:
            """Pay."""


def test_a_tool_with_secrets_has_a_context_to_get_them_in() -> None:
    with pytest.raises(UsageError, match=r"tool local\.pay names secrets: give it a parameter `context: ToolContext`"):

        @tool(secrets=["PAY_KEY"])
        def pay() -> None:
            """Pay."""


def test_the_spec_that_plans_and_models_see_names_no_secret() -> None:
    assert charge.secrets == ("PAY_KEY",)
    assert "PAY_KEY" not in repr(charge.spec)
