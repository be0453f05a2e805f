"""agentflow approvals, approve, reject: what waits for a person, and the person's word."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from ..errors import StillWaiting, UsageError
from ..records import Approval, Json
from .given import ApprovalId, Comment, Cursor, Most, parse_json, parse_text, text_or_file
from .session import Address, AsJson, Database, Session, command, stderr, width
from .shown import agent_names, answer_form, approval_facts, document, ways
from .text import state, table
from .times import age

if TYPE_CHECKING:
    from ..app import AgentFlow, ApprovalHandle

app = typer.Typer(help="Approvals: what waits for a person.")

All = Annotated[bool, typer.Option("--all", help="The decided ones too.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Digest = Annotated[
    str | None, typer.Option("--digest", metavar="D", help="Decide only if it is still about what had this digest.")
]
Answer = Annotated[str | None, typer.Option("--answer", metavar="JSON|@FILE", help="The answer to a question.")]
Happened = Annotated[
    str | None, typer.Option("--happened", metavar="JSON|@FILE", help="It happened, and this is the step's result.")
]
NotHappened = Annotated[bool, typer.Option("--not-happened", help="It did not happen: try again.")]
Why = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Why; the plan and the record keep it.")]


@app.callback(invoke_without_command=True)
def default(context: typer.Context, db: Database = None, as_json: AsJson = False, url: Address = None) -> int | None:
    """What waits for a person."""
    session = Session.of(context, db, as_json, url)
    return None if context.invoked_subcommand else asyncio.run(_list(session))


@app.command("list")
@command
async def list_approvals(session: Session, everything: All = False, most: Most = 1000, cursor: Cursor = None) -> None:
    """What waits for a person, the oldest first. Where there is more, standard error names the --cursor."""
    await _list(session, everything=everything, most=most, cursor=cursor)


async def _list(session: Session, *, everything: bool = False, most: int = 1000, cursor: str | None = None) -> int:
    async with session.existing() as flow:
        found = await flow.approvals.list(status=None if everything else "pending", most=most, cursor=cursor)
        names = await agent_names(flow)
    if not found and not session.as_json:
        session.say("nothing waits for a person")
        return 0
    rows = [(one.id, one.kind, state(one.status), age(one.created_at), one.question) for one in found]
    lines = table(("approval", "kind", "status", "age", "question"), rows, cut=4, width=width())
    session.show([document(one, names) for one in found], lines)
    session.say_more(found.next)
    return 0


@app.command()
@command
async def show(session: Session, approval: ApprovalId) -> None:
    """One question: the calls with their arguments, the digest, until when."""
    async with session.existing() as flow:
        found = (await flow.approvals.get(approval)).record
        names = await agent_names(flow)
    session.show(document(found, names), approval_facts(found, names))
    if found.status == "pending" and not session.as_json:
        for way in ways(found, session):
            session.say(way)


@dataclass(frozen=True)
class Word:
    """What the person said on the command line."""

    comment: str | None
    digest: str | None
    answer: str | None
    happened: str | None
    not_happened: bool
    yes: bool

    @property
    def explicit(self) -> bool:
        """Whether it says more than yes."""
        return self.answer is not None or self.happened is not None or self.not_happened


@command
async def approve(
    session: Session,
    approval: ApprovalId,
    comment: Comment = None,
    answer: Answer = None,
    happened: Happened = None,
    not_happened: NotHappened = False,
    yes: Yes = False,
    digest: Digest = None,
) -> int:
    """Say yes, or answer: shows what will happen and asks. In scripts: --yes --digest D."""
    if sum(given is not None for given in (answer, happened)) + not_happened > 1:
        raise UsageError("give only one of --answer, --happened and --not-happened")
    word = Word(comment, digest, answer, happened, not_happened, yes)
    async with session.existing() as flow:
        question = await flow.approvals.get(approval)
        if question.record.status == "pending":
            word = await _asked(flow, question.record, word)
        decided = await _decide(question, word)
        session.show(document(decided, await agent_names(flow)))
        session.say(f"{approval} is {decided.status}")
        await session.mind_workers(flow)
    return 0


@command
async def reject(session: Session, approval: ApprovalId, comment: Why, digest: Digest = None) -> None:
    """Say no. A step whose outcome is unknown fails."""
    if not comment.strip():
        raise UsageError("--comment is empty: say why, the plan and the record keep it")
    async with session.existing() as flow:
        question = await flow.approvals.get(approval)
        decided = await question.reject(comment, digest=digest)
        session.show(document(decided, await agent_names(flow)))
        session.say(f"{approval} is {decided.status}")
        await session.mind_workers(flow)


async def _asked(flow: AgentFlow, approval: Approval, word: Word) -> Word:
    """The person's word, asked for at the terminal where the command line does not say it."""
    if word.explicit or (word.yes and approval.kind == "call"):
        return word
    if approval.kind == "outcome":
        raise UsageError(f"say what happened to {approval.step}: --happened JSON (its result) or --not-happened")
    if not _terminal():
        need = "--yes, and --digest D to be sure of what" if approval.kind == "call" else "--answer JSON"
        raise UsageError(f"{approval.id} cannot be asked about without a terminal: give {need}")
    for line in approval_facts(approval, await agent_names(flow)):
        stderr().print(line, soft_wrap=True)
    if approval.kind == "ask":
        said = await _ask(f"Your answer ({answer_form(approval.schema)}): ", approval)
        return Word(word.comment, word.digest or approval.digest, said, None, not_happened=False, yes=True)
    if (await _ask("Approve? [y/N] ", approval)).lower() not in ("y", "yes"):
        raise _undecided(approval)
    return Word(word.comment, word.digest or approval.digest, None, None, not_happened=False, yes=True)


async def _decide(question: ApprovalHandle, word: Word) -> Approval:
    if word.answer is not None:
        value = parse_answer(word.answer, question.record.schema)
        return await question.answer(value, word.comment, digest=word.digest)
    if word.happened is not None:
        result = parse_json(word.happened, "the result")
        return await question.happened(result, word.comment, digest=word.digest)
    if word.not_happened:
        return await question.not_happened(word.comment, digest=word.digest)
    return await question.approve(word.comment, digest=word.digest)


def parse_answer(given: str, schema: Json) -> Json:
    """An answer: JSON, or where a text is asked for the bare words themselves."""
    text = text_or_file(given)
    wordy = isinstance(schema, dict) and _takes_words(schema)
    try:
        answer = parse_text(text, "the answer")
    except UsageError:
        if wordy:
            return text
        raise
    return answer if isinstance(answer, str) or not wordy else text


def _takes_words(schema: dict[str, Json]) -> bool:
    choices = schema.get("enum")
    return schema.get("type") == "string" or (
        bool(choices) and all(isinstance(choice, str) for choice in choices or ())
    )


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _undecided(approval: Approval) -> StillWaiting:
    return StillWaiting(f"{approval.id} was not decided and still waits")


async def _ask(question: str, approval: Approval) -> str:
    """A line from the terminal. The loop waits for it, so that Ctrl-C is heard at once; Ctrl-D decides nothing."""
    stderr().print(Text(question), end="")
    ready, loop = asyncio.Event(), asyncio.get_running_loop()
    loop.add_reader(sys.stdin, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sys.stdin)
    if not (line := sys.stdin.readline()):
        stderr().print()
        raise _undecided(approval)
    return line.strip()
