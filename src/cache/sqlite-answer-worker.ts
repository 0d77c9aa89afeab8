import { rmSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { openDatabase } from "../lib/sqlite.ts";
import { type AnswerBounds, type KeptAnswer, type PurgeLabel, sizeOf } from "./answer-store.ts";

/** What the writing thread is asked. */
export interface CacheQuestion {
  readonly id: number;
  readonly ask:
    | { readonly kind: "ready" }
    | {
        readonly kind: "put";
        readonly tenant: string;
        readonly key: string;
        readonly answer: KeptAnswer;
        readonly now: number;
        readonly expiresAt: number;
      }
    | { readonly kind: "touch"; readonly ids: readonly string[]; readonly now: number }
    | { readonly kind: "purge"; readonly tenant: string; readonly label: PurgeLabel | undefined }
    | { readonly kind: "close" };
}

/** What it answers. */
export interface CacheAnswer {
  readonly id: number;
  readonly result: number;
  readonly error?: string;
}

/** Sums are kept by triggers, in the same transaction, so that every process sees the same size. */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS answers (
    tenant TEXT NOT NULL, key TEXT NOT NULL, decision_id TEXT NOT NULL, completion BLOB NOT NULL, labels TEXT NOT NULL,
    cost_micros INTEGER NOT NULL, bytes INTEGER NOT NULL, expires_at INTEGER NOT NULL, used_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, key)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS answers_by_use ON answers (used_at);
  CREATE INDEX IF NOT EXISTS answers_by_expiry ON answers (expires_at);
  CREATE TABLE IF NOT EXISTS totals (one INTEGER PRIMARY KEY CHECK (one = 1), bytes INTEGER NOT NULL, entries INTEGER NOT NULL) STRICT;
  INSERT OR IGNORE INTO totals VALUES (1, 0, 0);
  CREATE TRIGGER IF NOT EXISTS answers_added AFTER INSERT ON answers BEGIN
    UPDATE totals SET bytes = bytes + new.bytes, entries = entries + 1;
  END;
  CREATE TRIGGER IF NOT EXISTS answers_dropped AFTER DELETE ON answers BEGIN
    UPDATE totals SET bytes = bytes - old.bytes, entries = entries - 1;
  END;
`;

interface WorkerData {
  readonly path: string;
  readonly bounds: AnswerBounds;
}

if (parentPort) serve(parentPort, workerData as WorkerData);

function serve(port: NonNullable<typeof parentPort>, { path, bounds }: WorkerData): void {
  const database = openOrReplace(path);
  const write = createWriter(database, bounds);
  port.on("message", ({ id, ask }: CacheQuestion) => {
    try {
      port.postMessage({ id, result: write(ask) } satisfies CacheAnswer);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      port.postMessage({ id, result: 0, error: message } satisfies CacheAnswer);
    }
  });
}

/** A cache that cannot be read is worth nothing: it is made anew. */
function openOrReplace(path: string): DatabaseSync {
  try {
    return openCache(path);
  } catch (error) {
    // SQLITE_CORRUPT and SQLITE_NOTADB; anything else, such as a folder that may not be written, is told.
    const code = (error as { errcode?: number }).errcode;
    if (code !== 11 && code !== 26) throw error;
    for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`, { force: true });
    return openCache(path);
  }
}

function openCache(path: string): DatabaseSync {
  const database = openDatabase(path, "os");
  database.exec(SCHEMA);
  return database;
}

function createWriter(database: DatabaseSync, bounds: AnswerBounds): (ask: CacheQuestion["ask"]) => number {
  const drop = database.prepare("DELETE FROM answers WHERE tenant = ? AND key = ?");
  const put = database.prepare("INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  const dropExpired = database.prepare("DELETE FROM answers WHERE expires_at <= ?");
  const dropOldest = database.prepare(
    "DELETE FROM answers WHERE rowid IN (SELECT rowid FROM answers ORDER BY used_at LIMIT ?)",
  );
  const totals = database.prepare("SELECT bytes, entries FROM totals");
  const touch = database.prepare("UPDATE answers SET used_at = ? WHERE tenant = ? AND key = ?");
  const purge = database.prepare("DELETE FROM answers WHERE tenant = ?");
  const purgeLabel = database.prepare(`
    DELETE FROM answers WHERE tenant = ? AND EXISTS
      (SELECT 1 FROM json_each(answers.labels) AS label WHERE label.key = ? AND label.value = ?)`);

  const makeRoom = (now: number): void => {
    const over = (): boolean => {
      const sum = totals.get();
      return Number(sum?.bytes) > bounds.maxBytes || Number(sum?.entries) > bounds.maxEntries;
    };
    if (over()) dropExpired.run(now);
    while (over()) dropOldest.run(Math.max(1, Math.floor(Number(totals.get()?.entries) / 100)));
  };

  return (ask) => {
    switch (ask.kind) {
      case "ready":
        return 0;
      case "put": {
        const { tenant, key, answer, now, expiresAt } = ask;
        if (sizeOf(answer) > bounds.maxBytes) return 0;
        return inTransaction(database, () => {
          drop.run(tenant, key);
          const labels = JSON.stringify(answer.labels);
          const { decisionId, completion, costMicros } = answer;
          put.run(tenant, key, decisionId, completion, labels, costMicros, sizeOf(answer), expiresAt, now);
          makeRoom(now);
          return 1;
        });
      }
      case "touch":
        return inTransaction(database, () => {
          for (const id of ask.ids) {
            const [tenant = "", key = ""] = JSON.parse(id) as string[];
            touch.run(ask.now, tenant, key);
          }
          return ask.ids.length;
        });
      case "purge": {
        const { tenant, label } = ask;
        return Number((label ? purgeLabel.run(tenant, label.name, label.value) : purge.run(tenant)).changes);
      }
      case "close":
        database.close();
        return 0;
    }
  };
}

function inTransaction(database: DatabaseSync, run: () => number): number {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = run();
    database.exec("COMMIT");
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec("ROLLBACK");
    throw error;
  }
}
