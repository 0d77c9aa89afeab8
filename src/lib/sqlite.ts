import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How safe a commit is: `fsync` survives a power cut, `os` a killed process. */
export type Durability = "fsync" | "os";

/** Milliseconds that a statement waits for another process. */
const PATIENCE_MS = 5_000;

/**
 * Opens a SQLite database in WAL mode, creating file and folder where they are missing.
 * `:memory:` gives a database of its own that is gone when it is closed.
 * @param pageSize bytes of a page of a file that is made anew.
 * @throws Error of node:sqlite, with `errcode`, where the file cannot be opened or is not a database.
 */
export function openDatabase(path: string, durability: Durability = "fsync", pageSize = 4_096): DatabaseSync {
  if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path, { timeout: PATIENCE_MS });
  database.exec(`PRAGMA page_size = ${pageSize}`);
  switchToWal(database);
  database.exec(`
    PRAGMA synchronous = ${durability === "fsync" ? "FULL" : "NORMAL"};
    PRAGMA foreign_keys = ON;
  `);
  return database;
}

/** Opens a database for reading only; it must exist. */
export function openDatabaseReadOnly(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: PATIENCE_MS });
}

/**
 * Processes that open a fresh file at once all want to switch it to WAL. SQLite answers all but one of them "locked" at
 * once, whatever the timeout, because two that wait for each other would wait for ever.
 */
function switchToWal(database: DatabaseSync): void {
  const giveUp = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      const locked = (error as { errcode?: number }).errcode === 5;
      if (!locked || performance.now() > giveUp) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
