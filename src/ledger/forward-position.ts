import type { DatabaseSync } from "node:sqlite";
import type { ClientBase } from "pg";
import { openDatabaseReadOnly } from "../lib/sqlite.ts";
import type { WriterNumbers } from "./forward-batch.ts";
import { ledgerFile } from "./sqlite-database.ts";

/** Up to which place of the local ledger the centre has everything: the least over all chains. */
export async function forwardedPosition(client: ClientBase, local: DatabaseSync): Promise<number> {
  const { rows } = await client.query<{ id: string; last: string }>(
    "SELECT id, last_sequence AS last FROM writers",
  );
  const last = new Map(rows.map((row) => [row.id, Number(row.last)]));
  const next = local.prepare(
    "SELECT min(position) AS position FROM entries WHERE writer = ? AND sequence > ?",
  );
  let position = lastPosition(local);
  for (const { number, id } of local.prepare("SELECT number, id FROM writers").all()) {
    const missing = next.get(number ?? 0, last.get(String(id)) ?? 0)?.position;
    if (missing !== null && missing !== undefined) position = Math.min(position, Number(missing) - 1);
  }
  return position;
}

/** The numbers of the folder's writers in the centre; those that are new to it get one. */
export async function writerNumbers(client: ClientBase, local: DatabaseSync): Promise<WriterNumbers> {
  const writers = local.prepare("SELECT number, id FROM writers").all();
  const ids = writers.map(({ id }) => String(id));
  await client.query(
    `INSERT INTO writers (id) SELECT id FROM unnest($1::text[]) AS mine (id)
     WHERE NOT EXISTS (SELECT 1 FROM writers w WHERE w.id = mine.id) ON CONFLICT DO NOTHING`,
    [ids],
  );
  const { rows } = await client.query<{ id: string; number: string }>(
    "SELECT id, number FROM writers WHERE id = ANY ($1::text[])",
    [ids],
  );
  const numbers = new Map(rows.map(({ id, number }) => [id, Number(number)]));
  return new Map(writers.map(({ number, id }) => [Number(number), numbers.get(String(id)) ?? 0]));
}

/** Ships documents behind a row, and returns the last row. */
export async function forwardDocuments(
  client: ClientBase,
  local: DatabaseSync,
  after: number,
): Promise<number> {
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

/** What the centre does not have yet. */
export interface Lag {
  readonly lag: number;
  readonly lagMs: number;
}

/**
 * What waits behind a place, without counting it: places follow one another, and what retention drops lies before.
 * @param now milliseconds since the epoch.
 */
export function lagBehind(local: DatabaseSync, position: number, now: number): Lag {
  const oldest = local
    .prepare("SELECT position, time FROM entries WHERE position > ? ORDER BY position LIMIT 1")
    .get(position);
  if (!oldest) return { lag: 0, lagMs: 0 };
  const lag = lastPosition(local) - Number(oldest.position) + 1;
  return { lag, lagMs: Math.max(0, now - Number(oldest.time) / 1_000) };
}

/** What waits in a folder while the centre is away; nothing where there is no ledger yet. */
export function lagOfFolder(folder: string, position: number, now: number): Lag {
  try {
    const local = openDatabaseReadOnly(ledgerFile(folder));
    try {
      return lagBehind(local, position, now);
    } finally {
      local.close();
    }
  } catch {
    return { lag: 0, lagMs: 0 };
  }
}

function lastPosition(local: DatabaseSync): number {
  return Number(local.prepare("SELECT max(position) AS position FROM entries").get()?.position ?? 0);
}
