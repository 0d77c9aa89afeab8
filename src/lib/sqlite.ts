import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** How safe a commit is: `fsync` survives a power cut, `os` a killed process. */
export type Durability = "fsync" | "os";

/**
 * Opens a SQLite database in WAL mode, creating file and folder where they are missing.
 * `:memory:` gives a database of its own that is gone when it is closed.
 * @throws Error of node:sqlite, with `errcode`, where the file cannot be opened or is not a database.
 */
export function openDatabase(path: string, durability: Durability = "fsync"): DatabaseSync {
  if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = ${durability === "fsync" ? "FULL" : "NORMAL"};
    PRAGMA foreign_keys = ON;
  `);
  return database;
}

/** Opens a database for reading only; it must exist. */
export function openDatabaseReadOnly(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true, timeout: 5000 });
}
