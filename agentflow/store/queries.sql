-- Every statement of the house, by name. Parameters are named; `RETURNING` where a caller needs to know.

-- agents

-- name: insert_agent
INSERT INTO agents (id, tenant, name, model, instructions, tools, agents, limits, hosts, review, repairs,
    fallback_model, plan_tokens, plan_cost, approvals, created_at)
VALUES (:id, :tenant, :name, :model, :instructions, :tools, :agents, :limits, :hosts, :review, :repairs,
    :fallback_model, :plan_tokens, :plan_cost, :approvals, :created_at)

-- name: update_agent
UPDATE agents SET model = :model, instructions = :instructions, tools = :tools, agents = :agents, limits = :limits,
    hosts = :hosts, review = :review, repairs = :repairs, fallback_model = :fallback_model,
    plan_tokens = :plan_tokens, plan_cost = :plan_cost, approvals = :approvals, archived_at = NULL
WHERE id = :id

-- name: archive_agent
UPDATE agents SET archived_at = :now WHERE id = :id AND archived_at IS NULL

-- name: agent, at once
SELECT * FROM agents WHERE id = :id

-- name: standing, at once
SELECT agents.*, tenants.sandbox, CASE WHEN plans.lets_run = 1 THEN NULL ELSE plans.revoked_at END AS revoked_at,
    tenants.name IS NOT NULL AND tenants.suspended_at IS NULL AS active
FROM agents LEFT JOIN tenants ON tenants.name = :tenant
LEFT JOIN plans ON plans.agent = agents.id AND plans.number = :version
WHERE agents.id = :agent

-- name: agent_by_name, at once
SELECT * FROM agents WHERE tenant = :tenant AND name = :name

-- name: agents
SELECT * FROM agents WHERE tenant = :tenant AND (archived_at IS NULL OR :archived = 1) ORDER BY name

-- plans

-- name: insert_plan
INSERT INTO plans (agent, number, sha256, source, code, entry, author, prompt, goal, tools, api, python, findings,
    reviewed, created_at, graph)
VALUES (:agent, :number, :sha256, :source, :code, :entry, :author, :prompt, :goal, :tools, :api, :python, :findings,
    :reviewed, :created_at, :graph)

-- name: next_plan_number, at once
SELECT COALESCE(MAX(number), 0) + 1 AS number FROM plans WHERE agent = :agent

-- name: plan, at once
SELECT * FROM plans WHERE agent = :agent AND number = :number

-- name: plan_by_digest, at once
SELECT * FROM plans WHERE agent = :agent AND sha256 = :sha256 AND python = :python AND api = :api
    AND revoked_at IS NULL
ORDER BY number DESC LIMIT 1

-- A plan that was written to follow on one run, and started another one, does only what was left to do. Where somebody
-- has gone back to an older version, that one comes before those that there were then.

-- name: newest_plan, at once
WITH able AS NOT MATERIALIZED (
    SELECT number FROM plans WHERE agent = :agent AND revoked_at IS NULL AND reviewed = 1
        AND NOT EXISTS (SELECT 1 FROM goals WHERE goals.id = plans.goal
            AND goals.revises <> COALESCE(goals.run, ''))
)
SELECT * FROM plans WHERE agent = :agent AND number = COALESCE(
    (SELECT number FROM able WHERE number > (SELECT back_from FROM agents WHERE id = :agent)
        ORDER BY number DESC LIMIT 1),
    (SELECT number FROM able WHERE number = (SELECT back_to FROM agents WHERE id = :agent)),
    (SELECT number FROM able ORDER BY number DESC LIMIT 1)
)

-- name: go_back
UPDATE agents SET back_to = :number, back_from = (SELECT MAX(number) FROM plans WHERE agent = :id) WHERE id = :id

-- The newest version that was written from the same, ran for a goal, failed in no run by its own fault, and that nobody
-- has rejected.

-- name: reusable_plan
SELECT plans.* FROM goals
JOIN plans ON plans.agent = goals.agent AND plans.number = goals.version
JOIN runs ON runs.id = goals.run
WHERE goals.agent = :agent AND goals.basis = :basis AND goals.status = 'started'
    AND plans.revoked_at IS NULL AND plans.reviewed = 1 AND plans.python = :python AND plans.api = :api
    AND NOT EXISTS (
        SELECT 1 FROM runs WHERE tenant = :tenant AND runs.agent = plans.agent AND runs.version = plans.number
            AND runs.status = 'failed' AND json_extract(runs.error, '$.fault') = 'plan')
    AND NOT EXISTS (
        SELECT 1 FROM goals AS no WHERE no.agent = plans.agent AND no.basis = :basis AND no.version = plans.number
            AND no.status = 'refused')
ORDER BY plans.number DESC LIMIT 1

-- Versions of other goals, by the moment at which a run of them was completed last; of the agent's newest runs.

-- name: plans_that_ran_well
SELECT goals.text AS goal, plans.source FROM (
    SELECT version, ended_at FROM runs WHERE tenant = :tenant AND agent = :agent AND status = 'completed'
        AND ended_at < :before
    ORDER BY created_at DESC LIMIT 200) AS done
JOIN plans ON plans.agent = :agent AND plans.number = done.version
JOIN goals ON goals.id = plans.goal
WHERE plans.revoked_at IS NULL AND plans.reviewed = 1 AND plans.api = :api AND LENGTH(plans.source) <= :longest
    AND goals.text <> :text AND goals.share_payload = 0 AND goals.revises IS NULL
GROUP BY plans.number, goals.text, plans.source
ORDER BY MAX(done.ended_at) DESC LIMIT 2

-- name: plans
SELECT * FROM plans WHERE agent = :agent ORDER BY number

-- name: plan_graph, at once
SELECT graph FROM plans WHERE agent = :agent AND number = :number

-- name: draw_plan
UPDATE plans SET graph = :graph WHERE agent = :agent AND number = :number

-- name: review_plan
UPDATE plans SET reviewed = 1, reviewed_by = :by WHERE agent = :agent AND number = :number

-- name: revoke_plan
UPDATE plans SET revoked_at = :now, revoked_by = :by, revoked_why = :why, lets_run = :lets_run
WHERE agent = :agent AND number = :number AND revoked_at IS NULL

-- goals

-- name: insert_goal
INSERT INTO goals (id, tenant, agent, text, payload, status, plan_only, share_payload, basis, reused, revises,
    feedback, parent, parent_step, root, depth, created_by, created_at, updated_at)
VALUES (:id, :tenant, :agent, :text, :payload, 'planning', :plan_only, :share_payload, :basis, :reused, :revises,
    :feedback, :parent, :parent_step, :root, :depth, :created_by, :now, :now)

-- name: goal, at once
SELECT * FROM goals WHERE tenant = :tenant AND id = :id

-- name: goal_by_id, at once
SELECT * FROM goals WHERE id = :id

-- Lists: newest first, from a moment or after a cursor (both are `before`), each by an index of its own.

-- name: goals
SELECT * FROM goals WHERE tenant = :tenant AND (created_at, id) < (:before, :before_id) AND created_at >= :since
    AND (:text IS NULL OR id LIKE :text ESCAPE '\' OR text LIKE :text ESCAPE '\' OR reason LIKE :text ESCAPE '\'
        OR payload LIKE :text ESCAPE '\')
ORDER BY created_at DESC, id DESC LIMIT :most

-- name: goals_of_agent
SELECT * FROM goals WHERE tenant = :tenant AND agent = :agent
    AND (created_at, id) < (:before, :before_id) AND created_at >= :since AND (:status IS NULL OR status = :status)
    AND (:text IS NULL OR id LIKE :text ESCAPE '\' OR text LIKE :text ESCAPE '\' OR reason LIKE :text ESCAPE '\'
        OR payload LIKE :text ESCAPE '\')
ORDER BY created_at DESC, id DESC LIMIT :most

-- name: goals_with_status
SELECT * FROM goals WHERE tenant = :tenant AND status = :status
    AND (created_at, id) < (:before, :before_id) AND created_at >= :since
    AND (:text IS NULL OR id LIKE :text ESCAPE '\' OR text LIKE :text ESCAPE '\' OR reason LIKE :text ESCAPE '\'
        OR payload LIKE :text ESCAPE '\')
ORDER BY created_at DESC, id DESC LIMIT :most

-- name: settle_goal
UPDATE goals SET status = :status, reason = :reason, version = COALESCE(:version, version), run = COALESCE(:run, run),
    progress = NULL, updated_at = :now
WHERE id = :id AND status IN (SELECT value FROM json_each(:was))

-- name: goal_feedback
UPDATE goals SET status = 'planning', reason = NULL, feedback = :feedback, updated_at = :now
WHERE id = :id AND status IN ('planned', 'review') AND json_array_length(feedback) = :was

-- name: edit_goal
UPDATE goals SET version = :version, reason = :reason, updated_at = :now
WHERE id = :id AND status IN ('planned', 'review') AND version = :was

-- name: reviewable_goal
SELECT 1 FROM goals WHERE id = :id AND status IN ('planned', 'review')

-- name: settled_goal
SELECT 1 FROM goals WHERE id = :id AND status <> 'planning'

-- name: goal_basis
UPDATE goals SET basis = :basis WHERE id = :id

-- name: goal_progress
UPDATE goals SET progress = :progress WHERE id = :id AND status = 'planning'

-- name: insert_goal_attempt
INSERT INTO goal_attempts (goal, number, model, prompt, tools, basis, reply, source, findings, usage, cost, error,
    fallback, started_at, ended_at)
VALUES (:goal, :number, :model, :prompt, :tools, :basis, :reply, :source, NULL, :usage, :cost, :error, :fallback,
    :started_at, :ended_at)

-- name: find_goal_attempt
UPDATE goal_attempts SET findings = :findings, trial = :trial WHERE goal = :goal AND number = :number

-- name: goal_attempts, at once
SELECT * FROM goal_attempts WHERE goal = :goal ORDER BY number

-- name: attempts_of_goals
SELECT * FROM goal_attempts WHERE goal IN (SELECT value FROM json_each(:goals)) ORDER BY goal, number

-- runs

-- name: insert_run
INSERT INTO runs (id, tenant, agent, version, generation, status, payload, goal, schedule, parent, parent_step, root,
    depth, created_by, created_at, updated_at)
VALUES (:id, :tenant, :agent, :version, 1, 'queued', :payload, :goal, :schedule, :parent, :parent_step, :root,
    :depth, :created_by, :now, :now)

-- name: run, at once
SELECT * FROM runs WHERE tenant = :tenant AND id = :id

-- name: taken_runs
SELECT id FROM runs WHERE id IN (SELECT value FROM json_each(:ids))

-- name: run_by_id, at once
SELECT * FROM runs WHERE id = :id

-- name: runs, at once
SELECT * FROM runs WHERE tenant = :tenant AND (created_at, id) < (:before, :before_id) AND created_at >= :since
    AND (:text IS NULL OR id LIKE :text ESCAPE '\' OR error LIKE :text ESCAPE '\' OR payload LIKE :text ESCAPE '\'
        OR EXISTS (SELECT 1 FROM goals WHERE goals.id = runs.goal AND goals.text LIKE :text ESCAPE '\'))
ORDER BY created_at DESC, id DESC LIMIT :most

-- name: runs_of_agent
SELECT * FROM runs WHERE tenant = :tenant AND agent = :agent
    AND (created_at, id) < (:before, :before_id) AND created_at >= :since AND (:status IS NULL OR status = :status)
    AND (:version IS NULL OR version = :version)
    AND (:text IS NULL OR id LIKE :text ESCAPE '\' OR error LIKE :text ESCAPE '\' OR payload LIKE :text ESCAPE '\'
        OR EXISTS (SELECT 1 FROM goals WHERE goals.id = runs.goal AND goals.text LIKE :text ESCAPE '\'))
ORDER BY created_at DESC, id DESC LIMIT :most

-- name: count_runs_by_version
SELECT version, count(*) AS runs, count(*) - count(ended_at) AS going FROM runs
WHERE tenant = :tenant AND agent = :agent GROUP BY version

-- name: runs_of_schedule
SELECT * FROM runs WHERE tenant = :tenant AND json_extract(schedule, '$.name') = :schedule AND schedule IS NOT NULL
    AND (created_at, id) < (:before, :before_id) AND created_at >= :since
    AND (:agent IS NULL OR agent = :agent) AND (:status IS NULL OR status = :status)
    AND (:version IS NULL OR version = :version)
    AND (:text IS NULL OR id LIKE :text ESCAPE '\' OR error LIKE :text ESCAPE '\' OR payload LIKE :text ESCAPE '\'
        OR EXISTS (SELECT 1 FROM goals WHERE goals.id = runs.goal AND goals.text LIKE :text ESCAPE '\'))
ORDER BY created_at DESC, id DESC LIMIT :most

-- name: runs_of_parent
SELECT * FROM runs WHERE parent = :run ORDER BY created_at, id

-- name: count_runs
SELECT value AS status,
    (SELECT count(*) FROM (SELECT 1 FROM runs WHERE tenant = :tenant AND status = value LIMIT :most) AS found) AS n
FROM json_each(:statuses)

-- name: runs_with_status, at once
SELECT * FROM runs WHERE tenant = :tenant AND status = :status
    AND (created_at, id) < (:before, :before_id) AND created_at >= :since
    AND (:text IS NULL OR id LIKE :text ESCAPE '\' OR error LIKE :text ESCAPE '\' OR payload LIKE :text ESCAPE '\'
        OR EXISTS (SELECT 1 FROM goals WHERE goals.id = runs.goal AND goals.text LIKE :text ESCAPE '\'))
ORDER BY created_at DESC, id DESC LIMIT :most

-- What is stored of a run, beyond an item of its history and a turn of its commands; a start is its payload.
-- name: size_since, at once
SELECT delivered.n, asked.turn, delivered.size + asked.size AS stored,
    (SELECT COALESCE(SUM(LENGTH(CAST(body AS BLOB))), 0) FROM inbox WHERE id = :id)
        + (SELECT LENGTH(CAST(payload AS BLOB)) FROM runs WHERE id = :id) AS unread
FROM (SELECT COALESCE(MAX(n), :n) AS n, COALESCE(SUM(LENGTH(CAST(body AS BLOB))), 0) AS size FROM history
        WHERE run = :id AND generation = :generation AND n > :n) AS delivered,
    (SELECT COALESCE(MAX(turn), :turn) AS turn,
        COALESCE(SUM(LENGTH(CAST(spec AS BLOB)) + LENGTH(CAST(facts AS BLOB))), 0) AS size FROM commands
        WHERE run = :id AND generation = :generation AND turn > :turn) AS asked

-- name: run_status
UPDATE runs SET status = :status, reason = :reason, updated_at = :now
WHERE id = :id AND generation = :generation

-- name: end_run
UPDATE runs SET status = :status, reason = NULL, updated_at = :now, ended_at = :now, result = :result, error = :error,
    rollback = :rollback
WHERE id = :id AND generation = :generation

-- name: run_progress
UPDATE runs SET progress = :progress, updated_at = :now WHERE id = :id AND generation = :generation

-- name: continue_run
UPDATE runs SET generation = generation + 1, status = :status, reason = :reason, updated_at = :now, payload = :payload,
    progress = NULL, inherited = NULL, begun = NULL, spent_before = :spent_before
WHERE id = :id AND generation = :generation

-- name: reopen_run
UPDATE runs SET status = 'running', reason = NULL, updated_at = :now, ended_at = NULL
WHERE id = :id AND generation = :generation AND status IN ('failed', 'cancelled')

-- name: open_children
SELECT id, parent_step FROM runs WHERE parent = :run AND status NOT IN ('completed', 'failed', 'cancelled')
UNION ALL SELECT id, parent_step FROM goals WHERE parent = :run AND status IN ('planning', 'planned', 'review')

-- That what a run has delegated and is open is just what was seen, and that it is paused with it, or not, as was seen.
-- name: same_children
WITH open AS (
    SELECT id FROM runs WHERE parent = :run AND status NOT IN ('completed', 'failed', 'cancelled')
    UNION ALL SELECT id FROM goals WHERE parent = :run AND status IN ('planning', 'planned', 'review')
)
SELECT 1 WHERE (SELECT COUNT(*) FROM open) = :count
    AND NOT EXISTS (SELECT 1 FROM open WHERE id NOT IN (SELECT value FROM json_each(:ids)))
    AND (SELECT COUNT(*) FROM runs WHERE id = :run AND status = 'paused') = :paused

-- name: ended_children
SELECT * FROM runs WHERE parent = :run AND status IN ('completed', 'failed', 'cancelled')

-- name: ended_child_goals
SELECT id, parent_step, status, reason FROM goals
WHERE parent = :run AND status IN ('refused', 'failed', 'cancelled')

-- name: room_in_tree
SELECT 1 WHERE (SELECT COUNT(*) FROM runs WHERE root = :root)
    + (SELECT COUNT(*) FROM goals WHERE root = :root AND run IS NULL) < :most

-- name: restart_run
UPDATE runs SET generation = generation + 1, status = 'queued', reason = NULL, updated_at = :now, ended_at = NULL,
    result = NULL, error = NULL, rollback = NULL, progress = NULL, inherited = :inherited,
    begun = :begun, spent_before = :spent_before
WHERE id = :id AND generation = :generation

-- The same run, of another version from its next generation on.
-- name: move_run
UPDATE runs SET generation = generation + 1, version = :version, moves = :moves, status = 'queued', reason = NULL,
    updated_at = :now, ended_at = NULL, result = NULL, error = NULL, rollback = NULL, progress = NULL,
    inherited = :inherited, begun = :begun, spent_before = :spent_before
WHERE id = :id AND generation = :generation AND status NOT IN ('completed', 'cancelled')

-- name: movable_runs
SELECT * FROM runs WHERE agent = :agent AND version <> :to AND (:of IS NULL OR version = :of)
    AND status NOT IN ('completed', 'failed', 'cancelled')
ORDER BY created_at, id

-- name: followed_run
SELECT 1 FROM runs WHERE id = :id AND generation = :generation AND status NOT IN ('completed', 'cancelled')

-- name: unrevised
SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM goals WHERE revises = :run AND status IN ('planning', 'planned', 'review'))

-- name: open_run
SELECT 1 FROM runs WHERE id = :id AND generation = :generation
    AND status NOT IN ('completed', 'failed', 'cancelled')

-- name: ended_run
SELECT 1 FROM runs WHERE id = :id AND generation = :generation AND status IN ('completed', 'failed', 'cancelled')

-- name: old_runs
SELECT id FROM runs WHERE status = :status AND ended_at <= :before AND (:tenant IS NULL OR tenant = :tenant)
    AND NOT EXISTS (SELECT 1 FROM runs AS child WHERE child.parent = runs.id AND child.ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM goals WHERE goals.parent = runs.id AND goals.status IN ('planning', 'review'))
ORDER BY ended_at LIMIT :most

-- name: count_old_runs
SELECT COUNT(*) AS n FROM runs WHERE status = :status AND ended_at <= :before AND (:tenant IS NULL OR tenant = :tenant)
    AND NOT EXISTS (SELECT 1 FROM runs AS child WHERE child.parent = runs.id AND child.ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM goals WHERE goals.parent = runs.id AND goals.status IN ('planning', 'review'))

-- name: prune_run
DELETE FROM runs WHERE id = :id AND status = :status AND ended_at <= :before
    AND NOT EXISTS (SELECT 1 FROM runs AS child WHERE child.parent = runs.id AND child.ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM goals WHERE goals.parent = runs.id AND goals.status IN ('planning', 'review'))

-- name: delete_run
DELETE FROM runs WHERE id = :id

-- name: delete_history
DELETE FROM history WHERE run = :id

-- name: delete_commands
DELETE FROM commands WHERE run = :id

-- name: delete_decisions
DELETE FROM decisions WHERE approval IN (SELECT id FROM approvals WHERE run = :id)

-- name: delete_approvals
DELETE FROM approvals WHERE run = :id

-- name: insert_history
INSERT INTO history (run, generation, n, at, kind, key, body) VALUES (:run, :generation, :n, :at, :kind, :key, :body)

-- name: history, at once
SELECT n, at, kind, key, body FROM history WHERE run = :run AND generation = :generation ORDER BY n

-- name: history_after, at once
SELECT n, at, kind, key, body FROM history WHERE run = :run AND generation = :generation AND n > :after ORDER BY n

-- name: any_sensitive, at once
SELECT 1 FROM commands WHERE run = :run AND generation = :generation AND CAST(json_extract(spec, '$.sensitive') AS INTEGER) = 1 LIMIT 1

-- name: delivered, at once
SELECT COALESCE(MAX(n), -1) + 1 AS n FROM history WHERE run = :run AND generation = :generation

-- name: unmoved_history
SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM history WHERE run = :run AND generation = :generation AND n >= :n)

-- name: inherit_history
INSERT INTO history (run, generation, n, at, kind, key, body)
SELECT run, generation + 1, n, at, kind, key, body FROM history
WHERE run = :run AND generation = :generation AND n < :n

-- name: inherit_commands
INSERT INTO commands (run, generation, turn, i, kind, name, occurrence, line, spec, facts)
SELECT run, generation + 1, turn, i, kind, name, occurrence, line, spec, facts FROM commands
WHERE run = :run AND generation = :generation AND turn <= :turn

-- name: forget_history
DELETE FROM history WHERE run = :run AND generation = :generation

-- name: forget_commands
DELETE FROM commands WHERE run = :run AND generation = :generation

-- name: forget_attempts
DELETE FROM attempts WHERE id = :run AND generation = :generation

-- name: insert_command
INSERT INTO commands (run, generation, turn, i, kind, name, occurrence, line, spec, facts)
VALUES (:run, :generation, :turn, :i, :kind, :name, :occurrence, :line, :spec, :facts)

-- name: commands, at once
SELECT turn, i, kind, name, occurrence, line, spec, facts FROM commands
WHERE run = :run AND generation = :generation ORDER BY turn, i

-- approvals

-- name: insert_approval
INSERT INTO approvals (id, tenant, agent, version, run, generation, step, line, kind, question, details, calls, digest,
    schema, fallback, risk, approvers, quorum, editable, sensitive, status, created_at, expires_at)
VALUES (:id, :tenant, :agent, :version, :run, :generation, :step, :line, :kind, :question, :details, :calls, :digest,
    :schema, :fallback, :risk, :approvers, :quorum, :editable, :sensitive, 'pending', :created_at, :expires_at)
ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, status = 'pending', decided_at = NULL,
    expires_at = excluded.expires_at
WHERE approvals.status IN ('pending', 'withdrawn', 'expired')

-- What is still to be decided after a restart from a step.
-- name: inherit_approvals
UPDATE approvals SET generation = :generation + 1, status = 'pending', decided_at = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND status IN ('pending', 'withdrawn', 'expired')

-- A decision holds where it is about what was seen: no other one came in between, nor a change of the agent's policy.

-- name: decide_approval
UPDATE approvals SET status = :status, calls = :calls, original = :original, digest = :digest, verdicts = :number,
    decided_at = :decided_at, decided_by = :decided_by, comment = :comment, decision = :decision
WHERE id = :id AND status = 'pending' AND verdicts = :number - 1 AND (expires_at IS NULL OR expires_at > :at)
    AND EXISTS (SELECT 1 FROM agents WHERE agents.id = approvals.agent AND agents.approvals = :policy)

-- name: insert_decision
INSERT INTO decisions (approval, number, at, who, channel, action, comment, value, seen, digest, calls)
VALUES (:approval, :number, :at, :who, :channel, :action, :comment, :value, :seen, :digest, :calls)

-- name: decisions, at once
SELECT * FROM decisions WHERE approval = :approval ORDER BY number

-- name: decisions_of, at once
SELECT * FROM decisions WHERE approval IN (SELECT value FROM json_each(:ids)) ORDER BY approval, number

-- What a decision of a question depends on, beside the question itself. Who asked is whoever gave the goal or started
-- the run that all the others of its tree come from, and not who approved the plan in between.

-- name: approval_terms, at once
SELECT agents.approvals AS policy, COALESCE(goals.created_by, origin.created_by, runs.created_by) AS asked_by,
    runs.status = 'paused' AS paused
FROM approvals JOIN agents ON agents.id = approvals.agent JOIN runs ON runs.id = approvals.run
LEFT JOIN runs AS origin ON origin.id = COALESCE(runs.root, runs.id) LEFT JOIN goals ON goals.id = origin.goal
WHERE approvals.id = :id

-- name: terms_of, at once
SELECT approvals.id, agents.approvals AS policy,
    COALESCE(goals.created_by, origin.created_by, runs.created_by) AS asked_by, runs.status = 'paused' AS paused
FROM approvals JOIN agents ON agents.id = approvals.agent JOIN runs ON runs.id = approvals.run
LEFT JOIN runs AS origin ON origin.id = COALESCE(runs.root, runs.id) LEFT JOIN goals ON goals.id = origin.goal
WHERE approvals.id IN (SELECT value FROM json_each(:ids))

-- name: asked_by, at once
SELECT COALESCE(goals.created_by, origin.created_by, runs.created_by) AS name FROM runs
LEFT JOIN runs AS origin ON origin.id = COALESCE(runs.root, runs.id) LEFT JOIN goals ON goals.id = origin.goal
WHERE runs.id = :run

-- name: close_approval
UPDATE approvals SET status = :status, decided_at = :decided_at WHERE id = :id AND status = 'pending'

-- name: withdraw_approvals
UPDATE approvals SET status = 'withdrawn', decided_at = :now
WHERE run = :run AND status = 'pending' AND step NOT IN (SELECT value FROM json_each(:but))

-- name: approval, at once
SELECT * FROM approvals WHERE tenant = :tenant AND id = :id

-- Lists of questions go from the oldest on, but where the newest are asked for.

-- name: approvals, at once
SELECT * FROM approvals WHERE tenant = :tenant AND (created_at, id) > (:after, :after_id)
ORDER BY created_at, id LIMIT :most

-- name: approvals_with_status, at once
SELECT * FROM approvals WHERE tenant = :tenant AND status = :status AND (created_at, id) > (:after, :after_id)
ORDER BY created_at, id LIMIT :most

-- name: approvals_newest
SELECT * FROM approvals WHERE tenant = :tenant AND (:status IS NULL OR status = :status)
    AND (created_at, id) < (:before, :before_id)
ORDER BY created_at DESC, id DESC LIMIT :most

-- What waits for people: questions and plans in review, each counted up to so many.

-- name: waiting
SELECT (SELECT COUNT(*) FROM (SELECT 1 FROM approvals WHERE tenant = :tenant AND status = 'pending' LIMIT :most) AS asked)
    + (SELECT COUNT(*) FROM (SELECT 1 FROM goals WHERE tenant = :tenant AND status = 'review' LIMIT :most) AS planned) AS n

-- name: pending_of_run, at once
SELECT step FROM approvals WHERE run = :run AND status = 'pending'

-- name: approvals_of_run
SELECT * FROM approvals WHERE run = :run AND +tenant = :tenant AND (:status IS NULL OR status = :status)
    AND (created_at, id) > (:after, :after_id)
ORDER BY created_at, id LIMIT :most

-- notices

-- name: insert_notice
INSERT INTO notices (about, kind, channel, person, created_at, due_at, state, tries)
VALUES (:about, :kind, :channel, :person, :created_at, :due_at, 'waiting', 0)
ON CONFLICT (about, kind, channel) DO NOTHING

-- name: insert_due_notice
INSERT INTO notices (about, kind, channel, person, created_at, due_at, state, tries)
SELECT :about, 'due', :channel, :person, :created_at,
    :created_at + CAST(json_extract(approvals, '$.due') AS REAL), 'waiting', 0
FROM agents WHERE id = :agent AND json_extract(approvals, '$.due') IS NOT NULL
ON CONFLICT (about, kind, channel) DO NOTHING

-- name: insert_escalated_notice
INSERT INTO notices (about, kind, channel, person, created_at, due_at, state, tries)
SELECT :about, 'escalated', :channel, :person, :created_at,
    :created_at + CAST(json_extract(approvals, '$.escalate.after') AS REAL), 'waiting', 0
FROM agents WHERE id = :agent AND json_extract(approvals, '$.escalate.after') IS NOT NULL
ON CONFLICT (about, kind, channel) DO NOTHING

-- name: insert_review_notice
INSERT INTO notices (about, kind, channel, person, created_at, due_at, state, tries)
VALUES (:about, 'review', :channel, :person, :now, :due_at, 'waiting', 0)
ON CONFLICT (about, kind, channel) DO UPDATE SET person = excluded.person, created_at = excluded.created_at,
    due_at = excluded.due_at, state = 'waiting', tries = 0, error = NULL, ended_at = NULL, link = NULL

-- name: due_notices
SELECT * FROM notices WHERE channel IN (SELECT value FROM json_each(:channels)) AND state = 'waiting' AND due_at <= :now
ORDER BY due_at LIMIT :most

-- name: asked_question
SELECT approvals.id, approvals.tenant, approvals.status, approvals.kind, approvals.question, approvals.run,
    approvals.step, approvals.risk, approvals.calls, approvals.created_at, approvals.expires_at, agents.name AS agent
FROM approvals JOIN agents ON agents.id = approvals.agent WHERE approvals.id = :id

-- name: reviewed_goal
SELECT goals.id, goals.tenant, goals.status, goals.text, goals.version, goals.created_by, goals.created_at,
    agents.name AS agent
FROM goals JOIN agents ON agents.id = goals.agent WHERE goals.id = :id

-- name: take_notice
UPDATE notices SET tries = tries + 1, due_at = :until
WHERE about = :about AND kind = :kind AND channel = :channel AND state = 'waiting' AND tries = :tries

-- name: end_notice
UPDATE notices SET state = :state, error = :error, due_at = COALESCE(:due_at, due_at), link = :link,
    ended_at = CASE WHEN :state = 'waiting' THEN NULL ELSE CAST(:now AS REAL) END
WHERE about = :about AND kind = :kind AND channel = :channel AND state = 'waiting'

-- name: notices
SELECT notices.* FROM notices LEFT JOIN approvals ON approvals.id = notices.about
LEFT JOIN goals ON goals.id = notices.about
WHERE COALESCE(approvals.tenant, goals.tenant) = :tenant AND (:state IS NULL OR notices.state = :state)
ORDER BY notices.created_at DESC, notices.about, notices.kind, notices.channel LIMIT :most

-- name: notices_about
SELECT notices.* FROM notices LEFT JOIN approvals ON approvals.id = notices.about
LEFT JOIN goals ON goals.id = notices.about
WHERE notices.about = :about AND COALESCE(approvals.tenant, goals.tenant) = :tenant
    AND (:state IS NULL OR notices.state = :state)
ORDER BY notices.created_at DESC, notices.kind, notices.channel LIMIT :most

-- name: delete_notices
DELETE FROM notices WHERE about IN (SELECT id FROM approvals WHERE run = :id)

-- name: undelivered
SELECT COUNT(*) AS n FROM notices LEFT JOIN approvals ON approvals.id = notices.about
LEFT JOIN goals ON goals.id = notices.about
WHERE notices.state = 'undelivered' AND COALESCE(approvals.tenant, goals.tenant) = :tenant

-- name: expired_undecided
SELECT COUNT(*) AS n FROM approvals WHERE tenant = :tenant AND status = 'expired'

-- schedules

-- name: insert_schedule
INSERT INTO schedules (id, tenant, agent, name, version, cron, at, zone, missed, payload, paused, next_at, created_by,
    created_at)
VALUES (:id, :tenant, :agent, :name, :version, :cron, :at, :zone, :missed, :payload, 0, :next_at, :created_by, :now)

-- name: update_schedule
UPDATE schedules SET version = :version, cron = :cron, at = :at, zone = :zone, missed = :missed, payload = :payload,
    next_at = CASE WHEN paused = 1 THEN NULL ELSE CAST(:next_at AS REAL) END, reason = NULL
WHERE id = :id

-- name: pause_schedule
UPDATE schedules SET paused = 1, next_at = NULL WHERE id = :id

-- name: resume_schedule
UPDATE schedules SET paused = 0, next_at = :next_at, reason = :reason WHERE id = :id AND paused = 1

-- name: advance_schedule
UPDATE schedules SET next_at = :next_at, last_at = COALESCE(:at, last_at), last_run = COALESCE(:run, last_run),
    reason = :reason
WHERE id = :id AND next_at = :was

-- name: ran_schedule
UPDATE schedules SET last_at = :at, last_run = :run, reason = NULL WHERE id = :id

-- name: delete_schedule
DELETE FROM schedules WHERE id = :id

-- name: schedule_by_id
SELECT * FROM schedules WHERE id = :id

-- name: schedule
SELECT * FROM schedules WHERE agent = :agent AND name = :name

-- name: schedules
SELECT schedules.* FROM schedules JOIN agents ON agents.id = schedules.agent
WHERE schedules.tenant = :tenant AND (:agent IS NULL OR schedules.agent = :agent)
ORDER BY agents.name, schedules.name

-- tenants and keys

-- name: insert_tenant
INSERT INTO tenants (name, sandbox, created_by, created_at) VALUES (:name, :sandbox, :by, :now)

-- name: tenant, at once
SELECT * FROM tenants WHERE name = :name

-- name: tenants
SELECT * FROM tenants ORDER BY name

-- name: suspend_tenant
UPDATE tenants SET suspended_at = :now WHERE name = :name AND suspended_at IS NULL

-- name: resume_tenant
UPDATE tenants SET suspended_at = NULL WHERE name = :name AND suspended_at IS NOT NULL

-- name: active_tenant
SELECT 1 FROM tenants WHERE name = :name AND suspended_at IS NULL

-- What was refused while the tenant or one of its agents was out of use is looked at again.

-- name: wake_refused
UPDATE work SET wake_at = :now WHERE worker IS NULL AND (
    id IN (SELECT id FROM runs WHERE tenant = :tenant AND status = 'paused'
        AND json_extract(reason, '$.paused') = 'refused' AND (:agent IS NULL OR agent = :agent))
    OR :agent IS NULL AND id IN (SELECT id FROM goals WHERE tenant = :tenant AND status = 'planning'))

-- name: insert_key
INSERT INTO keys (id, tenant, name, prefix, sha256, roles, created_by, created_at, expires_at)
VALUES (:id, :tenant, :name, :prefix, :sha256, :roles, :created_by, :created_at, :expires_at)

-- name: key_by_prefix, at once
SELECT keys.*, tenants.suspended_at FROM keys JOIN tenants ON tenants.name = keys.tenant WHERE prefix = :prefix

-- name: key_by_id, at once
SELECT keys.*, tenants.suspended_at FROM keys JOIN tenants ON tenants.name = keys.tenant WHERE keys.id = :id

-- name: some_key, at once
SELECT 1 AS n FROM keys LIMIT 1

-- name: key_by_name, at once
SELECT * FROM keys WHERE tenant = :tenant AND name = :name AND revoked_at IS NULL

-- name: keys
SELECT * FROM keys WHERE tenant = :tenant AND (revoked_at IS NULL OR :revoked = 1) ORDER BY name, created_at

-- name: revoke_key
UPDATE keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL

-- name: use_key
UPDATE keys SET used_at = :now WHERE id = :id

-- the audit log

-- name: insert_audit
INSERT INTO audit (n, at, tenant, who, key, channel, verb, thing, details, previous, digest)
SELECT last.n + 1, :at, :tenant, :who, :key, :channel, :verb, :thing, :details, last.digest,
    chained(last.digest, last.n + 1, :told)
FROM (SELECT n, digest FROM audit UNION ALL SELECT 0, '' ORDER BY n DESC LIMIT 1) AS last

-- name: audit
SELECT * FROM audit WHERE tenant = :tenant AND n < :before AND at >= :since AND at < :until
    AND (:verb IS NULL OR verb = :verb) AND (:who IS NULL OR who = :who) AND (:thing IS NULL OR thing = :thing)
ORDER BY n DESC LIMIT :most

-- name: whole_audit
SELECT * FROM audit ORDER BY n

-- name: audit_after
SELECT * FROM audit WHERE n > :after ORDER BY n LIMIT :most

-- name: last_audit
SELECT seq FROM sqlite_sequence WHERE name = 'audit'

-- the engine's

-- name: insert_work
INSERT INTO work (id, kind, generation, needs, lane, epoch, wake_at)
VALUES (:id, :kind, 1, :needs, :lane, :epoch, :wake_at)

-- name: renew_work
UPDATE work SET generation = :generation, worker = NULL, epoch = epoch + 1, needs = COALESCE(:needs, needs),
    wake_at = CASE
    WHEN EXISTS (SELECT 1 FROM inbox WHERE id = :id AND kind IN ('pause', 'resume', 'cancel')) THEN CAST(:now AS REAL)
    ELSE CAST(:wake_at AS REAL) END
WHERE id = :id

-- name: stop_work
UPDATE work SET worker = NULL, epoch = epoch + 1, wake_at = NULL WHERE id = :id

-- name: wake
UPDATE work SET wake_at = CASE WHEN wake_at IS NULL OR wake_at > :at THEN :at ELSE wake_at END WHERE id = :id
RETURNING worker

-- name: due, at once
SELECT id, needs, lane, wake_at FROM work WHERE worker IS NULL AND wake_at IS NOT NULL AND wake_at <= :now
    AND (wake_at, id) > (:after, :after_id)
ORDER BY wake_at, id LIMIT :most

-- name: due_in_lane, at once
SELECT id, needs, lane, wake_at FROM work WHERE worker IS NULL AND wake_at IS NOT NULL AND wake_at <= :now
    AND lane = :lane AND (wake_at, id) > (:after, :after_id)
ORDER BY wake_at, id LIMIT :most

-- name: due_without_lane, at once
SELECT id, needs, lane, wake_at FROM work WHERE worker IS NULL AND wake_at IS NOT NULL AND wake_at <= :now
    AND lane IS NULL AND (wake_at, id) > (:after, :after_id)
ORDER BY wake_at, id LIMIT :most

-- name: lanes
WITH RECURSIVE lanes (lane) AS (
    SELECT MIN(lane) FROM work WHERE worker IS NULL AND wake_at IS NOT NULL
    UNION ALL SELECT (
        SELECT MIN(lane) FROM work WHERE worker IS NULL AND wake_at IS NOT NULL AND work.lane > lanes.lane
    ) FROM lanes WHERE lanes.lane IS NOT NULL
)
SELECT lane FROM lanes WHERE lane IS NOT NULL

-- name: held_lanes, at once
SELECT lane, COUNT(*) AS held FROM work WHERE worker IS NOT NULL AND lane IS NOT NULL GROUP BY lane

-- name: next_due, at once
SELECT MIN(wake_at) AS at FROM work WHERE worker IS NULL AND wake_at IS NOT NULL

-- name: next_due_after
SELECT MIN(wake_at) AS at FROM work WHERE worker IS NULL AND wake_at > :now

-- name: claim
UPDATE work SET worker = :worker, epoch = epoch + 1 WHERE id = :id AND worker IS NULL
    AND (:most IS NULL OR lane IS NULL
        OR (SELECT COUNT(*) FROM work AS held WHERE held.lane = work.lane AND held.worker IS NOT NULL) < :most)
RETURNING id, kind, generation, lane, epoch

-- name: needs_of, at once
SELECT needs, wake_at FROM work WHERE id = :id AND worker IS NULL

-- name: held
SELECT 1 FROM work WHERE id = :id AND worker = :worker AND epoch = :epoch

-- Whoever is told by the engine that nobody else works on an id takes it from whoever had it.
-- name: seize
UPDATE work SET worker = :worker, epoch = epoch + 1 WHERE id = :id
    AND (:most IS NULL OR lane IS NULL OR worker IS NOT NULL
        OR (SELECT COUNT(*) FROM work AS held WHERE held.lane = work.lane AND held.worker IS NOT NULL) < :most)
RETURNING id, kind, generation, lane, epoch

-- name: work_by_id, at once
SELECT needs, lane, worker, wake_at,
    wake_at IS NOT NULL AND EXISTS (SELECT 1 FROM inbox WHERE inbox.id = work.id) AS unread
FROM work WHERE id = :id

-- name: release
UPDATE work SET worker = NULL,
    wake_at = CASE WHEN EXISTS (SELECT 1 FROM inbox WHERE inbox.id = work.id AND seq > :seen)
    THEN CAST(:now AS REAL) ELSE CAST(:wake_at AS REAL) END
WHERE id = :id AND worker = :worker AND epoch = :epoch

-- name: free
UPDATE work SET worker = NULL, wake_at = :now WHERE id = :id AND worker = :worker AND epoch = :epoch

-- name: work_of, at once
SELECT id, epoch FROM work WHERE worker = :worker

-- name: take_over
UPDATE work SET worker = NULL, wake_at = :now WHERE worker = :worker

-- name: delete_work
DELETE FROM work WHERE id = :id

-- name: pressing_work
SELECT id, needs FROM work WHERE worker IS NOT NULL OR wake_at <= :soon

-- name: queued
SELECT COUNT(*) AS n FROM (SELECT 1 FROM work WHERE worker IS NULL AND wake_at IS NOT NULL AND wake_at <= :now LIMIT :most) AS found

-- name: insert_message
INSERT INTO inbox (id, at, kind, key, body) VALUES (:id, :at, :kind, :key, :body) RETURNING seq

-- name: tell
INSERT INTO inbox (id, at, kind, key, body)
SELECT :id, :at, :kind, :key, :body WHERE EXISTS (SELECT 1 FROM work WHERE id = :id) RETURNING seq

-- name: messages, at once
SELECT seq, id, at, kind, key, body FROM inbox WHERE id = :id ORDER BY seq

-- name: new_messages, at once
SELECT seq, id, at, kind, key, body FROM inbox WHERE seq > :seen AND kind <> 'outcome' ORDER BY seq

-- name: last_seq, at once
SELECT COALESCE(MAX(seq), 0) AS seq FROM inbox

-- name: delete_message
DELETE FROM inbox WHERE seq = :seq

-- name: delete_messages
DELETE FROM inbox WHERE id = :id

-- name: delete_notes
DELETE FROM inbox WHERE id = :id AND kind <> 'event'

-- What answers a step; what has no key (events, and what people want of the whole) stays.
-- name: delete_answers
DELETE FROM inbox WHERE id = :id AND key <> ''

-- name: delete_notes_but
DELETE FROM inbox WHERE id = :id AND kind <> 'event' AND key NOT IN (SELECT value FROM json_each(:kept))

-- What people have said to a run is heard before it begins anew: one that does so at once would never hear of it.
-- name: take_words_back
INSERT INTO inbox (id, at, kind, key, body)
SELECT :id, at, kind, key, body FROM inbox WHERE id = :aside AND kind IN ('pause', 'resume', 'cancel') ORDER BY seq

-- name: delete_words
DELETE FROM inbox WHERE id = :aside AND kind IN ('pause', 'resume', 'cancel')

-- name: set_aside
UPDATE inbox SET id = :aside WHERE id = :id

-- name: unread_again
INSERT INTO inbox (id, at, kind, key, body)
SELECT :id, at, 'event', '', body FROM history
WHERE run = :id AND generation = :generation AND kind = 'event' ORDER BY n

-- name: take_back
INSERT INTO inbox (id, at, kind, key, body) SELECT :id, at, kind, key, body FROM inbox WHERE id = :aside ORDER BY seq

-- name: wake_unread
UPDATE work SET wake_at = :now WHERE wake_at > :now AND EXISTS (SELECT 1 FROM inbox WHERE inbox.id = work.id)

-- name: insert_attempt
INSERT INTO attempts (id, generation, key, worker, started_at) VALUES (:id, :generation, :key, :worker, :started_at)

-- name: inherit_attempts
INSERT INTO attempts (id, generation, key, worker, started_at, mark)
SELECT id, :generation, key, worker, started_at, mark FROM attempts
WHERE id = :id AND generation = :generation - 1 AND key IN (SELECT value FROM json_each(:keys))

-- name: end_attempt
UPDATE attempts SET ended_at = :now WHERE id = :id AND generation = :generation AND key = :key AND ended_at IS NULL

-- name: mark_attempt
UPDATE attempts SET mark = :mark WHERE id = :id AND generation = :generation AND key = :key

-- name: open_attempts, at once
SELECT key, mark FROM attempts WHERE id = :id AND generation = :generation AND ended_at IS NULL

-- name: attempts
SELECT key, worker, started_at, ended_at, mark FROM attempts WHERE id = :id AND generation = :generation
ORDER BY started_at, key

-- name: delete_attempts
DELETE FROM attempts WHERE id = :id

-- name: insert_worker
INSERT INTO workers (id, pid, tools, started_at) VALUES (:id, :pid, :tools, :started_at)

-- name: insert_worker_again
INSERT INTO workers (id, pid, tools, started_at) SELECT :id, :pid, :tools, :started_at
WHERE NOT EXISTS (SELECT 1 FROM workers WHERE id = :id)

-- name: beat
UPDATE workers SET seen_at = :now WHERE id = :id

-- name: workers, at once
SELECT id, pid, tools, started_at, seen_at FROM workers ORDER BY started_at

-- name: holders, at once
SELECT id FROM workers UNION SELECT worker AS id FROM work WHERE worker IS NOT NULL

-- name: delete_worker
DELETE FROM workers WHERE id = :id

-- the doctor's: what should not be there, by `id`, and the statement that mends it

-- name: stray_work
SELECT id FROM work WHERE kind = 'run' AND id NOT IN (SELECT id FROM runs)
    OR kind = 'goal' AND id NOT IN (SELECT id FROM goals)
    OR kind = 'schedule' AND id NOT IN (SELECT id FROM schedules)

-- name: delete_stray_work
DELETE FROM work WHERE kind = 'run' AND id NOT IN (SELECT id FROM runs)
    OR kind = 'goal' AND id NOT IN (SELECT id FROM goals)
    OR kind = 'schedule' AND id NOT IN (SELECT id FROM schedules)

-- name: stray_history
SELECT DISTINCT run AS id FROM history WHERE run NOT IN (SELECT id FROM runs)

-- name: delete_stray_history
DELETE FROM history WHERE run NOT IN (SELECT id FROM runs)

-- name: stray_commands
SELECT DISTINCT run AS id FROM commands WHERE run NOT IN (SELECT id FROM runs)

-- name: delete_stray_commands
DELETE FROM commands WHERE run NOT IN (SELECT id FROM runs)

-- name: stray_approvals
SELECT id FROM approvals WHERE run NOT IN (SELECT id FROM runs)

-- name: delete_stray_approvals
DELETE FROM approvals WHERE run NOT IN (SELECT id FROM runs)

-- name: stray_decisions
SELECT DISTINCT approval AS id FROM decisions WHERE approval NOT IN (SELECT id FROM approvals)

-- name: delete_stray_decisions
DELETE FROM decisions WHERE approval NOT IN (SELECT id FROM approvals)

-- name: stray_notices
SELECT DISTINCT about AS id FROM notices
WHERE about NOT IN (SELECT id FROM approvals) AND about NOT IN (SELECT id FROM goals)

-- name: delete_stray_notices
DELETE FROM notices WHERE about NOT IN (SELECT id FROM approvals) AND about NOT IN (SELECT id FROM goals)

-- name: stray_goal_attempts
SELECT DISTINCT goal AS id FROM goal_attempts WHERE goal NOT IN (SELECT id FROM goals)

-- name: delete_stray_goal_attempts
DELETE FROM goal_attempts WHERE goal NOT IN (SELECT id FROM goals)

-- name: stray_attempts
SELECT DISTINCT id FROM attempts WHERE id NOT IN (SELECT id FROM work)

-- name: delete_stray_attempts
DELETE FROM attempts WHERE id NOT IN (SELECT id FROM work)

-- name: stray_messages
SELECT DISTINCT id FROM inbox WHERE id NOT IN (SELECT id FROM work)

-- name: delete_stray_messages
DELETE FROM inbox WHERE id NOT IN (SELECT id FROM work)

-- name: late_approvals
SELECT approvals.id FROM approvals JOIN runs ON runs.id = approvals.run WHERE approvals.status = 'pending'
    AND (runs.status IN ('completed', 'failed', 'cancelled') OR runs.generation <> approvals.generation)

-- name: withdraw_late_approvals
UPDATE approvals SET status = 'withdrawn', decided_at = :now WHERE status = 'pending' AND EXISTS (
    SELECT 1 FROM runs WHERE runs.id = approvals.run
    AND (runs.status IN ('completed', 'failed', 'cancelled') OR runs.generation <> approvals.generation))

-- name: unheard
SELECT id FROM work WHERE worker IS NULL AND wake_at IS NULL
    AND EXISTS (SELECT 1 FROM inbox WHERE inbox.id = work.id) AND (
        id IN (SELECT id FROM runs WHERE status NOT IN ('completed', 'failed', 'cancelled', 'paused'))
        OR id IN (SELECT id FROM goals WHERE status = 'planning') OR id IN (SELECT id FROM schedules))

-- name: wake_unheard
UPDATE work SET wake_at = :now WHERE worker IS NULL AND wake_at IS NULL
    AND EXISTS (SELECT 1 FROM inbox WHERE inbox.id = work.id) AND (
        id IN (SELECT id FROM runs WHERE status NOT IN ('completed', 'failed', 'cancelled', 'paused'))
        OR id IN (SELECT id FROM goals WHERE status = 'planning') OR id IN (SELECT id FROM schedules))

-- name: stranded
SELECT id FROM runs WHERE status NOT IN ('completed', 'failed', 'cancelled') AND id NOT IN (SELECT id FROM work)
UNION ALL SELECT id FROM goals WHERE status = 'planning' AND id NOT IN (SELECT id FROM work)
UNION ALL SELECT id FROM schedules WHERE id NOT IN (SELECT id FROM work)

-- name: codeless
SELECT id FROM runs WHERE status NOT IN ('completed', 'failed', 'cancelled') AND NOT EXISTS (
    SELECT 1 FROM plans WHERE plans.agent = runs.agent AND plans.number = runs.version)

-- name: free_all
UPDATE work SET worker = NULL, wake_at = :now WHERE worker IS NOT NULL

-- name: delete_workers
DELETE FROM workers

-- name: answer, at once
SELECT * FROM answers WHERE tenant = :tenant AND key = :key

-- name: insert_answer
INSERT INTO answers (tenant, key, digest, owner, created_at) VALUES (:tenant, :key, :digest, :owner, :now)

-- name: act_answer
UPDATE answers SET acted = 1 WHERE tenant = :tenant AND key = :key AND owner = :owner

-- name: keep_answer
UPDATE answers SET status = :status, media = :media, body = :body
WHERE tenant = :tenant AND key = :key AND owner = :owner AND status IS NULL

-- name: drop_answer
DELETE FROM answers WHERE tenant = :tenant AND key = :key AND owner = :owner AND status IS NULL AND acted = 0

-- What came to no answer and has acted all the same is nobody's, and stays for its day.
-- name: disown_answer
UPDATE answers SET owner = '' WHERE tenant = :tenant AND key = :key AND owner = :owner AND status IS NULL

-- name: drop_old_answers
DELETE FROM answers WHERE created_at < :before
    OR (status IS NULL AND acted = 0 AND owner <> :owner AND created_at < :lost)

-- What is gone is in the audit log alone, of which no more than the newest acts are looked through.

-- name: changed
SELECT 'run' AS kind, id, agent, status, updated_at AS at FROM runs WHERE tenant = :tenant AND updated_at >= :since
UNION ALL SELECT 'goal', id, agent, status, updated_at FROM goals WHERE tenant = :tenant AND updated_at >= :since
UNION ALL SELECT 'approval', id, agent, status, created_at FROM approvals
    WHERE tenant = :tenant AND created_at >= :since AND decided_at IS NULL
UNION ALL SELECT 'approval', id, agent, status, decided_at FROM approvals
    WHERE tenant = :tenant AND decided_at >= :since
UNION ALL SELECT 'run', thing, '', 'deleted', at FROM audit
    WHERE tenant = :tenant AND verb = 'runs.delete' AND at >= :since
    AND n > (SELECT COALESCE(MAX(n), 0) - 1000 FROM audit WHERE tenant = :tenant)
ORDER BY at, id LIMIT :most

-- name: seal
SELECT secret FROM seals WHERE name = :name

-- name: insert_seal
INSERT INTO seals (name, secret) VALUES (:name, :secret) ON CONFLICT DO NOTHING

-- moves to another database

-- name: departure
SELECT id, place, began_at, done_at FROM moved WHERE way = 'to'

-- name: moved_to
SELECT place FROM moved WHERE way = 'to' AND done_at IS NOT NULL

-- name: cut_off_moves
SELECT place AS id FROM moved WHERE way = 'to' AND done_at IS NULL

-- name: insert_departure
INSERT INTO moved (id, way, place, began_at) VALUES (:id, 'to', :place, :now)

-- name: end_departure
UPDATE moved SET done_at = :now WHERE id = :id

-- name: delete_departure
DELETE FROM moved WHERE id = :id

-- name: insert_arrival
INSERT INTO moved (id, way, place, began_at, done_at) VALUES (:id, 'from', :place, :began_at, :now)

-- name: arrival
SELECT done_at FROM moved WHERE way = 'from' AND id = :id

-- name: given
SELECT seq FROM sqlite_sequence WHERE name = :name

-- name: departing
SELECT 'goals' AS kind, status, COUNT(*) AS n FROM goals GROUP BY status
UNION ALL SELECT 'runs', status, COUNT(*) FROM runs GROUP BY status
UNION ALL SELECT 'approvals', status, COUNT(*) FROM approvals GROUP BY status
UNION ALL SELECT 'schedules', CASE WHEN next_at IS NULL THEN 'over' WHEN paused = 1 THEN 'paused' ELSE 'active' END,
    COUNT(*) FROM schedules GROUP BY 2
ORDER BY kind, status

-- name: departing_runs
SELECT runs.id, runs.tenant, agents.name AS agent, runs.status, runs.reason, work.wake_at AS due
FROM runs JOIN work ON work.id = runs.id JOIN agents ON agents.id = runs.agent
WHERE runs.status NOT IN ('completed', 'failed', 'cancelled')
ORDER BY work.wake_at IS NULL, work.wake_at, runs.id LIMIT :most

-- name: departing_due
SELECT COUNT(*) AS n FROM work WHERE worker IS NOT NULL OR wake_at <= :soon

-- name: departing_needs
SELECT DISTINCT needs FROM work JOIN runs ON runs.id = work.id
WHERE runs.status NOT IN ('completed', 'failed', 'cancelled')
