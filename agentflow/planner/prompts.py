"""The prompt templates: Markdown files with an id, a version and a purpose, rendered strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    from jinja2 import Environment

NAMES = ("plan", "goal", "repair", "changes", "revise")

_PACKAGE = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Template:
    """One prompt template. `digest` is the sha256 of its file's text."""

    id: str
    version: int
    purpose: str
    body: str
    digest: str

    def render(self, **values: object) -> str:
        """The text for a model. A variable that the template names and nobody gives is an error."""
        from jinja2 import TemplateError

        try:
            return _jinja().from_string(self.body).render(values).strip() + "\n"
        except TemplateError as error:
            raise UsageError(
                f"the prompt {self.id!r} cannot be rendered: {error}; repair prompts/{self.id}.md"
            ) from error


@dataclass(frozen=True, slots=True)
class Prompts:
    """The templates of a planning conversation."""

    plan: Template
    goal: Template
    repair: Template
    changes: Template
    revise: Template

    @property
    def label(self) -> str:
        """What is stored with an answer: the system prompt's name and version, and a digest over all of them."""
        together = sha256("".join(getattr(self, name).digest for name in NAMES).encode())
        return f"{self.plan.id}@{self.plan.version} sha256:{together.hexdigest()[:12]}"


def load(folder: Path | None = None) -> Prompts:
    """The templates of a folder; without one, those that came with the package."""
    found = {name: _read((folder or _shipped()) / f"{name}.md") for name in NAMES}
    return Prompts(**found)


@cache
def _jinja() -> Environment:
    """For Markdown that a model reads, not HTML for a browser: escaping would only spoil it."""
    from jinja2 import Environment, StrictUndefined  # late: most processes never ask a model

    return Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701


def _shipped() -> Path:
    installed = _PACKAGE / "prompts"
    return installed if installed.is_dir() else _PACKAGE.parent / "prompts"


def _read(path: Path) -> Template:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the prompt {path} cannot be read ({error}); it must be a text file in UTF-8") from error
    front, body = _split(path, text)
    return Template(
        id=_field(path, front, "id"),
        version=_version(path, front),
        purpose=_field(path, front, "purpose"),
        body=body,
        digest=sha256(text.encode()).hexdigest(),
    )


def _split(path: Path, text: str) -> tuple[Mapping[str, str], str]:
    opening, *rest = text.split("---\n", 2)
    if opening or len(rest) != 2:
        raise UsageError(
            f"the prompt {path} has no front matter; begin it with id, version and purpose between two ---"
        )
    pairs = (line.partition(":") for line in rest[0].splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}, rest[1]


def _field(path: Path, front: Mapping[str, str], name: str) -> str:
    if not front.get(name):
        raise UsageError(f"the prompt {path} has no {name!r} in its front matter; add a line '{name}: ...'")
    return front[name]


def _version(path: Path, front: Mapping[str, str]) -> int:
    version = _field(path, front, "version")
    if not version.isdecimal():
        raise UsageError(f"the prompt {path} has the version {version!r}; write a whole number")
    return int(version)
