import type { DatabaseSync } from "node:sqlite";
import { LedgerError } from "./errors.ts";

/**
 * Brings a database to the newest layout, one step a transaction; safe when several processes start at once. Steps are
 * never changed once released, only added.
 * @param steps the SQL of version 1, 2, ...
 * @throws LedgerError `invalid_settings` where a newer version of the program wrote the database.
 */
export function migrate(database: DatabaseSync, name: string, steps: readonly string[]): void {
  while (versionOf(database) < steps.length) {
    database.exec("BEGIN IMMEDIATE");
    try {
      // Another process may have gone ahead while this one waited for the lock.
      const version = versionOf(database);
      const step = steps[version];
      if (step !== undefined) database.exec(`${step}; PRAGMA user_version = ${version + 1};`);
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  }
  const version = versionOf(database);
  if (version > steps.length) {
    const sentence = `${name} has layout ${version}, but this version of the program knows ${steps.length} at most.`;
    throw new LedgerError("invalid_settings", sentence);
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare("PRAGMA user_version").get()?.user_version ?? 0);
}
