-- What SQLite has and PostgreSQL has not, by the names that the statements use. Each is run when a database is made
-- or comes to a newer schema: functions before the schema, triggers after it.

-- name: json_read
-- JSON as jsonb takes it: a zero byte, which it refuses in a text, is a sign that stands for any other there.
CREATE OR REPLACE FUNCTION json_read(document TEXT) RETURNS JSONB LANGUAGE SQL IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN strpos(document, '\u0000') = 0 THEN document
    ELSE regexp_replace(document, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g') END::jsonb

-- name: json_extract
-- Text, as SQLite gives it: true is 1, an object stays JSON.
CREATE OR REPLACE FUNCTION json_extract(document TEXT, path TEXT) RETURNS TEXT LANGUAGE SQL IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC SELECT CASE found WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE found #>> '{}' END
    FROM jsonb_path_query_first(json_read(document), path::jsonpath) AS found; END

-- name: json_each
CREATE OR REPLACE FUNCTION json_each(document TEXT) RETURNS TABLE (value TEXT) LANGUAGE SQL IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC SELECT jsonb_array_elements_text(json_read(document)); END

-- name: json_array_length
CREATE OR REPLACE FUNCTION json_array_length(document TEXT) RETURNS INT LANGUAGE SQL IMMUTABLE PARALLEL SAFE
RETURN jsonb_array_length(json_read(document))

-- name: json_quote
CREATE OR REPLACE FUNCTION json_quote(value TEXT) RETURNS TEXT LANGUAGE SQL IMMUTABLE PARALLEL SAFE
RETURN COALESCE(to_jsonb(value)::text, 'null')

-- name: chained
-- The digest of a row of the audit log, as `chain.py` works it out, of what it tells as it was before it was bound.
CREATE OR REPLACE FUNCTION chained(previous TEXT, n BIGINT, told TEXT) RETURNS TEXT LANGUAGE SQL IMMUTABLE PARALLEL SAFE
RETURN encode(sha256(convert_to(previous || E'\n' || n || E'\n' || replace(told, U&'\FDD01', U&'\FDD0'), 'UTF8')), 'hex')

-- name: sqlite_sequence
-- The highest number that the audit log gave, which a row that is cut off does not take back.
CREATE TABLE IF NOT EXISTS sqlite_sequence (name TEXT PRIMARY KEY, seq BIGINT NOT NULL)

-- name: count_audit
CREATE OR REPLACE FUNCTION count_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO sqlite_sequence (name, seq) VALUES ('audit', NEW.n)
        ON CONFLICT (name) DO UPDATE SET seq = GREATEST(sqlite_sequence.seq, excluded.seq);
    RETURN NEW;
END $$

-- name: keep_audit
CREATE OR REPLACE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE integrity_constraint_violation USING MESSAGE = 'audit rows stay as they are';
END $$

-- name: audit_is_counted
CREATE OR REPLACE TRIGGER audit_is_counted BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION count_audit()

-- name: audit_is_not_changed
CREATE OR REPLACE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
EXECUTE FUNCTION keep_audit()
