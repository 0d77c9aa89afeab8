/**
 * The tables that answer questions about records. They are derived from the entries: deleting `index.db` loses
 * nothing, it is built again. The centre answers the same questions from tables of its own.
 * Times are microseconds since the epoch; `create_time` is NULL until the entry `decided` was seen.
 */
const FIRST_TABLES = `
  CREATE TABLE IF NOT EXISTS records (
    decision_id TEXT PRIMARY KEY,
    writer INTEGER,
    create_time INTEGER,
    tenant TEXT NOT NULL DEFAULT '',
    app TEXT NOT NULL DEFAULT '',
    user_name TEXT NOT NULL DEFAULT '',
    task INTEGER NOT NULL DEFAULT 0,
    policy_revision TEXT NOT NULL DEFAULT '',
    request_id TEXT NOT NULL DEFAULT '',
    conversation_id TEXT NOT NULL DEFAULT '',
    experiment_id TEXT NOT NULL DEFAULT '',
    experiment_arm TEXT NOT NULL DEFAULT '',
    state INTEGER NOT NULL DEFAULT 7,
    target_id TEXT NOT NULL DEFAULT '',
    cost_micros INTEGER NOT NULL DEFAULT 0,
    latency_micros INTEGER,
    input_tokens INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    cache_hit INTEGER NOT NULL DEFAULT 0,
    saved_micros INTEGER NOT NULL DEFAULT 0,
    success INTEGER
  );
  CREATE INDEX IF NOT EXISTS records_by_time ON records (create_time, decision_id);
  CREATE INDEX IF NOT EXISTS records_by_tenant ON records (tenant, create_time, decision_id);
  CREATE INDEX IF NOT EXISTS records_by_request ON records (tenant, request_id) WHERE request_id <> '';
  CREATE INDEX IF NOT EXISTS records_by_conversation ON records (tenant, conversation_id) WHERE conversation_id <> '';
  CREATE INDEX IF NOT EXISTS records_in_progress ON records (writer) WHERE state = 7;
  CREATE TABLE IF NOT EXISTS record_rules (
    rule_id TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    PRIMARY KEY (rule_id, decision_id)
  );
  CREATE TABLE IF NOT EXISTS record_entries (
    decision_id TEXT NOT NULL,
    writer INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (decision_id, writer, sequence)
  );
  CREATE TABLE IF NOT EXISTS failures (
    decision_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    PRIMARY KEY (decision_id, attempt)
  );
  CREATE TABLE IF NOT EXISTS outcomes (
    decision_id TEXT NOT NULL,
    reporter TEXT NOT NULL,
    time INTEGER NOT NULL,
    success INTEGER NOT NULL,
    PRIMARY KEY (decision_id, reporter)
  );
`;

/** The layout of `index.db`. */
export const INDEX_STEPS: readonly string[] = [
  `${FIRST_TABLES}
  CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL
  );
  INSERT INTO progress VALUES (1, 0);
  `,
  // Tables that are nothing but their key: one tree each instead of two, which halves what it costs to fill them.
  `
  DROP TABLE record_rules;
  DROP TABLE record_entries;
  DROP TABLE failures;
  DROP TABLE outcomes;
  DELETE FROM records;
  CREATE TABLE record_rules (
    rule_id TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    PRIMARY KEY (rule_id, decision_id)
  ) WITHOUT ROWID;
  CREATE TABLE record_entries (
    decision_id TEXT NOT NULL,
    writer INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    PRIMARY KEY (decision_id, writer, sequence)
  ) WITHOUT ROWID;
  CREATE TABLE failures (
    decision_id TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    PRIMARY KEY (decision_id, attempt)
  ) WITHOUT ROWID;
  CREATE TABLE outcomes (
    decision_id TEXT NOT NULL,
    reporter TEXT NOT NULL,
    time INTEGER NOT NULL,
    success INTEGER NOT NULL,
    PRIMARY KEY (decision_id, reporter)
  ) WITHOUT ROWID;
  UPDATE progress SET position = 0;
  `,
];
