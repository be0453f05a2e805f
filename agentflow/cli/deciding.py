"""agentflow approve, reject: a person's word, on one question or on many."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ..errors import Conflict, Refused, StillWaiting, UsageError
from ..guest.values import ValueNotJson, decode
from ..records import Approval, Json
from .asking import ask, is_yes, terminal
from .editing import edited
from .given import Comment, ForGoal, no_goals, parse_json, parse_text, text_or_file
from .revising import tell
from .session import Session, command, stderr, width
from .shown import agent_names, answer_form, document
from .sights import sight_lines, with_args
from .text import json_text, state, table

if TYPE_CHECKING:
    from ..app import AgentFlow, ApprovalHandle

Ids = Annotated[
    list[str], typer.Argument(metavar="APPROVAL...", help="The approval's id; several at once.", show_default=False)
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Digest = Annotated[
    list[str] | None,
    typer.Option("--digest", metavar="D", help="Decide only if it is still about what had this digest; one for each."),
]
Answer = Annotated[str | None, typer.Option("--answer", metavar="JSON|@FILE", help="The answer to a question.")]
Happened = Annotated[
    str | None, typer.Option("--happened", metavar="JSON|@FILE", help="It happened, and this is the step's result.")
]
NotHappened = Annotated[bool, typer.Option("--not-happened", help="It did not happen: try again.")]
Args = Annotated[
    str | None,
    typer.Option("--args", metavar="JSON|@FILE", help="Approve it with these arguments; for several calls, a list."),
]
Edit = Annotated[bool, typer.Option("--edit", help="Edit the arguments in $EDITOR, then approve it with those.")]
Revise = Annotated[bool, typer.Option("--revise", help="Pause the run, and have its plan written anew.")]
Why = Annotated[str, typer.Option("--comment", metavar="TEXT", help="Why; the plan and the record keep it.")]


@dataclass(frozen=True)
class Word:
    """What the person said on the command line."""

    comment: str | None = None
    digest: str | None = None
    answer: str | None = None
    happened: str | None = None
    not_happened: bool = False
    args: Json = None
    edit: bool = False
    yes: bool = False

    @property
    def explicit(self) -> bool:
        """Whether it says more than yes."""
        return self.answer is not None or self.happened is not None or self.not_happened


@command
async def approve(  # noqa: PLR0913, PLR0917  # an option each
    session: Session,
    approvals: Ids,
    comment: Comment = None,
    answer: Answer = None,
    happened: Happened = None,
    not_happened: NotHappened = False,
    args: Args = None,
    edit: Edit = False,
    yes: Yes = False,
    digest: Digest = None,
) -> int:
    """Say yes, or answer: shows what will happen and asks. In scripts: --yes --digest D."""
    if sum(given is not None for given in (answer, happened, args)) + not_happened + edit > 1:
        raise UsageError("give only one of --answer, --happened, --not-happened, --args and --edit")
    no_goals(session, approvals, "approve")
    digests = _digests(approvals, digest)
    new = None if args is None else _arguments(args)
    word = Word(comment, digests[0], answer, happened, not_happened, new, edit, yes)
    async with session.existing() as flow:
        if len(approvals) > 1:
            return await _approve_all(session, flow, approvals, digests, word)
        question = await flow.approvals.get(approvals[0])
        if question.record.status == "pending":
            word = await _asked(question, word)
        elif edit:
            raise Conflict(
                f"{question.id} is {question.record.status} already: its arguments cannot be edited any more"
            )
        return await _told(session, flow, question, await _decide(question, word))


@command
async def reject(
    session: Session,
    approvals: Ids,
    comment: Why,
    digest: Digest = None,
    revise: Revise = False,
    goal: ForGoal = None,
) -> int:
    """Say no. A step whose outcome is unknown fails. With --revise the plan is written anew; prints that goal's id."""
    if not comment.strip():
        raise UsageError("--comment is empty: say why, the plan and the record keep it")
    no_goals(session, approvals, "reject")
    if revise and len(approvals) > 1:
        raise UsageError("--revise goes with one approval: the comment is about one plan")
    digests = _digests(approvals, digest)
    async with session.existing() as flow:
        if revise:
            text = None if goal is None else text_or_file(goal)
            question = await flow.approvals.get(approvals[0])
            await tell(session, flow, await question.revise(comment, digest=digests[0], goal=text))
            return 0
        if len(approvals) > 1:
            return await _all(session, flow, approvals, digests, {"action": "reject", "comment": comment})
        question = await flow.approvals.get(approvals[0])
        return await _told(session, flow, question, await question.reject(comment, digest=digests[0]))


async def _told(session: Session, flow: AgentFlow, question: ApprovalHandle, decided: Approval) -> int:
    session.show(document(decided, await agent_names(flow)))
    session.say(f"{decided.id} is {decided.status}{await _lacking(question, decided)}")
    await session.mind_workers(flow)
    return 0


async def _lacking(question: ApprovalHandle, decided: Approval) -> str:
    """Who else has to agree."""
    if decided.status != "pending":
        return ""
    case = await question.case()
    return f": {len(case.agreed)} of {case.needed} have agreed ({', '.join(case.agreed)})"


def _digests(approvals: Sequence[str], given: Sequence[str] | None) -> list[str | None]:
    if given and len(given) != len(approvals):
        raise UsageError(
            f"give --digest once for each approval: {len(approvals)} times, not {len(given)}, or not at all"
        )
    return list(given) if given else [None] * len(approvals)


# many


async def _approve_all(
    session: Session, flow: AgentFlow, ids: Sequence[str], digests: Sequence[str | None], word: Word
) -> int:
    if word.explicit or word.edit or word.args is not None:
        raise UsageError("only calls are approved several at a time: answer and edit one by one")
    if not word.yes:
        digests = await _all_seen(flow, ids, digests)
    return await _all(session, flow, ids, digests, {"action": "approve", "comment": word.comment})


async def _all_seen(flow: AgentFlow, ids: Sequence[str], digests: Sequence[str | None]) -> list[str | None]:
    """Show them all and ask once; what was shown is what is agreed to."""
    if not terminal():
        raise UsageError("they cannot be asked about without a terminal: give --yes, and --digest D for each")
    records = [(await flow.approvals.get(id)).record for id in ids]
    for one in records:
        stderr().print(Text(f"{one.id}  {one.question}", "bold"), soft_wrap=True)
        for call in one.calls:
            stderr().print(Text(f"  {call.tool} {json_text(call.args, indent=None)}"), soft_wrap=True)
    undecided = StillWaiting("none of them was decided: they still wait")
    if not is_yes(await ask(f"Approve all {len(ids)}? [y/N] ", undecided)):
        raise undecided
    return [given or one.digest for given, one in zip(digests, records, strict=True)]


async def _all(
    session: Session, flow: AgentFlow, ids: Sequence[str], digests: Sequence[str | None], said: dict[str, Json]
) -> int:
    """Decide each by itself, and tell what became of it. Refused as a whole only in the exit status."""
    decided = await flow.approvals.decide([{"id": id, "digest": d, **said} for id, d in zip(ids, digests, strict=True)])
    documents: list[dict[str, Any]] = [
        {"id": one.id, "result": one.result, "error": str(one.error) if one.error else None} for one in decided
    ]
    lines = table(
        ("approval", "result", "why"),
        [(one.id, state(one.result.lower()), str(one.error or "")) for one in decided],
        wrap=2,
        width=width(),
    )
    session.show(documents, lines)
    await session.mind_workers(flow)
    failed = sum(one.error is not None for one in decided)
    if failed:
        raise Refused(f"{failed} of {len(decided)} did not hold: the list says why")
    return 0


# one


async def _asked(question: ApprovalHandle, word: Word) -> Word:
    """The person's word, asked for at the terminal where the command line does not say it."""
    approval = question.record
    if word.explicit or (word.yes and approval.kind == "call" and not word.edit):
        return word
    if approval.kind == "outcome":
        raise UsageError(f"say what happened to {approval.step}: --happened JSON (its result) or --not-happened")
    if not terminal():
        need = "--yes, and --digest D to be sure of what" if approval.kind == "call" else "--answer JSON"
        raise UsageError(f"{approval.id} cannot be asked about without a terminal: give {need}")
    if word.edit:
        word = replace(word, args=_edited(approval), edit=False)
    sight = await question.sight()
    for line in sight_lines(sight if word.args is None else with_args(sight, word.args), stderr().width):
        stderr().print(line, soft_wrap=True)
    seen = replace(word, digest=word.digest or approval.digest, yes=True)
    undecided = StillWaiting(f"{approval.id} was not decided and still waits")
    if approval.kind == "ask":
        return replace(seen, answer=await ask(f"Your answer ({answer_form(approval.schema)}): ", undecided))
    if not is_yes(await ask("Approve? [y/N] ", undecided)):
        raise undecided
    return seen


async def _decide(question: ApprovalHandle, word: Word) -> Approval:
    if word.answer is not None:
        value = parse_answer(word.answer, question.record.schema)
        return await question.answer(value, word.comment, digest=word.digest)
    if word.happened is not None:
        result = parse_json(word.happened, "the result")
        return await question.happened(result, word.comment, digest=word.digest)
    if word.not_happened:
        return await question.not_happened(word.comment, digest=word.digest)
    args = None if word.args is None else values_of(word.args)
    return await question.approve(word.comment, digest=word.digest, args=args)


def _edited(approval: Approval) -> Json:
    """The arguments as somebody leaves them in an editor."""
    args = [call.args for call in approval.calls]
    before = json.dumps(args[0] if len(args) == 1 else args, indent=2, ensure_ascii=False) + "\n"
    after = edited(before, "arguments.json")
    if after == before:
        raise StillWaiting(f"nothing was edited: {approval.id} was not decided and still waits")
    return _arguments(after)


def _arguments(given: str) -> Json:
    args = parse_json(given, "the object of arguments")
    values_of(args)
    return args


def values_of(args: Json) -> Json:
    """Arguments as values: what stands in a tag, such as a decimal, is what it stands for."""
    try:
        return decode(args)
    except ValueNotJson as error:
        raise UsageError(f"the arguments are no values: {error}") from None


def parse_answer(given: str, schema: Json) -> Json:
    """An answer as it is given to a command, or the file that holds it."""
    return read_answer(text_or_file(given), schema)


def read_answer(text: str, schema: Json) -> Json:
    """An answer: JSON, or where a text is asked for the bare words themselves."""
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
