"""The house itself: its public names, who imports what, the sizes, and the rule that no test is skipped unseen."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import agentflow
from agentflow.app.secrecy import LOGGERS

from .fakes import untraced

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "agentflow").rglob("*.py"))
HEAVY = {"openai", "anthropic", "fastapi", "RestrictedPython", "aiosqlite"}

PLAN_API = {
    "Approval",
    "ApprovalExpired",
    "ApprovalRejected",
    "Event",
    "NonRetryableError",
    "PlanFailed",
    "StepFailed",
    "StepTimeout",
    "WaitTimeout",
    "Workflow",
    "WorkflowError",
    "tools",
}
HOST_API = {"AgentFlow", "AgentFlowError", "ToolContext", "UnknownOutcome", "tool"}


NAMED = re.compile(r'getLogger\("(agentflow\.\w+)"\)')


def packages_after(code: str, *flags: str) -> set[str]:
    """Runs code in a fresh interpreter; the top-level packages outside the standard library that it has imported."""
    program = f"""
import sys
before = set(sys.modules)
{code}
import json
after = {{name.partition(".")[0] for name in set(sys.modules) - before}}
own = {{name for name in after if name.startswith("_sysconfigdata")}}  # the interpreter's, named by its platform
print(json.dumps(sorted(after - own - sys.stdlib_module_names)))
"""
    done = subprocess.run(
        [sys.executable, *flags, "-c", program], capture_output=True, text=True, cwd=ROOT, env={"PATH": os.defpath}
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


def command(*words: str) -> str:
    """Code that runs the command line with these words."""
    return f"""
sys.argv = {["agentflow", *words]!r}
from agentflow.cli import main
try:
    status = main()
except SystemExit as stop:
    status = stop.code
assert not status, status
"""


def every_module_of(package: str) -> str:
    """Code that imports all modules of a package."""
    return f"""
import importlib, pkgutil
package = importlib.import_module({package!r})
for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
    importlib.import_module(module.name)
"""


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_the_public_names_are_exactly_these() -> None:
    assert set(agentflow.__all__) == PLAN_API | HOST_API
    assert agentflow.__all__ == sorted(agentflow.__all__)


@pytest.mark.parametrize("name", sorted(PLAN_API | HOST_API))
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(agentflow, name) is not None
    assert name in dir(agentflow)


def test_the_version_is_the_installed_one() -> None:
    assert agentflow.__version__.count(".") == 2


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'agentflow' has no attribute 'workflow'"):
        getattr(agentflow, "workflow")  # noqa: B009 the type checker knows that there is none


def test_tools_are_what_plans_call_even_after_the_room_of_that_name_is_imported() -> None:
    import agentflow.tools
    from agentflow import tools
    from agentflow.guest import verbs

    assert tools is agentflow.tools is verbs.tools
    assert sys.modules["agentflow.tools"].__name__ == "agentflow.tools"


def test_the_package_itself_costs_nothing() -> None:
    assert packages_after("import agentflow") == {"agentflow"}


@pytest.mark.parametrize("flag", ["--help", "--version"])
def test_asking_for_help_imports_nothing_heavy(flag: str) -> None:
    assert not packages_after(command(flag)) & HEAVY


@pytest.mark.parametrize("package", ["agentflow.guest", "agentflow.validator"])
def test_the_process_of_a_plan_imports_nothing_but_restrictedpython(package: str) -> None:
    assert packages_after(every_module_of(package), "-s", "-P") <= {"agentflow", "RestrictedPython"}


def test_the_package_runs_as_the_command() -> None:
    done = subprocess.run([sys.executable, "-m", "agentflow", "--version"], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, agentflow.__version__ in done.stdout) == (0, True), done.stderr


def test_a_service_begins_without_what_few_requests_need() -> None:
    """A package that is read here takes its time at each start: what few requests need is read when they come."""
    read = packages_after("import agentflow.cli.commands, agentflow.page, agentflow.web.server")
    assert {"fastapi", "uvicorn", "pydantic"} < read
    late = {"openai", "anthropic", "RestrictedPython", "httpx2", "jinja2", "jsonschema", "attr", "yaml", "pygments"}
    assert not read & late


def test_settings_are_read_without_anything_heavy() -> None:
    assert not packages_after("import agentflow.settings") & HEAVY


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_above_500_lines_and_no_function_above_60(source: Path) -> None:
    text = source.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 500
    long = {f.name: f.end_lineno - f.lineno + 1 for f in functions(ast.parse(text)) if f.end_lineno is not None}
    assert {name: lines for name, lines in long.items() if lines > 60} == {}


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken." in done.stdout


@pytest.mark.parametrize(
    ("forbidden", "outcome"), [("1", "1 failed, 1 passed, 2 errors"), ("0", "1 passed, 3 skipped")]
)
def test_a_skipped_test_fails_where_skipping_is_forbidden(tmp_path: Path, forbidden: str, outcome: str) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "skipping.py").read_text(encoding="utf-8"))
    (tmp_path / "test_module.py").write_text("import pytest\npytest.importorskip('no_such_module')\n")
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        "def test_passes(): pass\n"
        "def test_skips(): pytest.skip('no browser')\n"
        "@pytest.mark.skipif(True, reason='no server')\n"
        "def test_is_skipped(): pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors", "."],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**untraced.environment(), "AGENTFLOW_NO_SKIPS": forbidden, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )
    assert outcome in done.stdout
    assert ("may not be skipped here: Skipped: no browser" in done.stdout) is (forbidden == "1")
    assert (done.returncode != 0) is (forbidden == "1")


def test_no_secret_gets_into_any_log_of_the_house() -> None:
    """The filter stands before each logger that there is, by name: a new one has to be told of."""
    found = {name for path in SOURCES for name in NAMED.findall(path.read_text("utf-8"))}
    assert sorted(found) == sorted(LOGGERS)
