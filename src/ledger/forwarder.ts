import type { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { sleep } from "../lib/signals.ts";
import { openDatabaseReadOnly } from "../lib/sqlite.ts";
import type { Row } from "./database.ts";
import { forwardBatch } from "./forward-batch.ts";
import type { ForwardState } from "./ledger.ts";
import type { PostgresPlace } from "./postgres-database.ts";
import { migratePostgres } from "./postgres-schema.ts";
import { ledgerFile } from "./sqlite-database.ts";
import { type SlotLock, tryLockSlot } from "./writer-slot.ts";

/** What the forwarder is started with. */
export interface ForwardOptions extends PostgresPlace {
  readonly folder: string;
  readonly batchSize: number;
  readonly lagAlertMs: number;
}

const IDLE_MS = 50;
const AWAY_MS = 1_000;
/** An entry that was not committed so long after it was appended never will be. */
const SLOWEST_COMMIT_MS = 5_000;

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
  let forwarded = 0;
  // The position up to which the centre is known to have everything.
  const reached = { position: 0 };
  const tellMore = (state: ForwardState): void => {
    forwarded += state.forwarded;
    tell({ ...state, forwarded });
  };
  try {
    while (!signal.aborted) {
      lock ??= tryLockSlot(options.folder, "forwarder");
      if (lock) {
        try {
          await ship(options, reached, tellMore, signal);
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error);
          tell({
            status: "away",
            message: `PostgreSQL cannot be reached: ${message}`,
            ...localLag(options, reached.position),
            forwarded,
          });
        }
      }
      await sleep(AWAY_MS, signal).catch(() => undefined);
    }
  } finally {
    lock?.release();
  }
}

/** Ships over one connection until it breaks. `tell` gets the entries since it was last told. */
async function ship(
  options: ForwardOptions,
  reached: { position: number },
  tell: (state: ForwardState) => void,
  signal: AbortSignal,
): Promise<void> {
  const client = new Client({ connectionString: options.url, connectionTimeoutMillis: 5_000 });
  let broken: Error | undefined;
  client.on("error", (error) => {
    broken = error;
  });
  await client.connect();
  const local = openDatabaseReadOnly(ledgerFile(options.folder));
  try {
    await migratePostgres(client, options.schema);
    reached.position = await forwardedPosition(client, local);
    const read = local.prepare("SELECT * FROM entries WHERE position > ? ORDER BY position LIMIT ?");
    let documents = 0;
    while (!signal.aborted) {
      if (broken) throw broken;
      const completeThrough = Date.now() - SLOWEST_COMMIT_MS;
      const rows = read.all(reached.position, options.batchSize) as Row[];
      documents = await forwardDocuments(client, local, documents);
      await forwardBatch(client, rows, await writerNumbers(client, local), completeThrough);
      reached.position = Number(rows.at(-1)?.position ?? reached.position);
      const { lag, lagMs } = lagBehind(local, reached.position);
      const late = lagMs > options.lagAlertMs;
      const message = late ? `PostgreSQL is ${lag} entries behind.` : "";
      tell({ status: late ? "lagging" : "ok", message, lag, lagMs, forwarded: rows.length });
      if (rows.length < options.batchSize) await sleep(IDLE_MS, signal).catch(() => undefined);
    }
  } finally {
    local.close();
    await client.end().catch(() => undefined);
  }
}

/** Up to where the centre has everything: the least position over all writers. */
async function forwardedPosition(client: Client, local: DatabaseSync): Promise<number> {
  const found = await client.query(
    "SELECT w.id, (SELECT max(e.sequence) FROM entries e WHERE e.writer = w.number) AS last FROM writers w",
  );
  const last = new Map<string, number>(found.rows.map((row) => [String(row.id), Number(row.last ?? 0)]));
  const next = local.prepare(
    "SELECT min(position) AS position FROM entries WHERE writer = ? AND sequence > ?",
  );
  const end = Number(local.prepare("SELECT max(position) AS position FROM entries").get()?.position ?? 0);
  let position = end;
  for (const { number, id } of local.prepare("SELECT number, id FROM writers").all()) {
    const missing = next.get(number ?? 0, last.get(String(id)) ?? 0)?.position;
    if (missing !== null && missing !== undefined) position = Math.min(position, Number(missing) - 1);
  }
  return position;
}

async function writerNumbers(client: Client, local: DatabaseSync): Promise<Map<number, number>> {
  const writers = local.prepare("SELECT number, id FROM writers").all();
  const ids = writers.map(({ id }) => String(id));
  const ask = (): Promise<{ rows: { id: string; number: string }[] }> =>
    client.query("SELECT id, number FROM writers WHERE id = ANY ($1::text[])", [ids]);
  let found = await ask();
  if (found.rows.length < ids.length) {
    await client.query("INSERT INTO writers (id) SELECT unnest($1::text[]) ON CONFLICT DO NOTHING", [ids]);
    found = await ask();
  }
  const numbers = new Map(found.rows.map(({ id, number }) => [id, Number(number)]));
  return new Map(writers.map(({ number, id }) => [Number(number), numbers.get(String(id)) ?? 0]));
}

/** Ships documents behind a row, and returns the last row. */
async function forwardDocuments(client: Client, local: DatabaseSync, after: number): Promise<number> {
  const read = local.prepare(
    "SELECT rowid AS place, kind, revision, bytes FROM documents WHERE rowid > ? ORDER BY rowid",
  );
  let last = after;
  for (const row of read.all(after)) {
    const values = [row.kind, row.revision, Buffer.from(row.bytes as Uint8Array)];
    await client.query(
      "INSERT INTO documents (kind, revision, bytes) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
      values,
    );
    last = Number(row.place);
  }
  return last;
}

function lagBehind(local: DatabaseSync, position: number): { lag: number; lagMs: number } {
  const sql = "SELECT count(*) AS lag, min(time) AS oldest FROM entries WHERE position > ?";
  const { lag, oldest } = local.prepare(sql).get(position) ?? {};
  return { lag: Number(lag ?? 0), lagMs: oldest ? Math.max(0, Date.now() - Number(oldest) / 1000) : 0 };
}

/** What waits here while the centre is away. */
function localLag({ folder }: ForwardOptions, position: number): { lag: number; lagMs: number } {
  try {
    const local = openDatabaseReadOnly(ledgerFile(folder));
    try {
      return lagBehind(local, position);
    } finally {
      local.close();
    }
  } catch {
    return { lag: 0, lagMs: 0 };
  }
}
