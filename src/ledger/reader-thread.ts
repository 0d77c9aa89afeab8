import { parentPort, workerData } from "node:worker_threads";
import { keepCheckpointing } from "./checkpoint.ts";
import { type ContentKey, createContentCipher } from "./content-cipher.ts";
import { readHeadFile } from "./head-file.ts";
import { readerMethods } from "./reader-methods.ts";
import { serveThread } from "./serve-thread.ts";
import { createSignatureChecker } from "./signing.ts";
import { openSqliteLedger } from "./sqlite-database.ts";
import type { ExpectedHead } from "./verify-ledger.ts";

/** What a reading thread is started with. */
export interface ReaderThreadData {
  readonly folder: string;
  readonly keys: readonly ContentKey[];
  /** `near` keeps the index up in the background; `far` brings what was committed from the log into the file. */
  readonly role: "near" | "far";
  /** Milliseconds after which a stream that is not read is let go. */
  readonly patienceMs: number;
  /** The longest silence of a watch, in milliseconds. */
  readonly checkpointMs: number;
  /** PEM texts of the keys whose signatures are trusted. */
  readonly trustedKeys: readonly string[];
}

/** Starts where the file is run as a thread. */
function run(data: ReaderThreadData): void {
  if (!parentPort) throw new Error("reader-thread.ts runs as a worker thread only");
  const database = openSqliteLedger(data.folder);
  const cipher = createContentCipher(data.keys);
  const checker = createSignatureChecker(data.trustedKeys);
  const signedHeads = (): ExpectedHead[] => readHeadFile(data.folder, checker);
  const parts = { database, cipher, checker, signedHeads, checkpointMs: data.checkpointMs };
  serveThread(parentPort, readerMethods(parts), data.patienceMs);
  if (data.role === "near") keepIndexing(database);
  else keepCheckpointing(data.folder);
}

/** Milliseconds between two looks for entries to index while nobody asks. */
const INDEX_EVERY_MS = 100;

/** Takes entries into the index in small steps, so that calls to this thread come in between. */
function keepIndexing(database: { advance(): boolean }): void {
  const step = (): void => {
    let wait = INDEX_EVERY_MS;
    try {
      if (database.advance()) wait = 0;
    } catch {
      // Another process is writing the index, or the disk is full: whoever asks next is told; here it is tried again.
      wait = 1_000;
    }
    setTimeout(step, wait);
  };
  step();
}

run(workerData as ReaderThreadData);
