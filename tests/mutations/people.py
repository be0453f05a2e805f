"""Defects of who may do what, whose things are whose, and what is told of it."""

from __future__ import annotations

from .defects import QUERIES, Defect

KEYS = ("tests/app/test_keys.py",)
STANDING = ("tests/path/test_standing.py",)
LINKED = ("tests/page/test_linked.py",)
VEILED = ("tests/path/test_veiled.py",)
TOLD = ("tests/notices/test_people.py",)

PEOPLE = (
    Defect(
        "any role will do",
        "agentflow/roles.py",
        "if not needed & principal.roles:",
        "if not principal.roles:",
        ("tests/test_roles.py",),
    ),
    Defect(
        "every tenant's admins suspend the others",
        "agentflow/roles.py",
        "if verb in HOUSE and principal.tenant != DEFAULT_TENANT:",
        "if verb in HOUSE and not principal.tenant:",
        ("tests/test_roles.py",),
    ),
    Defect(
        "a key is known by its beginning alone",
        "agentflow/app/keys.py",
        'if not compare_digest(_digest(secret), row["sha256"] if row else _digest("")) or row is None:',
        "if row is None:",
        KEYS,
    ),
    Defect(
        "an expired key opens",
        "agentflow/app/keys.py",
        'if row["expires_at"] is not None and now >= row["expires_at"]:',
        'if row["expires_at"] is not None and now < 0:',
        KEYS,
    ),
    Defect(
        "the keys of a suspended tenant open",
        "agentflow/app/keys.py",
        'if row["suspended_at"] is not None:',
        'if row["suspended_at"] == 0:',
        KEYS,
    ),
    Defect(
        "a handle reads the history of another tenant's run",
        "agentflow/app/runs.py",
        "if story is None or story.run.tenant != self._house.principal.tenant:",
        "if story is None:",
        ("tests/app/test_tenancy.py",),
    ),
    Defect(
        "an id that another tenant has taken is not free",
        "agentflow/records/__init__.py",
        "return id if tenant == DEFAULT_TENANT else f\"{tenant}.{id.removeprefix(f'{tenant}.')}\"",
        "return id",
        ("tests/app/test_starts.py",),
    ),
    Defect(
        "a run goes on in a suspended tenant",
        "agentflow/dispatch/world.py",
        'if not row["active"]:',
        'if row["active"] is None:',
        STANDING,
    ),
    Defect(
        "a run of a revoked version goes on",
        "agentflow/dispatch/world.py",
        'if row["revoked_at"] is not None:',
        'if row["revoked_at"] == 0:',
        STANDING,
    ),
    Defect(
        "what was refused is forgotten when it may go on",
        QUERIES,
        "AND (\n    id IN (SELECT id FROM runs WHERE tenant = :tenant AND status = 'paused'",
        "AND (\n    id IN (SELECT id FROM runs WHERE tenant = :tenant AND status = 'queued'",
        STANDING,
    ),
    Defect(
        "tools are called in a sandbox",
        "agentflow/dispatch/attempts.py",
        "        if grant.sandbox:\n",
        "        if grant.held:\n",
        STANDING,
    ),
    Defect(
        "a row of the audit log may be written anew",
        "agentflow/store/chain.py",
        'f"{previous}\\n{n}\\n{told}"',
        'f"{n}\\n{told}"',
        ("tests/store/test_audit.py",),
    ),
    Defect(
        "that the last rows of the audit log are missing goes unseen",
        "agentflow/store/chain.py",
        "if self.held < self.last else None",
        "if self.last < 0 else None",
        ("tests/store/test_audit.py",),
    ),
    Defect(
        "a decision is not told",
        "agentflow/app/approvals.py",
        "[*writes(ruling, policy), noted]",
        "[*writes(ruling, policy)]",
        ("tests/app/test_audit.py",),
    ),
    Defect(
        "a form decides whatever the question is about by now",
        "agentflow/page/approval.py",
        '"comment": comment or None, "digest": digest}',
        '"comment": comment or None, "digest": None}',
        ("tests/page/test_approval.py",),
    ),
    Defect(
        "what a tool says in the error of a sensitive step is shown",
        "agentflow/dispatch/status.py",
        "        error=veiled(step.error) if secret else cleaned(step.error, said),\n",
        "        error=cleaned(step.error, []),\n",
        VEILED,
    ),
    Defect(
        "an error of a sensitive step that the plan says on is told with its run",
        "agentflow/dispatch/telling.py",
        "return error if self._world.cast else cleaned(error, told(self._machine.steps.values()))",
        "return error",
        VEILED,
    ),
    Defect(
        "that a call may not be made now is an answer for a step's function",
        "agentflow/dispatch/attempts.py",
        "        except Held:\n            raise\n",
        "",
        STANDING,
    ),
    Defect(
        "an undoing that was refused goes by what was known then",
        "agentflow/dispatch/undoing.py",
        '        self._rollbacks.known((item.body or {}).get("facts", {}))\n',
        "",
        ("tests/path/test_rollback.py",),
    ),
    Defect(
        "an undoing that was refused and is not any more asks no person",
        "agentflow/dispatch/undoing.py",
        "        step.command, step.state, step.spared,",
        "        _, step.state, step.spared,",
        ("tests/path/test_rollback.py",),
    ),
    Defect(
        "a list of cases shows what is sensitive to everybody",
        "agentflow/app/cases.py",
        "return Page((veiled(case, house.principal) for case in cases), found.next)",
        "return Page(cases, found.next)",
        ("tests/page/test_approval.py",),
    ),
    Defect(
        "a link lets its person do all that they may",
        "agentflow/page/linked.py",
        "return replace(who, roles=who.roles & DECIDING or LOOKING)",
        "return replace(who, roles=who.roles or LOOKING)",
        LINKED,
    ),
    Defect(
        "what an archived agent has asked is decided by a link",
        "agentflow/page/linked.py",
        "if one.id == of and one.archived_at)",
        "if one.id != of and one.archived_at)",
        LINKED,
    ),
    Defect(
        "a decision by a link comes from anybody's page",
        "agentflow/page/linked.py",
        '        if scope["method"] not in READING:\n',
        '        if scope["method"] in READING and not self._local:\n',
        LINKED,
    ),
    Defect(
        "a link is good for ever",
        "agentflow/app/reaching.py",
        'until = min(subject.expires_at or float("inf"), house.clock.now() + LONGEST)',
        'until = max(subject.expires_at or float("inf"), house.clock.now() + LONGEST) * 2',
        TOLD,
    ),
    Defect(
        "a person hears of what is not theirs",
        "agentflow/app/reaching.py",
        "    if why := await _idle(replace(house, principal=who), subject, kind):\n",
        "    if (why := await _idle(replace(house, principal=who), subject, kind)) and not who.key:\n",
        TOLD,
    ),
    Defect(
        "a text of somebody else makes lines of a notice",
        "agentflow/notices/subjects.py",
        '    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())\n',
        "    plain = text\n",
        TOLD,
    ),
)
