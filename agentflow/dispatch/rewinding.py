"""Looking back: a run's history replayed on its own code or on another, up to a step or to its end, without effect."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from ..approvals.veil import REDACTED
from ..engine import Item
from ..errors import NotFound
from ..records import Json, Run
from ..records.moments import Branch, Looked, Moment, Name, Replay
from ..redaction import Redactor, values
from ..sandbox import Code, Opening, Sandbox, Turn
from .machine import Machine
from .replaying import Divergence, Replayed, replay
from .status import views
from .steps import UNDO, is_named, key_of
from .story import Story, advance, blank, load, read_items
from .veiling import told
from .world import World, opening

_LEAST = 4
"""Characters of a sensitive text that is looked for inside of others; a shorter one is hidden where it stands alone."""


@dataclass(frozen=True, slots=True)
class Rewinding:
    """A run that is looked back at, wherever what is known of it came from."""

    sandbox: Sandbox
    redact: Redactor
    story: Story
    items: Sequence[Item]
    opening: Opening
    hidden: Collection[str] = ()
    """The keys of steps whose arguments are not known."""

    async def replay(self, played: Code, to: str | None = None) -> Replay:
        """How the history replays on some code, up to a step (`NAME` or `NAME#K`) or whole.

        Raises `NotFound` where the run never started this step.
        """
        story = self.story
        key = None if to is None else _key(story, to)
        turns = story.machine.turn if key is None else story.machine.steps[key].command.turn
        replayed = await replay(
            self.sandbox,
            played,
            self.opening,
            story.machine.deliveries[:turns],
            story.commands,
            may_end=key is None,
            look=key is not None,
            hidden=self.hidden,
        )
        differs = replayed.differs or (_ending(story.run, replayed.turns) if key is None else None)
        moment = self._moment(key, replayed) if key and replayed.looked else None
        return _told(differs, len(replayed.turns), turns, moment)

    def _moment(self, key: str, replayed: Replayed) -> Moment:
        story, looked, turn = self.story, replayed.looked, len(replayed.turns)
        then = self._machine_at(key)
        assert looked is not None
        before = [*then.steps][: [*then.steps].index(key)]
        asked = {command.key: command.line for command in replayed.turns[-1].commands}
        hidden = _hidden(story.machine)
        branches = tuple(self._shown(branch, hidden) for branch in _first(looked, key))
        steps = {view.key: view for view in views(then)}
        recorded = tuple(steps[one] for one in before if is_named(one))
        beside = tuple(one for one in asked if one != key)
        at = float(story.machine.deliveries[turn - 1]["at"])
        run = story.run
        return Moment(run.id, run.generation, key, turn, at, asked.get(key), branches, looked.more, recorded, beside)

    def _machine_at(self, key: str) -> Machine:
        """The machine of the run just after it had asked for a step."""
        machine = blank(self.story.run)
        for item in self.items:
            advance(machine, item, self.story.commands)
            if key in machine.steps:
                break
        return machine

    def _shown(self, branch: Branch, hidden: Collection[str]) -> Branch:
        """What people may see of it: nothing that a sensitive step was given or gave, and no secret."""
        places = [
            replace(place, names=tuple(self._name(name, hidden) for name in place.names)) for place in branch.places
        ]
        return replace(branch, places=tuple(places))

    def _name(self, name: Name, hidden: Collection[str]) -> Name:
        return replace(name, value=self.redact(_veiled(name.value, hidden)))


async def rewinding(world: World, id: str) -> Rewinding:
    """A run as it stands in the database. Raises `NotFound` where it is gone."""
    story = await load(world.store, id)
    if story is None:
        raise NotFound(f"there is no run {id} any more")
    run = story.run
    return Rewinding(world.sandbox, world.redact, story, await read_items(world.store, run), await opening(world, run))


def _key(story: Story, step: str) -> str:
    key = key_of(step)
    steps = story.machine.steps
    known = [one for one in steps if is_named(one) and not one.endswith(UNDO)]
    if key in known:
        return key
    started = ", ".join(known)
    raise NotFound(f"run {story.run.id} has not started a step {key}: it started {started or 'none'}")


def _ending(run: Run, turns: Collection[Turn]) -> Divergence | None:
    """Whether code that did all as before ends as before, where the run has ended by itself."""
    if run.status not in ("completed", "failed") or not turns:
        return None
    number, end = len(turns), [*turns][-1].end
    if run.status == "completed" and end is None:
        return Divergence(number, "the end of the run", "goes on", "the plan goes on there")
    if run.status == "completed" and end is not None and (end.error or end.result != run.result):
        return Divergence(number, "the result of the run", "ends otherwise", "the plan ends otherwise there")
    if run.status == "failed" and end is not None and end.error is None:
        return Divergence(number, "the failure of the run", "ends without an error", "the plan ends there")
    return None


def _told(differs: Divergence | None, turns: int, of: int, moment: Moment | None) -> Replay:
    if differs is None:
        return Replay(turns, of, moment=moment)
    return Replay(turns, of, differs.step, differs.line, differs.was, differs.now)


def _first(looked: Looked, key: str) -> list[Branch]:
    """The branch that waits for the step before all others."""
    return sorted(looked.branches, key=lambda branch: branch.waits != key)


def _hidden(machine: Machine) -> frozenset[str]:
    """The texts and numbers in what sensitive steps were given and gave, and what they said of their errors."""
    secret = [step for step in machine.steps.values() if step.spec.get("sensitive")]
    data = [(step.error or {}).get("data") for step in secret]
    given = [[(step.spec.get("call") or {}).get("args"), step.result] for step in secret]
    return frozenset(values([given, data, [*told(secret)]]))


def _veiled(document: Json, hidden: Collection[str]) -> Json:
    if isinstance(document, dict):
        return {key: _veiled(inner, hidden) for key, inner in document.items()}
    if isinstance(document, list):
        return [_veiled(inner, hidden) for inner in document]
    said = str(document)
    if said in hidden or any(len(one) >= _LEAST and one in said for one in hidden):
        return REDACTED
    return document
