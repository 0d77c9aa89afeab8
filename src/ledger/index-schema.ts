/**
 * The tables that answer questions about records. They are derived from the entries: deleting `index.db` loses
 * nothing, it is built again. The same tables, with the types of the other engine, stand in PostgreSQL.
 * Times are microseconds since the epoch; `create_time` is NULL until the entry `decided` was seen.
 */
export const INDEX_TABLES = (text: "TEXT", integer: "INTEGER" | "BIGINT"): string => `
  CREATE TABLE IF NOT EXISTS records (
    decision_id ${text} PRIMARY KEY,
    writer ${integer},
    create_time ${integer},
    tenant ${text} NOT NULL DEFAULT '',
    app ${text} NOT NULL DEFAULT '',
    user_name ${text} NOT NULL DEFAULT '',
    task ${integer} NOT NULL DEFAULT 0,
    policy_revision ${text} NOT NULL DEFAULT '',
    request_id ${text} NOT NULL DEFAULT '',
    conversation_id ${text} NOT NULL DEFAULT '',
    experiment_id ${text} NOT NULL DEFAULT '',
    experiment_arm ${text} NOT NULL DEFAULT '',
    state ${integer} NOT NULL DEFAULT 7,
    target_id ${text} NOT NULL DEFAULT '',
    cost_micros ${integer} NOT NULL DEFAULT 0,
    latency_micros ${integer},
    input_tokens ${integer} NOT NULL DEFAULT 0,
    output_tokens ${integer} NOT NULL DEFAULT 0,
    cache_hit ${integer} NOT NULL DEFAULT 0,
    saved_micros ${integer} NOT NULL DEFAULT 0,
    success ${integer}
  );
  CREATE INDEX IF NOT EXISTS records_by_time ON records (create_time, decision_id);
  CREATE INDEX IF NOT EXISTS records_by_tenant ON records (tenant, create_time, decision_id);
  CREATE INDEX IF NOT EXISTS records_by_request ON records (tenant, request_id) WHERE request_id <> '';
  CREATE INDEX IF NOT EXISTS records_by_conversation ON records (tenant, conversation_id) WHERE conversation_id <> '';
  CREATE INDEX IF NOT EXISTS records_in_progress ON records (writer) WHERE state = 7;
  CREATE TABLE IF NOT EXISTS record_rules (
    rule_id ${text} NOT NULL,
    decision_id ${text} NOT NULL,
    PRIMARY KEY (rule_id, decision_id)
  );
  CREATE TABLE IF NOT EXISTS record_entries (
    decision_id ${text} NOT NULL,
    writer ${integer} NOT NULL,
    sequence ${integer} NOT NULL,
    PRIMARY KEY (decision_id, writer, sequence)
  );
  CREATE TABLE IF NOT EXISTS failures (
    decision_id ${text} NOT NULL,
    attempt ${integer} NOT NULL,
    reason ${integer} NOT NULL,
    PRIMARY KEY (decision_id, attempt)
  );
  CREATE TABLE IF NOT EXISTS outcomes (
    decision_id ${text} NOT NULL,
    reporter ${text} NOT NULL,
    time ${integer} NOT NULL,
    success ${integer} NOT NULL,
    PRIMARY KEY (decision_id, reporter)
  );
`;

/** The layout of `index.db`. */
export const INDEX_STEPS: readonly string[] = [
  `${INDEX_TABLES("TEXT", "INTEGER")}
  CREATE TABLE progress (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    position INTEGER NOT NULL
  );
  INSERT INTO progress VALUES (1, 0);
  `,
];
