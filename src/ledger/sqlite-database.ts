import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { openDatabase, openDatabaseReadOnly } from "../lib/sqlite.ts";
import type { LedgerDatabase, Row, SqlValue } from "./database.ts";
import { INDEX_STEPS } from "./index-schema.ts";
import { createIndexWriter } from "./index-writer.ts";
import { migrate } from "./migrate.ts";

/**
 * Entries that are taken into the index in one transaction. Every transaction writes all pages that it touches, so that many
 * small ones cost several times as much as a large one; and whoever asks waits for the one that is under way.
 */
const INDEX_STEP = 1_024;

/** Pages in the index's log from which on they are brought into its file: the same few are written again and again. */
const INDEX_LOG_PAGES = 4_000;

/** Memory for the index's pages in KiB: pages that do not fit are written before the transaction ends, and then again. */
const INDEX_CACHE_KIB = 16_384;

/** An entry that was not committed so long after it was appended never will be. */
const SLOWEST_COMMIT_MS = 5_000;

/** Statements that are kept prepared. */
const MOST_STATEMENTS = 100;

/** The file with the entries of a folder. */
export function ledgerFile(folder: string): string {
  return join(folder, "ledger.db");
}

/** The file with the derived tables of a folder; it may be deleted while nothing runs. */
export function indexFile(folder: string): string {
  return join(folder, "index.db");
}

/** Opens the derived tables of a folder for writing. They need not survive a power cut, since they can be built again. */
export function openIndex(folder: string): DatabaseSync {
  const index = openDatabase(indexFile(folder), "os");
  index.exec(`PRAGMA wal_autocheckpoint = ${INDEX_LOG_PAGES}; PRAGMA cache_size = -${INDEX_CACHE_KIB};`);
  migrate(index, "index.db", INDEX_STEPS);
  return index;
}

/** Reads the ledger of a folder, which must exist, and keeps its derived tables up. */
export function openSqliteLedger(folder: string): LedgerDatabase & { advance(): boolean } {
  const index = openIndex(folder);
  const ledger = openDatabaseReadOnly(ledgerFile(folder));
  const writer = createIndexWriter(index, ledger);
  const reading = openDatabaseReadOnly(indexFile(folder));
  reading.prepare("ATTACH DATABASE ? AS ledger").run(ledgerFile(folder));
  // The same question on every engine; here the decision of an entry stands in the index, there beside the entry.
  reading.exec(`CREATE TEMP VIEW decision_entries AS
    SELECT re.decision_id, e.writer, e.sequence, e.time, e.payload, e.digest FROM main.record_entries re
    JOIN ledger.entries e ON e.writer = re.writer AND e.sequence = re.sequence`);
  const statements = new Map<string, StatementSync>();
  const dataVersion = ledger.prepare("PRAGMA data_version");

  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known) return known;
    if (statements.size >= MOST_STATEMENTS) statements.clear();
    const statement = reading.prepare(sql);
    statements.set(sql, statement);
    return statement;
  };

  return {
    dialect: "sqlite",
    advance: () => writer.advance(INDEX_STEP),
    async all(sql, values = []) {
      return prepared(sql).all(...(values as SqlValue[])) as Row[];
    },
    async freshen() {
      while (writer.advance(INDEX_STEP)) await new Promise<void>((resolve) => setImmediate(resolve));
    },
    async pulse() {
      const completeThrough = Date.now() - SLOWEST_COMMIT_MS;
      return { version: Number(dataVersion.get()?.data_version ?? 0), completeThrough };
    },
    async close() {
      statements.clear();
      reading.close();
      ledger.close();
      index.close();
    },
  };
}
