import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { EntryBatch, EntryExtra } from "./batch.ts";
import { type Bodies, type ChainEnd, GENESIS_DIGEST, sealEntries } from "./chain.ts";
import type { ContentCipher } from "./content-cipher.ts";
import type { SqlValue } from "./database.ts";
import { isBusy } from "./writer-slot.ts";

/** Appends to the chain of one writer. Whoever holds it holds the writer's lock. */
export interface EntryWriter {
  readonly writerId: string;
  readonly head: ChainEnd;
  /** Runs `work` in one transaction; the chain moves on only if it commits. @throws whatever the storage throws. */
  transact(work: (append: AppendEntries) => void): void;
}

/** Appends entries within the transaction. */
export interface AppendEntries {
  batch(batch: EntryBatch): void;
  /** One entry that the ledger itself writes. */
  body(body: Uint8Array, timeMs: number): void;
}

/** How long to wait for another writer of the same folder before giving up. */
const PATIENCE_MS = 5_000;

/** Makes the writer of the chain with this id, continuing where it ended. */
export function createEntryWriter(
  database: DatabaseSync,
  writerId: string,
  cipher: ContentCipher,
): EntryWriter {
  const number = writerNumber(database, writerId);
  const idBytes = Buffer.from(writerId, "utf8");
  const statements = prepare(database, number);
  let head = readHead(database, number);

  return {
    writerId,
    get head() {
      return head;
    },
    transact(work) {
      begin(statements.begin);
      let next = head;
      let values: SqlValue[] = [];
      const append = (bodies: Bodies): void => {
        next = sealEntries(idBytes, next, bodies, (sequence, timeMs, { payload, digest }) => {
          values.push(sequence, timeMs * 1000, payload, digest);
          if (values.length < ROWS_AT_ONCE * VALUES) return;
          statements.entries.run(...values);
          values = [];
        });
      };
      try {
        work({
          body: (body, timeMs) => append({ bodies: body, ends: [body.length], times: [timeMs] }),
          batch(batch) {
            append(batch);
            for (const extra of batch.extras) storeExtra(statements, cipher, extra, next.timeMs * 1000);
          },
        });
        for (let at = 0; at < values.length; at += VALUES)
          statements.entry.run(...values.slice(at, at + VALUES));
        statements.commit.run();
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
      head = next;
    },
  };
}

/** Rows in one statement, which costs about as much as storing a row; `OR ROLLBACK` spares a copy of its pages. */
const ROWS_AT_ONCE = 16;
/** Values of a row; the writer's number is part of the statement. */
const VALUES = 4;

interface Statements {
  readonly begin: StatementSync;
  readonly commit: StatementSync;
  readonly entries: StatementSync;
  readonly entry: StatementSync;
  readonly content: StatementSync;
  readonly request: StatementSync;
}

function prepare(database: DatabaseSync, writer: number): Statements {
  const insert = (rows: number): StatementSync => {
    const values = Array.from({ length: rows }, () => `(${writer}, ?, ?, ?, ?)`).join(", ");
    return database.prepare(
      `INSERT OR ROLLBACK INTO entries (writer, sequence, time, payload, digest) VALUES ${values}`,
    );
  };
  return {
    begin: database.prepare("BEGIN IMMEDIATE"),
    commit: database.prepare("COMMIT"),
    entry: insert(1),
    entries: insert(ROWS_AT_ONCE),
    content: database.prepare(
      "INSERT INTO contents (id, decision_id, tenant, subject, time, key_id, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)",
    ),
    request: database.prepare(
      "INSERT OR REPLACE INTO requests (tenant, request_id, decision_id, input_digest, time) VALUES (?, ?, ?, ?, ?)",
    ),
  };
}

function storeExtra(statements: Statements, cipher: ContentCipher, extra: EntryExtra, time: number): void {
  const { content, request, decisionId, tenant } = extra;
  if (content) {
    const bytes = cipher.seal(content.id, content.bytes);
    statements.content.run(content.id, decisionId, tenant, content.subject, time, cipher.keyId, bytes);
  }
  if (request) statements.request.run(tenant, request.id, decisionId, request.inputDigest, time);
}

/** The small number that stands for a writer's id in the tables. */
function writerNumber(database: DatabaseSync, writerId: string): number {
  database.prepare("INSERT OR IGNORE INTO writers (id) VALUES (?)").run(writerId);
  return Number(database.prepare("SELECT number FROM writers WHERE id = ?").get(writerId)?.number);
}

function readHead(database: DatabaseSync, number: number): ChainEnd {
  const row = database
    .prepare("SELECT sequence, digest, time FROM entries WHERE writer = ? ORDER BY sequence DESC LIMIT 1")
    .get(number);
  if (!row) return { sequence: 0, digest: GENESIS_DIGEST, timeMs: 0 };
  return {
    sequence: Number(row.sequence),
    digest: row.digest as Uint8Array,
    timeMs: Math.floor(Number(row.time) / 1000),
  };
}

/** Begins to write, waiting for other processes in steps shorter than those of SQLite's own patience. */
function begin(statement: StatementSync): void {
  const giveUp = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      statement.run();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > giveUp) throw error;
      Atomics.wait(pause, 0, 0, 0.5);
    }
  }
}

const pause = new Int32Array(new SharedArrayBuffer(4));
