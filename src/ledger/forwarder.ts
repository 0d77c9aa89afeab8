import type { DatabaseSync } from "node:sqlite";
import { setImmediate } from "node:timers/promises";
import { Client } from "pg";
import { sleep } from "../lib/signals.ts";
import { openDatabaseReadOnly } from "../lib/sqlite.ts";
import { type CentreRetention, keepCentre } from "./centre-upkeep.ts";
import { createBatch, type LocalEntry, type PreparedBatch, type WriterNumbers } from "./forward-batch.ts";
import {
  forwardDocuments,
  forwardedPosition,
  type Lag,
  lagBehind,
  lagOfFolder,
  writerNumbers,
} from "./forward-position.ts";
import type { ForwardState } from "./ledger.ts";
import type { PostgresPlace } from "./postgres-database.ts";
import { areCovered, coverTimes, type Partition } from "./postgres-partitions.ts";
import { migratePostgres } from "./postgres-schema.ts";
import { ledgerFile } from "./sqlite-database.ts";
import { type SlotLock, tryLockSlot } from "./writer-slot.ts";

/** What the forwarder is started with. */
export interface ForwardOptions extends PostgresPlace {
  readonly folder: string;
  readonly batchSize: number;
  readonly lagAlertMs: number;
  /** Drops what is older from the centre; undefined where it is kept for good. */
  readonly retention: CentreRetention | undefined;
}

/** Milliseconds between two looks at the local ledger while nothing comes. */
const IDLE_MS = 50;
/** Milliseconds between two words to the centre while nothing comes. */
const ALIVE_EVERY_MS = 1_000;
const AWAY_MS = 1_000;
/** A server that does not answer one statement for so long is away. */
const ANSWER_MS = 30_000;
/** An entry that was not committed so long after it was appended never will be. */
const SLOWEST_COMMIT_MS = 5_000;

/** How far the forwarder is. Lives on when a connection does not. */
interface Progress {
  /** The place up to which the centre is known to have everything; 0 where that is not known. */
  position: number;
  forwarded: number;
  away: string;
  retention: string;
}

/**
 * Ships the entries of a folder to PostgreSQL, in order, until the signal aborts. PostgreSQL being away means lag and
 * nothing else: the local ledger is the outbox. Of several processes on one folder one ships at a time.
 */
export async function forward(
  options: ForwardOptions,
  tell: (state: ForwardState) => void,
  signal: AbortSignal,
): Promise<void> {
  let lock: SlotLock | undefined;
  const progress: Progress = { position: 0, forwarded: 0, away: "", retention: "" };
  const tellLag = (lag: Lag): void => tell(stateOf(progress, lag, options.lagAlertMs));
  // A statement without answer must not look like one: what waits is told whatever the connection does.
  const telling = setInterval(() => {
    if (lock) tellLag(lagOfFolder(options.folder, progress.position, Date.now()));
  }, ALIVE_EVERY_MS);
  try {
    while (!signal.aborted) {
      lock ??= tryLockSlot(options.folder, "forwarder");
      if (lock) {
        try {
          await ship(options, progress, tellLag, signal);
        } catch (error) {
          progress.away = error instanceof Error ? error.message : String(error);
          tellLag(lagOfFolder(options.folder, progress.position, Date.now()));
        }
      }
      await sleep(AWAY_MS, signal).catch(() => undefined);
    }
  } finally {
    clearInterval(telling);
    lock?.release();
  }
}

function stateOf(
  { position, forwarded, away, retention }: Progress,
  lag: Lag,
  alertMs: number,
): ForwardState {
  const late = lag.lagMs > alertMs;
  const behind = `${lag.lag} entries wait, the oldest for ${Math.round(lag.lagMs / 1_000)} s`;
  const message = away
    ? `PostgreSQL cannot be reached: ${away}${late ? ` (${behind})` : ""}`
    : late
      ? `PostgreSQL lags: ${behind}.`
      : "";
  const status = away ? "away" : late ? "lagging" : "ok";
  return { status, message, ...lag, forwarded, position, retention };
}

/** Ships over one connection until it breaks. */
async function ship(
  options: ForwardOptions,
  progress: Progress,
  tellLag: (lag: Lag) => void,
  signal: AbortSignal,
): Promise<void> {
  await migrate(options);
  const client = new Client({
    connectionString: options.url,
    connectionTimeoutMillis: 5_000,
    query_timeout: ANSWER_MS,
  });
  let broken: Error | undefined;
  client.on("error", (error) => {
    broken = error;
  });
  await client.connect();
  const local = openDatabaseReadOnly(ledgerFile(options.folder));
  const upkeep = new AbortController();
  const keeping = keepCentre(options, AbortSignal.any([signal, upkeep.signal]), (problem) => {
    progress.retention = problem;
  });
  try {
    await client.query(`SET search_path TO ${options.schema}`);
    progress.position = await forwardedPosition(client, local);
    progress.away = "";
    const batches = createReader(local, options.batchSize);
    let numbers = await writerNumbers(client, local);
    let partitions: readonly Partition[] = [];
    let documents = 0;
    let said = Number.NEGATIVE_INFINITY;
    let next = await batches.read(progress.position, numbers);
    while (!signal.aborted) {
      if (broken) throw broken;
      documents = await forwardDocuments(client, local, documents);
      while (next === NEW_WRITER) {
        numbers = await writerNumbers(client, local);
        next = await batches.read(progress.position, numbers);
      }
      const { batch, position, count } = next;
      if (count > 0 || performance.now() - said > ALIVE_EVERY_MS) {
        said = performance.now();
        if (!areCovered(partitions, batch.times))
          partitions = await coverTimes(client, options.partitionDays, batch.times);
        const sent = batch.send(client);
        sent.catch(() => undefined);
        // While the centre writes one batch the next is made ready. What it says is not known to be there until it is.
        if (count === options.batchSize) next = await batches.read(position, numbers);
        await sent;
        progress.position = position;
        progress.forwarded += count;
      }
      tellLag(lagBehind(local, progress.position, Date.now()));
      if (count === options.batchSize) continue;
      await sleep(IDLE_MS, signal).catch(() => undefined);
      next = await batches.read(progress.position, numbers);
    }
  } finally {
    upkeep.abort();
    local.close();
    await client.end().catch(() => undefined);
    await keeping;
  }
}

/** Over a connection of its own, because it may have to wait long for other replicas. */
async function migrate(options: ForwardOptions): Promise<void> {
  const client = new Client({ connectionString: options.url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  await client.connect();
  try {
    await migratePostgres(client, options);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** A batch, and where it ends. */
interface ReadBatch {
  readonly batch: PreparedBatch;
  readonly position: number;
  readonly count: number;
}

/** Something follows of a writer that the centre has no number for yet. */
const NEW_WRITER = "new writer";

type NextBatch = ReadBatch | typeof NEW_WRITER;

interface BatchReader {
  /** What follows a place. */
  read(after: number, numbers: WriterNumbers): Promise<NextBatch>;
}

/** Entries that are read at once: between them the connection gets a turn, so that what is being sent goes on its way. */
const READ_AT_ONCE = 100;

function createReader(local: DatabaseSync, batchSize: number): BatchReader {
  const some = local.prepare(
    "SELECT position, writer, sequence, time, payload, digest FROM entries WHERE position > ? ORDER BY position LIMIT ?",
  );
  some.setReturnArrays(true);
  return {
    async read(after, numbers) {
      const now = Date.now();
      const batch = createBatch(numbers);
      let last: LocalEntry | undefined;
      let count = 0;
      for (let more = true; more; ) {
        const limit = Math.min(READ_AT_ONCE, batchSize - count);
        const rows = some.all(last?.[0] ?? after, limit) as unknown as LocalEntry[];
        if (rows.some(([, writer]) => !numbers.has(writer))) return NEW_WRITER;
        batch.add(rows);
        count += rows.length;
        last = rows.at(-1) ?? last;
        more = rows.length === limit && count < batchSize;
        if (more) await setImmediate();
      }
      // Behind a full batch there is more, and that is as old as its end.
      const newest = count === batchSize ? Math.floor((last?.[3] ?? 0) / 1_000) : now;
      return { batch: batch.prepare(newest - SLOWEST_COMMIT_MS), position: last?.[0] ?? after, count };
    },
  };
}
