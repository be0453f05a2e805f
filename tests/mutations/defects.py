"""Defects that an engine like this one could have: each a small change of one file, and who should see it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

QUERIES = "agentflow/store/queries.sql"
ACTIVITY = "agentflow/engine/activity.py"


@dataclass(frozen=True, slots=True)
class Defect:
    """A defect: in this file, this text (which stands there once) becomes that one. `tests` are asked in order."""

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]

    def sown(self, root: Path) -> str:
        """The file's text with the defect in it."""
        text = (root / self.file).read_text(encoding="utf-8")
        assert text.count(self.right) == 1, f"{self.name}: its place in {self.file} has changed; write it anew"
        return text.replace(self.right, self.wrong)


ENGINE = ("tests/engine",)
PATH = ("tests/dispatch", "tests/path")
MODEL = ("tests/model",)

DEFECTS = (
    Defect(
        "an epoch is not checked",
        QUERIES,
        "SELECT 1 FROM work WHERE id = :id AND worker = :worker AND epoch = :epoch",
        "SELECT 1 FROM work WHERE id = :id AND worker = :worker",
        (*ENGINE, "tests/crash/test_workers.py"),
    ),
    Defect(
        "a claim is taken without a look at who has it",
        QUERIES,
        "WHERE id = :id AND worker IS NULL\n    AND (:most IS NULL",
        "WHERE id = :id\n    AND (:most IS NULL",
        (*ENGINE, *MODEL),
    ),
    Defect(
        "a takeover forgets that there is something to do",
        QUERIES,
        "UPDATE work SET worker = NULL, wake_at = :now WHERE worker = :worker",
        "UPDATE work SET worker = NULL, wake_at = NULL WHERE worker = :worker",
        (*ENGINE, *MODEL),
    ),
    Defect(
        "a message that comes while a claim is given back wakes nobody",
        QUERIES,
        "wake_at = CASE WHEN EXISTS (SELECT 1 FROM inbox WHERE inbox.id = work.id AND seq > :seen)\n"
        "    THEN CAST(:now AS REAL) ELSE CAST(:wake_at AS REAL) END",
        "wake_at = :wake_at",
        ENGINE,
    ),
    Defect(
        "what people say to a run waits behind its next beginning",
        QUERIES,
        "FROM inbox WHERE id = :aside AND kind IN ('pause', 'resume', 'cancel') ORDER BY seq",
        "FROM inbox WHERE id = :aside AND kind = '' ORDER BY seq",
        ENGINE,
    ),
    Defect(
        "a restart leaves the claim where it was",
        QUERIES,
        "SET generation = :generation, worker = NULL, epoch = epoch + 1, needs",
        "SET generation = :generation, needs",
        (*ENGINE, *MODEL),
    ),
    Defect(
        "a restart keeps begun attempts",
        QUERIES,
        "SELECT key, mark FROM attempts WHERE id = :id AND generation = :generation AND ended_at IS NULL",
        "SELECT key, mark FROM attempts WHERE id = :id AND ended_at IS NULL",
        (*ENGINE, *MODEL),
    ),
    Defect(
        "a question is decided twice",
        QUERIES,
        "WHERE id = :id AND status = 'pending' AND verdicts = :number - 1 AND (expires_at IS NULL OR expires_at > :at)",
        "WHERE id = :id AND (expires_at IS NULL OR expires_at > :at)",
        ("tests/approvals",),
    ),
    Defect(
        "a decision holds by a policy that is not there any more",
        QUERIES,
        "WHERE agents.id = approvals.agent AND agents.approvals = :policy)",
        "WHERE agents.id = approvals.agent)",
        ("tests/approvals",),
    ),
    Defect(
        "votes for what was asked before an edit count",
        "agentflow/approvals/ruling.py",
        "        return self.verdicts[last:]\n",
        "        return self.verdicts\n",
        ("tests/approvals",),
    ),
    Defect(
        "the run is told of the calls as they were before an edit",
        "agentflow/approvals/ruling.py",
        "**said, **several, **edited}",
        "**said, **several}",
        ("tests/approvals",),
    ),
    Defect(
        "who is not of the deciders any more still counts",
        "agentflow/approvals/ruling.py",
        "for name in said if self.may_agree(name))",
        "for name in said)",
        ("tests/approvals",),
    ),
    Defect(
        "a refused batch leaves its first writes behind",
        "agentflow/store/sqlite.py",
        '    connection.execute("ROLLBACK TO batch")\n',
        "",
        ("tests/store",),
    ),
    Defect(
        "delivery order is swapped",
        ACTIVITY,
        "ready = self._ready[0] if self._ready else None",
        "ready = self._ready[-1] if self._ready else None",
        (*ENGINE, *MODEL),
    ),
    Defect(
        "a timer overtakes what was stored before it was due",
        ACTIVITY,
        "self._timers[key] <= self._first_ready()",
        "bool(self._timers)",
        (*ENGINE, *MODEL),
    ),
    Defect(
        "an attempt starts before the commit that makes it known",
        ACTIVITY,
        "        said = self._to_say()\n"
        "        await self._write([*self._delivered(), *writes, *words(said), *map(self._attempt, self._starting)])\n"
        "        self._taken, self._dropped = [], []\n",
        "        said = self._to_say()\n"
        "        for key, fn in self._starting.items():\n"
        "            self._running[key] = asyncio.create_task(self._attempt_once(key, fn))\n"
        "        known, self._starting = self._starting, {}\n"
        "        await self._write([*self._delivered(), *writes, *words(said), *map(self._attempt, known)])\n"
        "        self._taken, self._dropped = [], []\n",
        (*ENGINE, *MODEL, "tests/crash/test_run.py"),
    ),
    Defect(
        "a late result is stored",
        ACTIVITY,
        "        if key not in self._running:\n            return\n",
        "",
        (*ENGINE, "tests/path/test_endings.py", *MODEL),
    ),
    Defect(
        "an interrupted attempt is run again under its number",
        ACTIVITY,
        "        if key not in self._begun:\n            self._starting[key] = fn\n        else:",
        "        if True:\n            self._starting[key] = fn\n            self._begun.pop(key, None)\n        else:",
        (*ENGINE, *MODEL),
    ),
    Defect(
        "an attempt is not counted",
        "agentflow/dispatch/trying.py",
        "        tried = step.attempt - step.spared\n",
        "        tried = step.attempt - step.spared - failed.interrupted\n",
        (*PATH, *MODEL),
    ),
    Defect(
        "a tool with effect once is called again after an interruption",
        "agentflow/dispatch/failures.py",
        'unknown = effect == "once" or bool(mark)',
        "unknown = bool(mark)",
        (*PATH, *MODEL),
    ),
    Defect(
        "a function forgets that it began what may not be repeated",
        "agentflow/dispatch/attempts.py",
        "            await self._marker.mark(this.key, call.tool)",
        "            call.tool",
        ("tests/path/test_unknown.py", "tests/crash/test_run.py"),
    ),
    Defect(
        "the idempotency key has the attempt in it",
        "agentflow/dispatch/attempts.py",
        "this.command.occurrence]",
        "this.command.occurrence, this.number]",
        ("tests/path/test_retries.py", "tests/path/test_unknown.py", *MODEL),
    ),
    Defect(
        "an event is bound twice",
        "agentflow/dispatch/events.py",
        "            self._events.remove(found)\n",
        "            pass\n",
        ("tests/path/test_events.py", *MODEL),
    ),
    Defect(
        "the newest event is bound first",
        "agentflow/dispatch/events.py",
        "found = next((one for one in self._events if matches(one[1], wait)), None)",
        "found = next((one for one in reversed(self._events) if matches(one[1], wait)), None)",
        ("tests/path/test_events.py", *MODEL),
    ),
    Defect(
        "a withdrawn wait still binds",
        "agentflow/dispatch/book.py",
        "            self._withdraw(step)\n        else:\n            self._ready = deque(",
        '            step.unheard = step.state == "waiting" or self._withdraw(step) is not None\n'
        "        else:\n            self._ready = deque(",
        ("tests/dispatch/test_withdrawal.py", "tests/path/test_branches.py"),
    ),
    Defect(
        "a pause loses the rest of a sleep",
        "agentflow/dispatch/wishes.py",
        "thawed = {key: now + left for key, left in self._frozen.items()}",
        "thawed = {key: now for key in self._frozen}",
        ("tests/path/test_control.py", *MODEL),
    ),
    Defect(
        "a timer is forgotten at hibernation",
        ACTIVITY,
        "self._release(self._clock.now() if kept else wake_at)",
        "self._release(self._clock.now() if kept else None)",
        (*ENGINE, *MODEL),
    ),
    Defect(
        "an approval covers other arguments",
        "agentflow/dispatch/trying.py",
        'if grant.call == canonical([call["tool"], call["args"]]) and grant.used_by is None:',
        "if grant.used_by is None:",
        ("tests/dispatch", "tests/path/test_approvals.py"),
    ),
    Defect(
        "an approval is used twice",
        "agentflow/dispatch/trying.py",
        'if grant.call == canonical([call["tool"], call["args"]]) and grant.used_by is None:',
        'if grant.call == canonical([call["tool"], call["args"]]):',
        ("tests/dispatch", "tests/path/test_approvals.py"),
    ),
    Defect(
        "rollbacks run in the order of start",
        "agentflow/dispatch/rollbacks.py",
        "        for key in reversed(list(started)):\n            found",
        "        for key in list(started):\n            found",
        ("tests/dispatch/test_undoing.py", "tests/path/test_rollback.py"),
    ),
    Defect(
        "an undoing that failed counts as done",
        "agentflow/dispatch/undoing.py",
        'rollback.undone = step.state == "done"',
        "rollback.undone = True",
        ("tests/dispatch/test_undoing.py", "tests/path/test_rollback.py"),
    ),
    Defect(
        "a guest's clock goes back",
        "agentflow/guest/activation.py",
        'self._run.at = max(self._run.at, delivery["at"])',
        'self._run.at = delivery["at"]',
        ("tests/guest", "tests/path/test_clock.py"),
    ),
    Defect(
        "branches move last come, first served",
        "agentflow/guest/scheduler.py",
        "self.resume = self._ready.append\n",
        "self.resume = self._ready.appendleft\n",
        ("tests/guest", *MODEL),
    ),
    Defect(
        "a replay is not compared with what was asked for",
        "agentflow/dispatch/replaying.py",
        "        if texts[0] != texts[1]:\n",
        "        if texts[0] != texts[1] and number < 0:\n",
        ("tests/path/test_functions.py", "tests/path/test_exactness.py", "tests/path/test_reviewed.py"),
    ),
    Defect(
        "what a tool returns is stored with the secrets in it",
        "agentflow/dispatch/attempts.py",
        "clean = world.redact(encoded, text)",
        "clean = encoded",
        ("tests/path/test_secrets.py",),
    ),
    Defect(
        "a function of a plan is told the secrets that its tools tell",
        "agentflow/dispatch/attempts.py",
        'return {"ok": world.redact(encode(await self._call(call.tool, call.args)))}',
        'return {"ok": encode(await self._call(call.tool, call.args))}',
        ("tests/path/test_secrets.py",),
    ),
    Defect(
        "a worker takes runs whose secrets it lacks",
        "agentflow/app/secrecy.py",
        "able = known - lacking",
        "able = known",
        ("tests/path/test_secrets.py",),
    ),
    Defect(
        "an agent's own limits are not read",
        "agentflow/dispatch/world.py",
        'stored_bounds(world.bounds, row["limits"])',
        "world.bounds",
        ("tests/path/test_limits.py",),
    ),
)
