import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** A place in the ledger that belongs to one living process. */
export interface SlotLock {
  readonly writerId: string;
  release(): void;
}

/**
 * Takes the lock of a writer, or answers undefined where a living process holds it. The lock is an exclusive
 * transaction on a file of its own: the operating system lets go of it when the process dies, however it dies.
 */
export function tryLockSlot(folder: string, writerId: string): SlotLock | undefined {
  const locks = join(folder, "locks");
  mkdirSync(locks, { recursive: true });
  const database = new DatabaseSync(join(locks, `${writerId}.lock`), { timeout: 0 });
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
  return { writerId, release: () => database.close() };
}

/** Whether a storage error only says that somebody else is writing. */
export function isBusy(error: unknown): boolean {
  const code = (error as { errcode?: number } | undefined)?.errcode;
  return code !== undefined && ((code & 0xff) === 5 || (code & 0xff) === 6);
}
