-- The rooms of the database. Portable to PostgreSQL but for the marked lines. JSON stands in TEXT, moments are
-- seconds since 1970 in REAL, ids are TEXT.

-- name: 1

CREATE TABLE agents (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, model TEXT NOT NULL, instructions TEXT NOT NULL,
    tools TEXT NOT NULL, review TEXT NOT NULL, repairs INTEGER NOT NULL, created_at REAL NOT NULL, archived_at REAL,
    UNIQUE (tenant, name)
);

-- A version of an agent's code. Never updated but for `revoked_at` and `reviewed`.
CREATE TABLE plans (
    agent TEXT NOT NULL, number INTEGER NOT NULL, sha256 TEXT NOT NULL, source TEXT NOT NULL, code BLOB NOT NULL,
    entry TEXT NOT NULL, author TEXT NOT NULL, prompt TEXT, goal TEXT, tools TEXT NOT NULL, api INTEGER NOT NULL,
    python TEXT NOT NULL, findings TEXT NOT NULL, reviewed INTEGER NOT NULL, created_at REAL NOT NULL, revoked_at REAL,
    PRIMARY KEY (agent, number)
);

CREATE TABLE goals (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, agent TEXT NOT NULL, text TEXT NOT NULL, payload TEXT NOT NULL,
    status TEXT NOT NULL, plan_only INTEGER NOT NULL, reason TEXT, version INTEGER, run TEXT, progress TEXT,
    created_by TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL
);
CREATE INDEX goals_by_agent ON goals (tenant, agent, created_at);

-- One answer of the model to a goal; stored before anything is made of it.
CREATE TABLE goal_attempts (
    goal TEXT NOT NULL, number INTEGER NOT NULL, model TEXT NOT NULL, prompt TEXT NOT NULL, reply TEXT, source TEXT,
    findings TEXT, usage TEXT NOT NULL, error TEXT, started_at REAL NOT NULL, ended_at REAL,
    PRIMARY KEY (goal, number)
);

CREATE TABLE runs (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, agent TEXT NOT NULL, version INTEGER NOT NULL,
    generation INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT, payload TEXT NOT NULL, goal TEXT,
    created_by TEXT NOT NULL, created_at REAL NOT NULL, updated_at REAL NOT NULL, ended_at REAL, result TEXT, error TEXT
);
CREATE INDEX runs_by_agent ON runs (tenant, agent, created_at);

-- What was delivered to a run, in order: the whole truth about it.
CREATE TABLE history (
    run TEXT NOT NULL, generation INTEGER NOT NULL, n INTEGER NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL,
    key TEXT NOT NULL, body TEXT, PRIMARY KEY (run, generation, n)
);

-- What the plan asked for, by the turn in which it did; `facts` is what the host knew then (effect, policy).
CREATE TABLE commands (
    run TEXT NOT NULL, generation INTEGER NOT NULL, turn INTEGER NOT NULL, i INTEGER NOT NULL, kind TEXT NOT NULL,
    name TEXT NOT NULL, occurrence INTEGER NOT NULL, line INTEGER, spec TEXT NOT NULL, facts TEXT NOT NULL,
    PRIMARY KEY (run, generation, turn, i)
);

CREATE TABLE approvals (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, agent TEXT NOT NULL, version INTEGER NOT NULL, run TEXT NOT NULL,
    generation INTEGER NOT NULL, step TEXT NOT NULL, kind TEXT NOT NULL, question TEXT NOT NULL, details TEXT,
    calls TEXT NOT NULL, digest TEXT NOT NULL, schema TEXT, fallback TEXT, risk TEXT NOT NULL, status TEXT NOT NULL,
    created_at REAL NOT NULL, expires_at REAL, decided_at REAL, decided_by TEXT, comment TEXT, decision TEXT
);
CREATE INDEX approvals_by_status ON approvals (tenant, status, created_at);
CREATE INDEX approvals_by_run ON approvals (run, generation);

-- The engine's own: who works on what, what came and was not yet delivered, what was begun.
CREATE TABLE work (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, generation INTEGER NOT NULL, needs TEXT NOT NULL, worker TEXT,
    epoch INTEGER NOT NULL, wake_at REAL
);
CREATE INDEX work_due ON work (wake_at) WHERE worker IS NULL AND wake_at IS NOT NULL;
CREATE INDEX work_by_worker ON work (worker) WHERE worker IS NOT NULL;

CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, -- PostgreSQL: GENERATED ALWAYS AS IDENTITY
    id TEXT NOT NULL, at REAL NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT
);
CREATE INDEX inbox_by_id ON inbox (id, seq);

CREATE TABLE attempts (
    id TEXT NOT NULL, generation INTEGER NOT NULL, key TEXT NOT NULL, worker TEXT NOT NULL, started_at REAL NOT NULL,
    ended_at REAL, mark TEXT, PRIMARY KEY (id, generation, key)
);
CREATE INDEX attempts_open ON attempts (id, generation) WHERE ended_at IS NULL;

CREATE TABLE workers (id TEXT PRIMARY KEY, pid INTEGER NOT NULL, tools TEXT NOT NULL, started_at REAL NOT NULL);

-- name: 2

-- `agents` names the agents whose runs an agent's plans may delegate to.
ALTER TABLE agents ADD COLUMN agents TEXT NOT NULL DEFAULT '[]';

-- A run or goal that another run delegated: whose step it answers, and the tree that it belongs to.
ALTER TABLE goals ADD COLUMN parent TEXT;
ALTER TABLE goals ADD COLUMN parent_step TEXT;
ALTER TABLE goals ADD COLUMN root TEXT;
ALTER TABLE goals ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN parent TEXT;
ALTER TABLE runs ADD COLUMN parent_step TEXT;
ALTER TABLE runs ADD COLUMN root TEXT;
ALTER TABLE runs ADD COLUMN depth INTEGER NOT NULL DEFAULT 0;
CREATE INDEX goals_by_parent ON goals (parent) WHERE parent IS NOT NULL;
CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL;
CREATE INDEX goals_by_root ON goals (root) WHERE root IS NOT NULL;
CREATE INDEX runs_by_root ON runs (root) WHERE root IS NOT NULL;

-- `schedule` is what the plan sees as `event.schedule`, `progress` what it said last, `rollback` what was undone and
-- what was not, `inherited` the generation in which each step that a restart left open was first started.
ALTER TABLE runs ADD COLUMN schedule TEXT;
ALTER TABLE runs ADD COLUMN progress TEXT;
ALTER TABLE runs ADD COLUMN rollback TEXT;
ALTER TABLE runs ADD COLUMN inherited TEXT;

-- Lists go from the newest to the oldest, with the id as the last word; finished runs are let go of by their age.
DROP INDEX goals_by_agent;
CREATE INDEX goals_by_time ON goals (tenant, created_at, id);
CREATE INDEX goals_by_agent ON goals (tenant, agent, created_at, id);
CREATE INDEX goals_by_status ON goals (tenant, status, created_at, id);
DROP INDEX runs_by_agent;
CREATE INDEX runs_by_time ON runs (tenant, created_at, id);
CREATE INDEX runs_by_agent ON runs (tenant, agent, created_at, id);
CREATE INDEX runs_by_status ON runs (tenant, status, created_at, id);
DROP INDEX approvals_by_status;
CREATE INDEX approvals_by_time ON approvals (tenant, created_at, id);
CREATE INDEX approvals_by_status ON approvals (tenant, status, created_at, id);
CREATE INDEX runs_ended ON runs (status, ended_at) WHERE ended_at IS NOT NULL;

-- Who shares a limit with whom: ids of one lane (an agent's runs) are claimed only so many at a time.
ALTER TABLE work ADD COLUMN lane TEXT;
CREATE INDEX work_by_lane ON work (lane) WHERE worker IS NOT NULL;
CREATE INDEX work_due_by_lane ON work (lane, wake_at) WHERE worker IS NULL AND wake_at IS NOT NULL;

-- When runs of an agent's newest plan, or of one version, start by themselves. `cron` or `at`; `missed`: skip or once.
CREATE TABLE schedules (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, agent TEXT NOT NULL, name TEXT NOT NULL, version INTEGER, cron TEXT,
    at REAL, zone TEXT NOT NULL, missed TEXT NOT NULL, payload TEXT NOT NULL, paused INTEGER NOT NULL,
    next_at REAL, last_at REAL, last_run TEXT, reason TEXT, created_by TEXT NOT NULL, created_at REAL NOT NULL,
    UNIQUE (tenant, agent, name)
);

-- name: 3

-- `limits` holds the limits of an agent that are its own, `hosts` where its plans may send requests to.
ALTER TABLE agents ADD COLUMN limits TEXT NOT NULL DEFAULT '{}';
ALTER TABLE agents ADD COLUMN hosts TEXT NOT NULL DEFAULT '[]';

-- name: 4

-- `graph` is what the plan does, as its source says; null of a version that was registered before there were graphs.
ALTER TABLE plans ADD COLUMN graph TEXT NOT NULL DEFAULT 'null';

-- name: 5

-- What the answers to one goal of an agent may take, and which model is asked where its own cannot answer.
ALTER TABLE agents ADD COLUMN fallback_model TEXT;
ALTER TABLE agents ADD COLUMN plan_tokens INTEGER;
ALTER TABLE agents ADD COLUMN plan_cost REAL;

-- `tools` is a digest of the tools as the model saw them, `basis` one of all that it was told; `cost` is in US dollars.
ALTER TABLE goal_attempts ADD COLUMN tools TEXT;
ALTER TABLE goal_attempts ADD COLUMN basis TEXT;
ALTER TABLE goal_attempts ADD COLUMN cost REAL;

-- `basis` is that of the accepted answer, `reused` names the goal that a plan was written for when no model was asked.
ALTER TABLE goals ADD COLUMN basis TEXT;
ALTER TABLE goals ADD COLUMN reused TEXT;
ALTER TABLE goals ADD COLUMN share_payload INTEGER NOT NULL DEFAULT 0;
CREATE INDEX goals_by_basis ON goals (agent, basis) WHERE basis IS NOT NULL;

ALTER TABLE plans ADD COLUMN reviewed_by TEXT;

-- name: 6

-- `fallback` says why the fallback model gave this answer, where it stepped in for another.
ALTER TABLE goal_attempts ADD COLUMN fallback TEXT;

-- `trial` says what a trial of this answer's plan has shown; null where there was none.
ALTER TABLE goal_attempts ADD COLUMN trial TEXT NOT NULL DEFAULT 'null';

-- `spent_before` is what models took in generations of a run whose history it does not have any more.
ALTER TABLE runs ADD COLUMN spent_before TEXT;

-- `approvals` of an agent is its policy: who may decide what its runs ask, how many have to agree.
ALTER TABLE agents ADD COLUMN approvals TEXT NOT NULL DEFAULT '{}';

-- `approvers` and `quorum` are what the plan wishes of those who decide; `calls` and `digest` are of what would be done
-- now, `original` has the calls as they were asked about, where somebody has edited them; those of a `sensitive` step are
-- shown to nobody but those who may decide. `verdicts` counts decisions:
-- each is stored only where none came in between.
ALTER TABLE approvals ADD COLUMN line INTEGER;
ALTER TABLE approvals ADD COLUMN approvers TEXT NOT NULL DEFAULT '[]';
ALTER TABLE approvals ADD COLUMN quorum INTEGER NOT NULL DEFAULT 1;
ALTER TABLE approvals ADD COLUMN editable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE approvals ADD COLUMN original TEXT;
ALTER TABLE approvals ADD COLUMN sensitive INTEGER NOT NULL DEFAULT 0;
ALTER TABLE approvals ADD COLUMN verdicts INTEGER NOT NULL DEFAULT 0;

-- What people said to a question, one row each; never updated. `seen` is the digest that they saw, `digest` that of
-- what they agreed to.
CREATE TABLE decisions (
    approval TEXT NOT NULL, number INTEGER NOT NULL, at REAL NOT NULL, who TEXT NOT NULL, channel TEXT NOT NULL,
    action TEXT NOT NULL, comment TEXT, value TEXT NOT NULL, seen TEXT, digest TEXT, calls TEXT,
    PRIMARY KEY (approval, number)
);
INSERT INTO decisions (approval, number, at, who, channel, action, comment, value, digest)
SELECT id, 1, decided_at, decided_by, '', json_extract(decision, '$.action'), comment,
    json_quote(json_extract(decision, '$.value')), digest
FROM approvals WHERE decision IS NOT NULL;
UPDATE approvals SET verdicts = 1 WHERE decision IS NOT NULL;

-- Who owns things. Those that were names alone until now are tenants like any other.
CREATE TABLE tenants (
    name TEXT PRIMARY KEY, sandbox INTEGER NOT NULL, created_by TEXT NOT NULL, created_at REAL NOT NULL,
    suspended_at REAL
);
INSERT INTO tenants (name, sandbox, created_by, created_at)
SELECT tenant, 0, 'agentflow', MIN(created_at) FROM agents WHERE tenant <> 'default' GROUP BY tenant
UNION ALL SELECT 'default', 0, 'agentflow', COALESCE((SELECT MIN(created_at) FROM agents), 0);

-- What people and programs are known by: of the secret there is a digest, and its beginning, by which it is found.
CREATE TABLE keys (
    id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, prefix TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL,
    roles TEXT NOT NULL, created_by TEXT NOT NULL, created_at REAL NOT NULL, expires_at REAL, revoked_at REAL,
    used_at REAL
);
CREATE UNIQUE INDEX keys_by_name ON keys (tenant, name) WHERE revoked_at IS NULL;

-- Every decision and administrative act, never changed: each row's digest is over that of the row before and its own.
CREATE TABLE audit (
    n INTEGER PRIMARY KEY AUTOINCREMENT, -- PostgreSQL: GENERATED BY DEFAULT AS IDENTITY
    at REAL NOT NULL, tenant TEXT NOT NULL, who TEXT NOT NULL, key TEXT, channel TEXT NOT NULL, verb TEXT NOT NULL,
    thing TEXT NOT NULL, details TEXT NOT NULL, previous TEXT NOT NULL, digest TEXT NOT NULL
);
CREATE INDEX audit_by_tenant ON audit (tenant, n);
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows stay as they are'); END; -- SQLite's way
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows stay'); END; -- SQLite's way

-- `feedback` is what people and runs said to the model between its answers; `revises` names the run whose plan is written
-- anew, `moves` the generations in which a run's code became another version.
ALTER TABLE goals ADD COLUMN feedback TEXT NOT NULL DEFAULT '[]';
ALTER TABLE goals ADD COLUMN revises TEXT;
CREATE INDEX goals_by_revised ON goals (revises) WHERE revises IS NOT NULL;
ALTER TABLE runs ADD COLUMN moves TEXT NOT NULL DEFAULT '[]';

-- What people are told of a question, on which channel and when; `state`: waiting, sent, dropped, undelivered.
CREATE TABLE notices (
    approval TEXT NOT NULL, kind TEXT NOT NULL, channel TEXT NOT NULL, created_at REAL NOT NULL, due_at REAL NOT NULL,
    state TEXT NOT NULL, tries INTEGER NOT NULL, error TEXT, ended_at REAL, PRIMARY KEY (approval, kind, channel)
);
CREATE INDEX notices_due ON notices (channel, due_at) WHERE state = 'waiting';
CREATE INDEX notices_undelivered ON notices (created_at) WHERE state = 'undelivered';

-- What was answered to requests that carry a key, for a day: who sends one again gets the same answer. While `status` is
-- null, the request is still under way, in the service of this `owner`.
CREATE TABLE answers (
    tenant TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, owner TEXT NOT NULL, created_at REAL NOT NULL,
    status INTEGER, media TEXT, body TEXT, PRIMARY KEY (tenant, key)
);
CREATE INDEX answers_by_age ON answers (created_at);

-- What has changed since a moment, for whoever watches a tenant.
CREATE INDEX runs_by_change ON runs (tenant, updated_at);
CREATE INDEX goals_by_change ON goals (tenant, updated_at);
CREATE INDEX approvals_by_decision ON approvals (tenant, decided_at) WHERE decided_at IS NOT NULL;

-- name: 7

-- Requests under way are dropped when their service is gone: found without a walk over a day's answers.
CREATE INDEX answers_under_way ON answers (created_at) WHERE status IS NULL;

-- Whether a request that carries a key has acted, stored with the act: without an answer, it is not done again.
ALTER TABLE answers ADD COLUMN acted INTEGER NOT NULL DEFAULT 0;

-- What this house signs with: a cookie or a link that it gave to a browser is known by it.
CREATE TABLE seals (name TEXT PRIMARY KEY, secret TEXT NOT NULL);

-- Who revoked a version, and why.
ALTER TABLE plans ADD COLUMN revoked_by TEXT;
ALTER TABLE plans ADD COLUMN revoked_why TEXT;

-- How many runs are pinned to each version of an agent, and of those that have not ended: counted in the index alone.
CREATE INDEX runs_by_version ON runs (tenant, agent, version, ended_at);

-- The runs of a schedule, the newest first.
CREATE INDEX runs_by_schedule ON runs (tenant, json_extract(schedule, '$.name'), created_at, id)
    WHERE schedule IS NOT NULL;

-- Goals in review are told of, too: `about` is a question or a goal. `person` is whom the channel alone reaches; `link` the
-- kind of link that the notice had: signed, plain, or none. Links themselves are stored nowhere.
ALTER TABLE notices RENAME COLUMN approval TO about;
ALTER TABLE notices ADD COLUMN person TEXT;
ALTER TABLE notices ADD COLUMN link TEXT;

-- `begun` says of steps that were open when a run was moved to another version, and start anew there, since when they are.
ALTER TABLE runs ADD COLUMN begun TEXT;

-- `lets_run`: though a version is revoked, its runs that there are go on. `back_to` is the version that new runs of an
-- agent are of, until there is one that is newer than `back_from`, which was the newest when somebody went back.
ALTER TABLE plans ADD COLUMN lets_run INTEGER NOT NULL DEFAULT 0;
ALTER TABLE agents ADD COLUMN back_to INTEGER;
ALTER TABLE agents ADD COLUMN back_from INTEGER;

-- name: 8

-- That all of this was, or is being, carried to another database, or came from one: `way` is `to` or `from`, and the other
-- side of a move has the same id. Until `done_at` a crash may lie in between. Who has it written `to` works here no more.
CREATE TABLE moved (
    id TEXT PRIMARY KEY, way TEXT NOT NULL, place TEXT NOT NULL, began_at REAL NOT NULL, done_at REAL
);

-- When a worker last said that it lives, by its machine's clock; of workers that hold a lock of the machine instead, NULL.
ALTER TABLE workers ADD COLUMN seen_at REAL;
