import { openDatabase } from "../lib/sqlite.ts";
import { ledgerFile } from "./sqlite-database.ts";

/** How often committed pages are brought from the log into the database file. */
const EVERY_MS = 500;

/** From so many pages, 32 MiB, on the log is not only copied but begun anew, for which commits wait a moment. */
const LARGE_LOG_PAGES = 8_192;

/**
 * Brings what was committed from the write-ahead log into the database file, time and again, so that no commit has to.
 * Copying does not hold commits up; beginning the log anew does, but only for the few pages that came in between.
 */
export function keepCheckpointing(folder: string): void {
  const database = openDatabase(ledgerFile(folder));
  database.exec("PRAGMA wal_autocheckpoint = 0; PRAGMA busy_timeout = 20;");
  const passive = database.prepare("PRAGMA wal_checkpoint(PASSIVE)");
  const restart = database.prepare("PRAGMA wal_checkpoint(RESTART)");
  const step = (): void => {
    try {
      const pages = Number(passive.get()?.log ?? 0);
      if (pages > LARGE_LOG_PAGES) restart.get();
    } catch {
      // A busy or full disk is reported by the commits themselves; a checkpoint is simply made later.
    }
    setTimeout(step, EVERY_MS);
  };
  step();
}
