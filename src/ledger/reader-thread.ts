import { parentPort, workerData } from "node:worker_threads";
import { centreHeads, shippedHeads } from "./centre-heads.ts";
import { keepCheckpointing } from "./checkpoint.ts";
import { createCommitSignal } from "./commit-signal.ts";
import { type ContentKey, createContentCipher } from "./content-cipher.ts";
import type { LedgerDatabase } from "./database.ts";
import { readHeadFile } from "./head-file.ts";
import { openPostgresLedger, type PostgresPlace } from "./postgres-database.ts";
import { readerMethods } from "./reader-methods.ts";
import { serveThread } from "./serve-thread.ts";
import { createSignatureChecker } from "./signing.ts";
import { openSqliteLedger } from "./sqlite-database.ts";
import type { ExpectedHead } from "./verify-ledger.ts";

/** What a reading thread is started with. */
export interface ReaderThreadData {
  readonly folder: string;
  readonly keys: readonly ContentKey[];
  /**
   * `near` does nothing by itself, so that watchers are never kept waiting; `far` keeps the index up and brings what was
   * committed from the log into the file; `centre` reads PostgreSQL.
   */
  readonly role: "near" | "far" | "centre";
  /** Where the centre is; undefined where there is none. */
  readonly postgres: PostgresPlace | undefined;
  /** Milliseconds after which a stream that is not read is let go. */
  readonly patienceMs: number;
  /** The longest silence of a watch, in milliseconds. */
  readonly checkpointMs: number;
  /** PEM texts of the keys whose signatures are trusted. */
  readonly trustedKeys: readonly string[];
  /** Tells of commits of this process. If not set, they are found by looking. */
  readonly commits?: SharedArrayBuffer;
}

/** Starts where the file is run as a thread. */
async function run(data: ReaderThreadData): Promise<void> {
  if (!parentPort) throw new Error("reader-thread.ts runs as a worker thread only");
  const local = data.role === "centre" ? undefined : openSqliteLedger(data.folder);
  const database = local ?? (await openCentre(data));
  const cipher = createContentCipher(data.keys);
  const checker = createSignatureChecker(data.trustedKeys);
  const knownHeads = async (position: number): Promise<ExpectedHead[]> =>
    local
      ? readHeadFile(data.folder, checker)
      : [...(await centreHeads(database)), ...shippedHeads(data.folder, position, checker)];
  const committed = local && data.commits && createCommitSignal(data.commits);
  const parts = { database, cipher, checker, knownHeads, checkpointMs: data.checkpointMs, committed };
  serveThread(parentPort, readerMethods(parts), data.patienceMs);
  if (data.role === "far" && local) {
    keepIndexing(local);
    keepCheckpointing(data.folder);
  }
}

async function openCentre({ postgres }: ReaderThreadData): Promise<LedgerDatabase> {
  if (!postgres) throw new Error("a thread for the centre needs to know where it is");
  return await openPostgresLedger(postgres);
}

/** Milliseconds between two looks for entries to index while nobody asks. */
const INDEX_EVERY_MS = 100;

/** Times as long as it worked that indexing rests while there is more. */
const REST = 2;

/** Takes entries into the index step by step, so that calls to this thread come in between. */
function keepIndexing(database: { advance(): boolean }): void {
  const step = (): void => {
    let wait = INDEX_EVERY_MS;
    const began = performance.now();
    try {
      // A burst belongs to those who write it. Whoever asks takes in the rest at once.
      if (database.advance()) wait = REST * (performance.now() - began);
    } catch {
      // Another process is writing the index, or the disk is full: whoever asks next is told; here it is tried again.
      wait = 1_000;
    }
    setTimeout(step, wait);
  };
  step();
}

await run(workerData as ReaderThreadData);
