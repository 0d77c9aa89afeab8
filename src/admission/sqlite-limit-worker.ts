import type { DatabaseSync, StatementSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { openDatabase } from "../lib/sqlite.ts";
import { type CounterState, emptyCounter, exchangeCounter, type Hold, readCounter } from "./counter.ts";
import type {
  CounterAnswer,
  CounterReading,
  CounterSpec,
  ExchangeItem,
  ExchangeRequest,
} from "./limit-store.ts";

/** What the thread is asked. */
export interface StoreQuestion {
  readonly id: number;
  readonly ask:
    | { readonly kind: "exchange"; readonly request: ExchangeRequest }
    | { readonly kind: "read"; readonly counters: readonly CounterSpec[] }
    | { readonly kind: "sweep" }
    | { readonly kind: "close" };
}

/** What the thread answers. */
export interface StoreAnswer {
  readonly id: number;
  readonly result: (CounterAnswer | undefined)[] | CounterReading[] | number;
  readonly error?: string;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS counters (
    key TEXT PRIMARY KEY, spent REAL NOT NULL, updated_at REAL NOT NULL, scarce_until REAL NOT NULL, drop_at REAL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS counters_by_end ON counters (drop_at);
  CREATE TABLE IF NOT EXISTS holds (
    key TEXT NOT NULL REFERENCES counters (key) ON DELETE CASCADE, holder TEXT NOT NULL, held REAL NOT NULL,
    spent_total REAL NOT NULL, sequence REAL NOT NULL, expires_at REAL NOT NULL, written_off REAL NOT NULL,
    PRIMARY KEY (key, holder)
  ) STRICT, WITHOUT ROWID;
`;

if (parentPort) serve(parentPort, (workerData as { path: string }).path);

function serve(port: NonNullable<typeof parentPort>, path: string): void {
  const database = openDatabase(path, "fsync");
  database.exec(SCHEMA);
  const statements = prepare(database);
  port.on("message", ({ id, ask }: StoreQuestion) => {
    try {
      port.postMessage({ id, result: answer(database, statements, ask) } satisfies StoreAnswer);
    } catch (error) {
      port.postMessage({
        id,
        result: 0,
        error: error instanceof Error ? error.message : String(error),
      } satisfies StoreAnswer);
    }
  });
}

function answer(
  database: DatabaseSync,
  statements: Statements,
  ask: StoreQuestion["ask"],
): StoreAnswer["result"] {
  switch (ask.kind) {
    case "exchange":
      return inTransaction(database, () => {
        // Taken once the write lock is held, so that time never runs backwards between processes.
        const now = Date.now();
        return ask.request.items.map((item) => exchangeOne(statements, item, ask.request.holdMs, now));
      });
    case "read":
      return ask.counters.map((counter) => {
        const state = load(statements, counter.key);
        return state ? readCounter(state, counter, Date.now()) : { spent: 0, held: 0 };
      });
    case "sweep":
      return Number(statements.sweep.run(Date.now()).changes);
    case "close":
      database.close();
      return 0;
  }
}

function exchangeOne(
  statements: Statements,
  item: ExchangeItem,
  holdMs: number,
  now: number,
): CounterAnswer | undefined {
  const { key, keepMs } = item.counter;
  const state = load(statements, key) ?? emptyCounter(now);
  const before = new Map([...state.holds].map(([holder, hold]) => [holder, { ...hold }]));
  const result = exchangeCounter(state, item, holdMs, now);
  if (!result) return undefined;
  const dropAt = Number.isFinite(keepMs) ? now + keepMs : null;
  statements.putCounter.run(key, state.spent, state.updatedAt, state.scarceUntil, dropAt);
  for (const [holder, hold] of state.holds) {
    if (sameHold(before.get(holder), hold)) continue;
    const { held, spentTotal, sequence, expiresAt, writtenOff } = hold;
    statements.putHold.run(key, holder, held, spentTotal, sequence, expiresAt, writtenOff);
  }
  for (const holder of before.keys()) if (!state.holds.has(holder)) statements.dropHold.run(key, holder);
  return result;
}

function sameHold(before: Hold | undefined, after: Hold): boolean {
  return (
    before !== undefined &&
    before.held === after.held &&
    before.sequence === after.sequence &&
    before.writtenOff === after.writtenOff
  );
}

function load(statements: Statements, key: string): CounterState | undefined {
  const row = statements.getCounter.get(key);
  if (!row) return undefined;
  const holds = new Map<string, Hold>();
  for (const hold of statements.getHolds.all(key)) {
    holds.set(String(hold.holder), {
      held: Number(hold.held),
      spentTotal: Number(hold.spent_total),
      sequence: Number(hold.sequence),
      expiresAt: Number(hold.expires_at),
      writtenOff: Number(hold.written_off),
    });
  }
  return {
    spent: Number(row.spent),
    updatedAt: Number(row.updated_at),
    scarceUntil: Number(row.scarce_until),
    holds,
  };
}

type Statements = Readonly<
  Record<"getCounter" | "getHolds" | "putCounter" | "putHold" | "dropHold" | "sweep", StatementSync>
>;

function prepare(database: DatabaseSync): Statements {
  return {
    getCounter: database.prepare("SELECT spent, updated_at, scarce_until FROM counters WHERE key = ?"),
    getHolds: database.prepare(
      "SELECT holder, held, spent_total, sequence, expires_at, written_off FROM holds WHERE key = ?",
    ),
    putCounter: database.prepare(`
      INSERT INTO counters (key, spent, updated_at, scarce_until, drop_at) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (key) DO UPDATE SET spent = excluded.spent, updated_at = excluded.updated_at,
        scarce_until = excluded.scarce_until, drop_at = excluded.drop_at`),
    putHold: database.prepare(`
      INSERT INTO holds (key, holder, held, spent_total, sequence, expires_at, written_off) VALUES (?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (key, holder) DO UPDATE SET held = excluded.held, spent_total = excluded.spent_total,
        sequence = excluded.sequence, expires_at = excluded.expires_at, written_off = excluded.written_off`),
    dropHold: database.prepare("DELETE FROM holds WHERE key = ? AND holder = ?"),
    sweep: database.prepare("DELETE FROM counters WHERE drop_at <= ?"),
  };
}

function inTransaction<T>(database: DatabaseSync, run: () => T): T {
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
