"""agentflow plan try: a plan tried out on all its ways, with stand-ins for tools, people and events."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ..errors import NotFound, PlanRefused, UsageError
from ..records import Json
from ..wording import visible
from . import findings
from .given import Payload, agent_version, file_text, is_file, parse_payload, parse_text, plan_of
from .session import Session, command, width
from .text import facts, hanging, json_text

if TYPE_CHECKING:
    from ..trial import Given
    from ..trial.report import Trial

What = Annotated[str, typer.Argument(metavar="FILE | AGENT[@N]", help="A file with a plan, or a plan.")]
For = Annotated[str | None, typer.Option("--agent", metavar="AGENT", help="Try FILE with the tools of this agent.")]
Answers = Annotated[
    Path | None,
    typer.Option("--answers", metavar="FILE", help="What is played: results, decisions, events (JSON, TOML, YAML)."),
]
Most = Annotated[int, typer.Option("--paths", metavar="N", min=1, help="How many ways are taken at most.")]
_STYLES = {"fine": "bold", "fault": "bold red", "unsure": "bold yellow"}


@command
async def attempt(
    session: Session,
    what: What,
    payload: Payload = None,
    answers: Answers = None,
    agent: For = None,
    paths: Most = 32,
) -> int:
    """Try a plan out: every way that it can go, by what people decide, whether events come, and which steps fail.

    Nothing happens and no time passes: results are made from the schemas of tools, or are those of --answers. Exit
    status 1 where a way fails by the plan's own fault, 4 where the checks refuse it.
    """
    given = _given(answers, payload)
    try:
        trial, title = await _trial(session, what, agent, given, paths)
    except PlanRefused as refused:
        raise PlanRefused(f"it is not tried out: {findings.first(refused.findings, what)}") from None
    session.show(_document(trial, title), _lines(trial))
    if unused := trial.unused(given):
        session.say(
            f"given and never used, for no way came to it: {', '.join(map(visible, unused))}; see how it is spelt"
        )
    for line in _remarks(trial, what):
        session.say(line)
    return 1 if trial.failed else 0


async def _trial(session: Session, what: str, agent: str | None, given: Given, most: int) -> tuple[Trial, str]:
    if is_file(what):
        source = file_text(Path(what))
        async with session.for_file(agent) as (flow, named):
            return await flow.trials.explore(source, given, agent=named.record if named else None, most=most), what
    if agent is not None:
        raise UsageError(
            "--agent is for a FILE that ends in .py: a registered plan is tried with its own agent's tools"
        )
    name, number = agent_version(what)
    async with session.existing() as flow:
        owner = await flow.agents.get(name)
        try:
            plan = await plan_of(session, owner, number)
        except NotFound:
            listed = session.command(f"plan list {name}")
            raise NotFound(f"there is no plan {what}: `{listed}` names them") from None
        trial = await flow.trials.explore(plan.source, given, agent=owner.record, most=most)
        return trial, f"{name}@{plan.number}"


# what is given


def _given(answers: Path | None, payload: str | None) -> Given:
    from ..trial import Given

    given = Given() if answers is None else _read(answers)
    return given if payload is None else replace(given, payload=parse_payload(payload))


def _read(answers: Path) -> Given:
    from ..evals.playing import given
    from ..evals.tasks import case

    document = _parsed(answers)
    if not isinstance(document, dict) or not document.keys() <= _KEYS:
        raise UsageError(
            f"{answers} is no object with {', '.join(sorted(_KEYS))}: see `docs/evals.md` for each of them"
        )
    played = given(case(document, str(answers)))
    payload = played.payload if "payload" in document else None
    return replace(played, payload=payload, events=played.events if "events" in document else None)


_KEYS = frozenset({"payload", "results", "decisions", "events"})


def _parsed(answers: Path) -> Json:
    if answers.suffix in (".yaml", ".yml"):
        from ..evals.document import read

        return read(answers)
    text = file_text(answers)
    if answers.suffix != ".toml":
        return parse_text(text, str(answers))
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{answers} is not TOML: {error}; correct it") from None
    except RecursionError:
        raise UsageError(f"{answers} is nested too deeply: make it flatter") from None


# what is shown


def _document(trial: Trial, title: str) -> dict[str, Any]:
    from ..trial.report import findings as found

    paths = [{"verdict": path.verdict, **asdict(path.walk)} for path in trial.paths]
    for path in paths:
        path |= {key: sorted(path[key]) for key in ("failing", "played")}
    return {
        "plan": title,
        **trial.summary(),
        "payload": trial.payload,
        "findings": [*map(findings.document, found(trial))],
        "ways": paths,
    }


def _lines(trial: Trial) -> Iterator[Text]:
    from ..trial.words import headline, steps

    first: list[tuple[str, str]] = []
    for number, path in enumerate(trial.paths, 1):
        if number > 1:
            yield Text()
        yield from hanging(
            Text.assemble((f"{number}  ", "dim"), (visible(headline(path)), _STYLES[path.verdict])), width()
        )
        done = [*steps(path.walk)]
        same = _same(first, done) if number > 1 else 0
        if same:
            yield Text(f"     as 1 up to {visible(done[same - 1][0])!r}", "dim")
        for line in facts(done[same:], indent=5):
            if width():
                line.truncate(width(), overflow="ellipsis")
            yield line
        first = first or done


def _same(first: list[tuple[str, str]], done: list[tuple[str, str]]) -> int:
    """How many steps a way has in common with the first one."""
    pairs = enumerate(zip(first, done, strict=False))
    return next((i for i, (one, other) in pairs if one != other), min(len(first), len(done)))


def _remarks(trial: Trial, what: str) -> Iterator[str]:
    from ..trial.report import findings as found
    from ..trial.words import summary

    for finding in found(trial):
        yield f"{what}:{finding.line} {finding.code} {finding.message}. {finding.advice}"
    if trial.payload is not None:
        known = {key: value for key, value in trial.payload.items() if key != "stub"}
        yield f"the payload is made up, {json_text(known, indent=None)}: give a real one with --payload"
    if sources := [source for source in trial.guessed if source != "payload"]:
        yield f"guessed, since no schema says what is in it: {', '.join(sources)}; give it with --answers"
    yield f"{what}: {summary(trial.summary())}"
