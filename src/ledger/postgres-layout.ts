/**
 * The first layout of the centre: the tables of `ledger.db` and `index.db` with the types of PostgreSQL. Layouts are
 * never changed once released, only followed by others, so this one stands here in full.
 */
export const FIRST_LAYOUT = `
  CREATE TABLE writers (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    batches BIGINT NOT NULL DEFAULT 0,
    complete_through BIGINT NOT NULL DEFAULT 0
  );
  CREATE TABLE entries (
    writer BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    time BIGINT NOT NULL,
    payload BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (writer, sequence)
  );
  CREATE TABLE requests (
    tenant TEXT NOT NULL,
    request_id TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    input_digest BYTEA NOT NULL,
    time BIGINT NOT NULL,
    PRIMARY KEY (tenant, request_id)
  );
  CREATE TABLE contents (
    id TEXT PRIMARY KEY,
    key_id TEXT NOT NULL,
    bytes BYTEA NOT NULL
  );
  CREATE TABLE documents (
    kind TEXT NOT NULL,
    revision TEXT NOT NULL,
    bytes BYTEA NOT NULL,
    PRIMARY KEY (kind, revision)
  );
  CREATE TABLE cuts (
    writer BIGINT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    time BIGINT NOT NULL,
    digest BYTEA NOT NULL
  );
  CREATE TABLE records (
    decision_id TEXT PRIMARY KEY,
    writer BIGINT,
    create_time BIGINT,
    tenant TEXT NOT NULL DEFAULT '',
    app TEXT NOT NULL DEFAULT '',
    user_name TEXT NOT NULL DEFAULT '',
    task BIGINT NOT NULL DEFAULT 0,
    policy_revision TEXT NOT NULL DEFAULT '',
    request_id TEXT NOT NULL DEFAULT '',
    conversation_id TEXT NOT NULL DEFAULT '',
    experiment_id TEXT NOT NULL DEFAULT '',
    experiment_arm TEXT NOT NULL DEFAULT '',
    state BIGINT NOT NULL DEFAULT 7,
    target_id TEXT NOT NULL DEFAULT '',
    cost_micros BIGINT NOT NULL DEFAULT 0,
    latency_micros BIGINT,
    input_tokens BIGINT NOT NULL DEFAULT 0,
    output_tokens BIGINT NOT NULL DEFAULT 0,
    cache_hit BIGINT NOT NULL DEFAULT 0,
    saved_micros BIGINT NOT NULL DEFAULT 0,
    success BIGINT
  );
  CREATE INDEX records_by_time ON records (create_time, decision_id);
  CREATE INDEX records_by_tenant ON records (tenant, create_time, decision_id);
  CREATE INDEX records_by_request ON records (tenant, request_id) WHERE request_id <> '';
  CREATE INDEX records_by_conversation ON records (tenant, conversation_id) WHERE conversation_id <> '';
  CREATE INDEX records_in_progress ON records (writer) WHERE state = 7;
  CREATE TABLE record_rules (
    rule_id TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    PRIMARY KEY (rule_id, decision_id)
  );
  CREATE TABLE record_entries (
    decision_id TEXT NOT NULL,
    writer BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    PRIMARY KEY (decision_id, writer, sequence)
  );
  CREATE TABLE failures (
    decision_id TEXT NOT NULL,
    attempt BIGINT NOT NULL,
    reason BIGINT NOT NULL,
    PRIMARY KEY (decision_id, attempt)
  );
  CREATE TABLE outcomes (
    decision_id TEXT NOT NULL,
    reporter TEXT NOT NULL,
    time BIGINT NOT NULL,
    success BIGINT NOT NULL,
    PRIMARY KEY (decision_id, reporter)
  );
`;

/** What is left of the unpartitioned table until its rows are moved. */
export const UNPARTITIONED = "entries_before_partitions";

/**
 * The second: entries in partitions by time, found by decision without a table of their own; writers know where their
 * chains end; cuts are signed. A partition's key has to hold its time. That keeps sending twice harmless, because the
 * time of an entry is sealed in it.
 */
export const PARTITIONED_LAYOUT = `
  ALTER TABLE entries RENAME TO ${UNPARTITIONED};
  ALTER INDEX entries_pkey RENAME TO ${UNPARTITIONED}_pkey;
  CREATE TABLE entries (
    writer BIGINT NOT NULL,
    sequence BIGINT NOT NULL,
    time BIGINT NOT NULL,
    decision_id TEXT NOT NULL,
    payload BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (writer, sequence, time)
  ) PARTITION BY RANGE (time);
  CREATE INDEX entries_by_decision ON entries (decision_id) WHERE decision_id <> '';
  DROP TABLE record_entries;
  CREATE VIEW decision_entries AS
    SELECT decision_id, writer, sequence, time, payload, digest FROM entries WHERE decision_id <> '';
  DROP INDEX records_in_progress;
  ALTER TABLE writers
    ADD COLUMN last_sequence BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN last_time BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN last_digest BYTEA;
  UPDATE writers SET last_sequence = last.sequence, last_time = last.time, last_digest = last.digest
    FROM writers w, LATERAL (SELECT e.sequence, e.time, e.digest FROM ${UNPARTITIONED} e
      WHERE e.writer = w.number ORDER BY e.sequence DESC LIMIT 1) last
    WHERE writers.number = w.number;
  ALTER TABLE cuts
    ADD COLUMN entry_count BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN cut_time TEXT NOT NULL DEFAULT '',
    ADD COLUMN key_id TEXT NOT NULL DEFAULT '',
    ADD COLUMN public_key TEXT NOT NULL DEFAULT '',
    ADD COLUMN signature TEXT NOT NULL DEFAULT '';
`;

/** What is left of the table of rules until its rows are moved. */
export const UNLISTED_RULES = "record_rules_before_lists";

/**
 * The third: the rules of a record stand in it, as a list. A table of them cost more than everything else of a record,
 * for each rule of each decision had a row and a place in an index.
 */
export const LISTED_RULES_LAYOUT = `
  ALTER TABLE record_rules RENAME TO ${UNLISTED_RULES};
  CREATE INDEX ${UNLISTED_RULES}_by_decision ON ${UNLISTED_RULES} (decision_id);
  ALTER TABLE records ADD COLUMN rule_ids TEXT[] NOT NULL DEFAULT '{}';
`;

/**
 * Indexes for it, and smaller ones for lists: many records of the same microsecond are not to be feared, so that the few
 * that share one can be sorted where they are read.
 */
export const SLIM_INDEXES = `
  DROP TABLE ${UNLISTED_RULES};
  CREATE INDEX records_by_rule ON records USING gin (rule_ids);
  DROP INDEX records_by_time, records_by_tenant;
  CREATE INDEX records_by_time ON records (create_time);
  CREATE INDEX records_by_tenant ON records (tenant, create_time);
`;
