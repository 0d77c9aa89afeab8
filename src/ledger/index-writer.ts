import type { DatabaseSync, StatementSync } from "node:sqlite";
import { projectEntry } from "./project-entry.ts";
import { INDEX_WRITES, type IndexChanges, noChanges, SETTLE_OUTCOME, type SqlRow } from "./projection.ts";

/** Keeps the derived tables of one folder up with its entries. Several processes may do so at once. */
export interface IndexWriter {
  /** Takes in at most `limit` entries; answers whether there may be more. */
  advance(limit: number): boolean;
}

/**
 * Makes the index writer over two connections: `index` to write the derived tables, `ledger` to read the entries.
 * They are separate files, so that building the index never stands in the way of a commit.
 */
export function createIndexWriter(index: DatabaseSync, ledger: DatabaseSync): IndexWriter {
  const readEntries = ledger.prepare(
    "SELECT position, writer, sequence, payload FROM entries WHERE position > ? ORDER BY position LIMIT ?",
  );
  readEntries.setReturnArrays(true);
  const readLast = ledger.prepare("SELECT max(position) AS position FROM entries");
  const readProgress = index.prepare("SELECT position FROM progress");
  const writeProgress = index.prepare("UPDATE progress SET position = ?");
  const settle = index.prepare(SETTLE_OUTCOME);
  const writes = INDEX_WRITES.map(({ change, table, columns, conflict }): IndexWrite => {
    const row = `(${columns.map(() => "?").join(", ")})`;
    const prepare = (count: number): StatementSync => {
      const rows = Array.from({ length: count }, () => row).join(", ");
      return index.prepare(
        `INSERT OR ROLLBACK INTO ${table} (${columns.join(", ")}) VALUES ${rows} ON CONFLICT ${conflict}`,
      );
    };
    return { change, one: prepare(1), many: prepare(ROWS_AT_ONCE) };
  });
  const progress = (): number => Number(readProgress.get()?.position ?? 0);

  const takeIn = (limit: number): boolean => {
    const changes = noChanges();
    let position = progress();
    let count = 0;
    for (const [place, number, sequence, payload] of readEntries.all(
      position,
      limit,
    ) as unknown as StoredEntry[]) {
      position = place;
      count += 1;
      projectEntry(changes, number, sequence, payload);
    }
    if (count === 0) return false;
    writeChanges(writes, settle, changes);
    writeProgress.run(position);
    return count === limit;
  };

  return {
    advance(limit) {
      const last = Number(readLast.get()?.position ?? 0);
      const done = progress();
      if (last === done) return false;
      index.exec("BEGIN IMMEDIATE");
      try {
        // A ledger that ends before the index was replaced by an older copy: build the index again.
        if (last < progress()) forgetAll(index);
        const more = takeIn(limit);
        index.exec("COMMIT");
        return more;
      } catch (error) {
        if (index.isTransaction) index.exec("ROLLBACK");
        throw error;
      }
    },
  };
}

type StoredEntry = readonly [position: number, writer: number, sequence: number, payload: Uint8Array];

interface IndexWrite {
  readonly change: keyof IndexChanges;
  readonly one: StatementSync;
  readonly many: StatementSync;
}

/**
 * Rows in one statement: running a statement costs as much as a row or two. `OR ROLLBACK` spares SQLite from keeping the
 * pages as they were before each of them, which would cost more than the statement does.
 */
const ROWS_AT_ONCE = 16;

function writeChanges(writes: readonly IndexWrite[], settle: StatementSync, changes: IndexChanges): void {
  for (const { change, one, many } of writes) {
    const rows: readonly SqlRow[] = changes[change];
    let at = 0;
    for (; at + ROWS_AT_ONCE <= rows.length; at += ROWS_AT_ONCE)
      many.run(...rows.slice(at, at + ROWS_AT_ONCE).flat());
    for (const row of rows.slice(at)) one.run(...row);
  }
  for (const [decisionId] of changes.outcomes) settle.run(decisionId ?? null, decisionId ?? null);
}

function forgetAll(index: DatabaseSync): void {
  for (const { table } of INDEX_WRITES) index.exec(`DELETE FROM ${table}`);
  index.exec("UPDATE progress SET position = 0");
}
