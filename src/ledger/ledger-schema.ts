/**
 * The layout of `ledger.db`, which holds the truth: entries, which are only ever added, and what is stored beside them.
 * Whatever can be derived from it lives in another file that can be built again.
 */
export const LEDGER_STEPS: readonly string[] = [
  `
  CREATE TABLE writers (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE
  );
  CREATE TABLE entries (
    position INTEGER PRIMARY KEY,
    writer INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    payload BLOB NOT NULL,
    digest BLOB NOT NULL
  );
  CREATE UNIQUE INDEX entries_by_writer ON entries (writer, sequence);
  CREATE TABLE contents (
    id TEXT PRIMARY KEY,
    decision_id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    subject TEXT NOT NULL,
    time INTEGER NOT NULL,
    key_id TEXT NOT NULL,
    bytes BLOB NOT NULL
  );
  CREATE INDEX contents_by_subject ON contents (tenant, subject) WHERE subject <> '';
  CREATE INDEX contents_by_key ON contents (key_id);
  CREATE TABLE requests (
    tenant TEXT NOT NULL,
    request_id TEXT NOT NULL,
    decision_id TEXT NOT NULL,
    input_digest BLOB NOT NULL,
    time INTEGER NOT NULL,
    PRIMARY KEY (tenant, request_id)
  ) WITHOUT ROWID;
  CREATE TABLE documents (
    kind TEXT NOT NULL,
    revision TEXT NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (kind, revision)
  );
  CREATE TABLE cuts (
    writer INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    digest BLOB NOT NULL
  );
  `,
  // Cuts are signed.
  `
  ALTER TABLE cuts ADD COLUMN entry_count INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE cuts ADD COLUMN cut_time TEXT NOT NULL DEFAULT '';
  ALTER TABLE cuts ADD COLUMN key_id TEXT NOT NULL DEFAULT '';
  ALTER TABLE cuts ADD COLUMN public_key TEXT NOT NULL DEFAULT '';
  ALTER TABLE cuts ADD COLUMN signature TEXT NOT NULL DEFAULT '';
  `,
];
