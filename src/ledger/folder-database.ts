import { openDatabaseReadOnly } from "../lib/sqlite.ts";
import type { LedgerDatabase, Row, SqlValue } from "./database.ts";
import { ledgerFile } from "./sqlite-database.ts";

/**
 * Reads the entries of a folder, and nothing that is derived from them: for verifying and exporting, also of a folder
 * that a running service writes, or that this program may not write.
 * @throws Error of node:sqlite where there is no ledger.
 */
export function openFolder(folder: string): LedgerDatabase {
  const database = openDatabaseReadOnly(ledgerFile(folder));
  return {
    dialect: "sqlite",
    async all(sql, values = []) {
      return database.prepare(sql).all(...(values as SqlValue[])) as Row[];
    },
    async freshen() {},
    async pulse() {
      return { version: 0, completeThrough: 0 };
    },
    async close() {
      database.close();
    },
  };
}
