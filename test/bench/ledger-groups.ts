import { DatabaseSync } from "node:sqlite";
import { Worker } from "node:worker_threads";
import { createAppender } from "../../src/ledger/appender.ts";
import type { EntryBatch, FromWriter, ToWriter } from "../../src/ledger/batch.ts";
import { commitMemory } from "../../src/ledger/commit-signal.ts";
import type { NewEntry } from "../../src/ledger/ledger.ts";
import { ledgerFile } from "../../src/ledger/sqlite-database.ts";
import type { WriterThreadData } from "../../src/ledger/writing.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { makeId } from "../../src/lib/ids.ts";

/** As often as the ledger brings its log into its file. */
const CHECKPOINT_MS = 500;

/** Groups on their way: one that is being written, and the next. */
const UNDERWAY = 2;

/** Groups until the writing thread has compiled its code; they are not counted. */
const WARM_UP = 64;

/**
 * Gives the writing thread groups of entries that are encoded already, again and again: numbering, chaining, hashing and
 * committing, with nobody else at work. It is what can be compared with the bare disk.
 */
export async function writeGroups(
  folder: string,
  durability: "fsync" | "os",
  entries: readonly NewEntry[],
  seconds: number,
): Promise<{ perSecond: number; cpuMicros: number }> {
  const batch = encodeGroup(entries);
  const worker = startWriter(folder, durability);
  const done = Promise.withResolvers<void>();
  let [groups, underway] = [0, 0];
  let [start, end] = [0, Number.POSITIVE_INFINITY];
  let cpu = process.cpuUsage();
  const give = (): void => {
    for (; underway < UNDERWAY && performance.now() < end; underway += 1)
      worker.postMessage({ type: "entries", batch } satisfies ToWriter);
  };
  const measureFromNow = (): void => {
    groups = 0;
    cpu = process.cpuUsage();
    start = performance.now();
    end = start + seconds * 1_000;
  };
  worker.on("error", done.reject);
  worker.on("message", (message: FromWriter) => {
    if (message.type === "fault" || message.type === "failed")
      return done.reject(new Error(message.fault.message));
    if (message.type === "written") {
      const written = message.count / entries.length;
      groups += written;
      underway -= written;
      if (start === 0 && groups >= WARM_UP) measureFromNow();
    }
    give();
    if (underway === 0) done.resolve();
  });
  const checkpoints = setInterval(() => start > 0 && checkpoint(folder), CHECKPOINT_MS);
  try {
    await done.promise;
    const { user, system } = process.cpuUsage(cpu);
    const count = groups * entries.length;
    return { perSecond: (count / (performance.now() - start)) * 1_000, cpuMicros: (user + system) / count };
  } finally {
    clearInterval(checkpoints);
    await worker.terminate();
  }
}

function encodeGroup(entries: readonly NewEntry[]): EntryBatch {
  const bodies: Uint8Array[] = [];
  const limits = { maxPending: entries.length, maxPendingBytes: Number.POSITIVE_INFINITY };
  const appender = createAppender(limits, systemClock, (batch) => bodies.push(batch.bodies));
  for (const entry of entries) {
    // It is never settled: only its bytes are wanted.
    void appender.append(entry);
    appender.flush();
  }
  const ends: number[] = [];
  for (const { length } of bodies) ends.push((ends.at(-1) ?? 0) + length);
  return {
    bodies: Uint8Array.from(Buffer.concat(bodies)),
    ends: Uint32Array.from(ends),
    times: Float64Array.from(ends, () => Date.now()),
    extras: [],
  };
}

function startWriter(folder: string, durability: "fsync" | "os"): Worker {
  const workerData: WriterThreadData = {
    folder,
    durability,
    keys: [],
    freshWriterId: makeId(),
    now: Date.now(),
    sign: undefined,
    commits: commitMemory(),
  };
  return new Worker(new URL("../../src/ledger/writer-thread.ts", import.meta.url), { workerData });
}

function checkpoint(folder: string): void {
  const database = new DatabaseSync(ledgerFile(folder), { timeout: 20 });
  try {
    database.exec("PRAGMA wal_checkpoint(PASSIVE)");
  } finally {
    database.close();
  }
}
