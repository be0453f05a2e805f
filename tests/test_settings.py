"""Settings: found upwards, strict about what stands in them, and clear in one line about what is wrong."""

from __future__ import annotations

from dataclasses import asdict, fields
from pathlib import Path

import pytest

from agentflow.dispatch import Bounds
from agentflow.errors import UsageError
from agentflow.records import AgentLimits, ApprovalPolicy, Escalation
from agentflow.settings import (
    AgentLimitSettings,
    AgentSettings,
    ApprovalSettings,
    EngineSettings,
    EscalationSettings,
    HttpSettings,
    Limits,
    ProviderSettings,
    Retention,
    Settings,
    agent_limits,
    approval_policy,
    duration,
    load,
)

SERVER = "postgresql://flow:hush@db.example.com/flow?sslmode=require"
WHOLE = """
db = "data/flow.db"
tools = ["tools.py", "shop.tools"]

[models.local]
base_url = "http://localhost:11434/v1"
timeout = 30

[models.anthropic]
api_key_env = "TEAM_KEY"

[agents.refunds]
model = "anthropic:some-model"
instructions = "Be kind."
tools = ["orders.*"]
agents = ["mail-*"]
review = "always"
repairs = 0
hosts = ["api.example.com"]

[agents.refunds.limits]
steps = 50
turn_seconds = 2

[agents.refunds.approvals]
approvers = ["anna", "bert"]
quorum = 2
no_self = false
due = "4 hours"
escalate = { after = "1 day", to = ["carl"] }

[limits]
concurrent = 3
linger_seconds = 0
per_agent = 5

[retention]
completed = "30 days"
failed = 60

[http."api.example.com"]
headers = { Authorization = "Bearer {API_TOKEN}" }
"""


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty current folder, and nothing in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("AGENTFLOW_CONFIG", "AGENTFLOW_DB", "AGENTFLOW_ENGINE", "AGENTFLOW_RESTATE_URL"):
        monkeypatch.delenv(name, raising=False)


def write(text: str, folder: Path | None = None) -> Path:
    file = (folder or Path.cwd()) / "agentflow.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = load()
    assert settings == Settings(folder=tmp_path)
    assert settings.database == tmp_path / "agentflow.db"
    assert settings.limits == Limits(turn_seconds=10, guest_memory_mb=256, result_bytes=1048576, concurrent=200)


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    write(WHOLE)
    settings = load()
    assert settings.tools == ["tools.py", "shop.tools"]
    assert settings.models == {
        "local": ProviderSettings(base_url="http://localhost:11434/v1", timeout=30),
        "anthropic": ProviderSettings(api_key_env="TEAM_KEY"),
    }
    assert settings.agents["refunds"] == AgentSettings(
        model="anthropic:some-model",
        instructions="Be kind.",
        tools=["orders.*"],
        agents=["mail-*"],
        review="always",
        repairs=0,
        hosts=["api.example.com"],
        limits=AgentLimitSettings(steps=50, turn_seconds=2),
        approvals=ApprovalSettings(
            approvers=["anna", "bert"],
            quorum=2,
            no_self=False,
            due=14_400,
            escalate=EscalationSettings(after=86_400, to=["carl"]),
        ),
    )
    limits = settings.limits
    assert (limits.concurrent, limits.linger_seconds, limits.per_agent) == (3, 0, 5)
    assert settings.retention == Retention(completed=30 * 86_400, failed=60)
    assert settings.http == {"api.example.com": HttpSettings(headers={"Authorization": "Bearer {API_TOKEN}"})}
    assert settings.database == tmp_path / "data" / "flow.db"


def test_the_file_is_looked_for_here_and_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write('db = "above.db"')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert load().database == tmp_path / "above.db"
    write('db = "nearer.db"', tmp_path / "a")
    assert load().folder == tmp_path / "a"
    assert load(tmp_path).folder == tmp_path


def test_agentflow_config_wins_over_the_search(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write('db = "here.db"')
    other = tmp_path / "other.toml"
    other.write_text('db = "other.db"', encoding="utf-8")
    monkeypatch.setenv("AGENTFLOW_CONFIG", "other.toml")
    assert load().database == tmp_path / "other.db"


def test_agentflow_db_wins_over_the_file_and_starts_at_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write('db = "file.db"')
    below = tmp_path / "below"
    below.mkdir()
    monkeypatch.chdir(below)
    monkeypatch.setenv("AGENTFLOW_DB", "mine.db")
    assert load().database == below / "mine.db"


def test_the_address_of_a_server_is_taken_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    write(f'db = "{SERVER}"')
    assert load().database == SERVER
    monkeypatch.setenv("AGENTFLOW_DB", "postgres:///other")
    assert load().database == "postgres:///other"


def test_the_environment_wins_over_the_engine_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write('[engine]\nkind = "embedded"\nrestate_url = "http://a:8080"\nlisten = "127.0.0.1:9999"')
    monkeypatch.setenv("AGENTFLOW_ENGINE", "restate")
    monkeypatch.setenv("AGENTFLOW_RESTATE_URL", "https://b:8080/")
    engine = load().engine
    assert (engine.kind, engine.restate_url, engine.listen) == ("restate", "https://b:8080", "127.0.0.1:9999")


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("AGENTFLOW_ENGINE", "temporal", "AGENTFLOW_ENGINE: input should be 'embedded' or 'restate'"),
        ("AGENTFLOW_RESTATE_URL", "b:8080", "AGENTFLOW_RESTATE_URL: must be an address that starts with http:// or"),
        ("AGENTFLOW_DB", "sqlite:///a.db", "AGENTFLOW_DB: sqlite: is no database for agentflow: give a file, or"),
    ],
)
def test_what_the_environment_says_wrongly_is_told_by_the_name_of_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as refusal:
        load()
    assert str(refusal.value).startswith(complaint)


@pytest.mark.parametrize(
    ("given", "admin", "reached"),
    [
        ({}, None, "http://127.0.0.1:9080"),
        ({"restate_url": "http://restate:8080"}, "http://restate:9070", "http://127.0.0.1:9080"),
        ({"restate_url": "https://[fd00::1]:8080", "listen": "[::]:80"}, "https://[fd00::1]:9070", "http://[::1]:80"),
        ({"restate_url": "http://a/x", "restate_admin_url": "http://b/y/"}, "http://b/y", "http://127.0.0.1:9080"),
        ({"listen": "10.0.0.7:1"}, None, "http://10.0.0.7:1"),
        ({"listen": "10.0.0.7:1", "address": "http://workers:9080/"}, None, "http://workers:9080"),
    ],
)
def test_what_is_not_said_of_restate_follows_from_what_is(
    given: dict[str, str], admin: str | None, reached: str
) -> None:
    engine = EngineSettings.model_validate(given)
    assert (engine.admin, engine.reached) == (admin, reached)


def test_a_home_folder_in_the_path_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    write('db = "~/flow.db"')
    assert load().database == tmp_path / "home" / "flow.db"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("dbb = 'x'", "dbb: no such key; did you mean 'db'?"),
        ("folder = 'x'", "folder: no such key; the file's own folder is taken"),
        (
            "zzz = 1",
            "zzz: no such key; known here: agents, db, engine, http, limits, log, models, notify, planning, retention",
        ),
        ("db = 3", "db: input should be a valid string"),
        ("db = 'mysql://db/flow'", "db: mysql: is no database for agentflow: give a file, or an address with postgres"),
        ("[engine]\nkind = 'temporal'", "engine.kind: input should be 'embedded' or 'restate'"),
        ("[engine]\nrestate_url = 'restate:8080'", "engine.restate_url: must be an address that starts with http://"),
        ("[engine]\nrestate_url = 'http://a?b'", "engine.restate_url: must be an address"),
        ("[engine]\naddress = 'http://u:secret@a'", "engine.address: must be an address that starts with http:// or"),
        ("[engine]\nlisten = '9080'", "engine.listen: must be a host and a port, such as 0.0.0.0:9080"),
        ("[engine]\nidentity_key = 'x'", "engine.identity_key: must be a public key of Restate, such as publickeyv1_"),
        (
            "[engine]\nauth_token = 'key_1aB'",
            "engine.auth_token: must be the name of a secret that holds the token (REST",
        ),
        ("[engine]\nservice = '9'", "engine.service: must be a name: a letter, then letters, digits"),
        ("[serve]\nurl = 'flow'", "serve.url: must be an address that starts with http:// or https://"),
        ("[notify.a]\nkind = 'mail'\nsender = 'a'", "notify.a.sender: must be an address of mail"),
        ("[engine]\nurl = 'http://a'", "engine.url: no such key; known here: address, auth_token, identity_key, kind"),
        ("tools = 'tools.py'", "tools: input should be a valid list"),
        ("[agents.a]", "agents.a.model: is missing; it must be given"),
        (
            "[agents.a]\nmodel = 'x:y'\nreview = 'maybe'",
            "agents.a.review: input should be 'never', 'risky' or 'always'",
        ),
        ("[agents.a]\nmodel = 'x:y'\nrepairs = -1", "agents.a.repairs: input should be greater than or equal to 0"),
        ("[agents.a]\nmodel = 'x:y'\nplan_cost = 0", "agents.a.plan_cost: input should be greater than 0"),
        ("[planning]\ncosts = 1", "planning.costs: no such key; did you mean 'cost'?"),
        ("[planning]\nrepairs = 21", "planning.repairs: input should be less than or equal to 20"),
        ("[models.a.prices.m]\ninput = 1", "models.a.prices.m.output: is missing; it must be given"),
        ("[models.a.prices.m]\ninput = 1\noutput = 1\ncache = 1", "models.a.prices.m.cache: no such key; did you mean"),
        ("[agents.a]\nmodel = 'x:y'\ntool = []", "agents.a.tool: no such key; did you mean 'tools'?"),
        ("[models.a]\nbase_url = 'localhost'", "models.a.base_url: must be an address that starts with http:// or"),
        ("[models.a]\nbase_ur = 'x'", "models.a.base_ur: no such key; did you mean 'base_url'?"),
        ("[limits]\nturn_seconds = 0", "limits.turn_seconds: input should be greater than 0"),
        ("[limits]\nconcurrent = '3'", "limits.concurrent: input should be a valid integer"),
        (
            "[limits]\nturn_seconds = inf\nconcurrent = 0",
            "limits.turn_seconds: input should be a finite number (and 1 more)",
        ),
        ("[limits]\nsteps = 0", "limits.steps: input should be greater than 0"),
        ("[limits]\nguest_memory_mb = 63", "limits.guest_memory_mb: input should be greater than or equal to 64"),
        ("[limits]\nturn_bytes = 4194305", "limits.turn_bytes: input should be less than or equal to 4194304"),
        ("[agents.a]\nmodel = 'x:y'\nlimits = 3", "agents.a.limits: input should be a valid"),
        ("[agents.a]\nmodel = 'x:y'\nlimits.queued = 3", "agents.a.limits.queued: no such key; known here: guest_m"),
        ("[agents.a]\nmodel = 'x:y'\nlimits.step = 3", "agents.a.limits.step: no such key; did you mean 'steps'?"),
        ("[agents.a]\nmodel = 'x:y'\nlimits.steps = 0", "agents.a.limits.steps: input should be greater than 0"),
        (
            "[agents.a]\nmodel = 'x:y'\napprovals.approver = []",
            "agents.a.approvals.approver: no such key; did you mean 'approvers'?",
        ),
        (
            "[agents.a]\nmodel = 'x:y'\napprovals.escalate = {after = 1, two = []}",
            "agents.a.approvals.escalate.to: is missing; it must be given (and 1 more)",
        ),
        (
            "[agents.a]\nmodel = 'x:y'\napprovals = {approvers = ['anna'], quorum = 2}",
            "agents.a.approvals: quorum: 2 have to agree, and only 1 may: name more approvers",
        ),
        ("[notify.ops]\nkind = 'webhook'\nurl = 'http://a.example'", "notify.ops: a webhook needs secret"),
        ("[notify.ops]\nkind = 'fax'", "notify.ops.kind: input should be 'webhook', 'slack' or 'mail'"),
        ("[notify.ops]\nkind = 'slack'\nsecre = 'A'", "notify.ops.secre: no such key; did you mean 'secret'?"),
        ("[limits]\nqueue = 1", "limits.queue: no such key; did you mean 'queued'?"),
        (
            "[retention]\ncompleted = 'a month'",
            "retention.completed: 'a month' is no length of time: write it as in '30 days', '12h' or 90 (seconds)",
        ),
        ('[http."a.com"]\nheader = 1', "http.a.com.header: no such key; did you mean 'headers'?"),
        ("[retention]\nfailed = true", "retention.failed: True is no length of time"),
        ("[retention]\nfailed = 0", "retention.failed: input should be greater than 0"),
        ("[retention]\ncompletd = 1", "retention.completd: no such key; did you mean 'completed'?"),
        ("[log]\nformat = 'xml'", "log.format: input should be 'plain' or 'json'"),
        ("db = ", "is not TOML: Invalid value (at "),
        pytest.param("db = " + "[" * 20_000, "is nested too deeply: make it flatter", id="deep"),
    ],
)
def test_a_wrong_file_is_told_in_one_line_with_file_and_key(text: str, complaint: str) -> None:
    file = write(text)
    with pytest.raises(UsageError) as refusal:
        load()
    message = str(refusal.value)
    assert message.startswith(str(file))
    assert complaint in message
    assert "\n" not in message


def test_the_limits_of_one_agent_are_its_own_where_they_are_given() -> None:
    assert agent_limits({}) == AgentLimits()
    assert agent_limits({"steps": 5, "turn_seconds": 0.5}) == AgentLimits(steps=5, turn_seconds=0.5)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"steps": 0}, "limit steps: input should be greater than 0"),
        ({"step": 1}, "limit step: no such key; did you mean 'steps'?"),
        ({"steps": 1.5}, "limit steps: input should be a valid integer"),
        ({"turn_seconds": float("inf")}, "limit turn_seconds: input should be"),
        ({"concurrent": 1}, "limit concurrent: no such key; known here: guest_memory_mb, result_bytes, state_bytes,"),
    ],
)
def test_a_limit_of_one_agent_that_cannot_be_is_told_in_one_line(given: dict[str, object], complaint: str) -> None:
    with pytest.raises(UsageError) as refusal:
        agent_limits(given)
    assert str(refusal.value).startswith(complaint)


def test_who_may_decide_is_read_from_what_was_said_of_it() -> None:
    assert approval_policy({}) == ApprovalPolicy()
    given = {"approvers": ["anna"], "quorum": 2, "due": "1 hour", "escalate": {"after": 60, "to": ["bert"]}}
    assert approval_policy(given) == ApprovalPolicy(("anna",), 2, None, 3600, Escalation(60, ("bert",)))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"quorum": 0}, "approvals: quorum: input should be greater than or equal to 1"),
        ({"approvers": [" "]}, "approvals: approvers.0: string should match"),
        ({"approvers": ["anna"], "quorum": 2}, "approvals: quorum: 2 have to agree, and only 1 may"),
        ({"escalate": {"after": 1, "to": ["a"], "too": []}}, "approvals: escalate.too: no such key; did you mean 'to'"),
        ({"due": "soon"}, "approvals: due: 'soon' is no length of time"),
    ],
)
def test_a_policy_that_cannot_be_is_told_in_one_line(given: dict[str, object], complaint: str) -> None:
    with pytest.raises(UsageError) as refusal:
        approval_policy(given)
    assert str(refusal.value).startswith(complaint)


def test_every_limit_of_one_agent_is_one_of_limits_too() -> None:
    names = {field.name for field in fields(AgentLimits)}
    assert names == set(AgentLimitSettings.model_fields) == {field.name for field in fields(Bounds)}
    defaults = Limits().model_dump()
    assert {name: defaults[name] for name in names} == asdict(Bounds())


def test_a_key_written_into_the_file_is_refused_and_not_repeated() -> None:
    write("[models.openai]\napi_key_env = 'sk-very-secret'")
    with pytest.raises(UsageError, match=r"models\.openai\.api_key_env: must be the name of an env") as refusal:
        load()
    assert "secret" not in str(refusal.value)


def test_bytes_that_are_not_utf8_are_told() -> None:
    Path("agentflow.toml").write_bytes(b"db = '\xff'")
    with pytest.raises(UsageError, match="is not TOML"):
        load()


def test_a_missing_file_named_by_agentflow_config_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTFLOW_CONFIG", "nowhere.toml")
    with pytest.raises(UsageError, match=r"nowhere\.toml is not a file; AGENTFLOW_CONFIG names it"):
        load()


def test_a_folder_of_that_name_is_told(tmp_path: Path) -> None:
    (tmp_path / "agentflow.toml").mkdir()
    with pytest.raises(UsageError, match=r"agentflow\.toml is not a file: settings are read from it"):
        load()


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("30d", 2_592_000), ("12 h", 43_200), ("1.5 minutes", 90), ("1 week", 604_800), ("2s", 2), (90, 90), (0.5, 0.5)],
)
def test_a_length_of_time_is_given_as_people_write_it(given: object, seconds: float) -> None:
    assert duration(given) == seconds


@pytest.mark.parametrize("given", ["", "d", "-1d", "30 months", "1e3 s", None, False, "1d 2h"])
def test_what_is_no_length_of_time_is_refused(given: object) -> None:
    with pytest.raises(ValueError, match="is no length of time: write it as in '30 days', '12h' or 90"):
        duration(given)


def test_a_file_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENTFLOW_CONFIG", "/proc/self/mem")
    with pytest.raises(UsageError, match=r"/mem cannot be read: "):
        load()
