import type { Client } from "pg";
import type { Row } from "./database.ts";
import { INDEX_WRITES, noChanges, projectEntry, SETTLE_OUTCOME, type SqlRow } from "./projection.ts";

/** Where the entries of a folder's writers go, by the number that the folder knows a writer by. */
export type WriterNumbers = ReadonlyMap<number, number>;

/**
 * Writes entries and what follows from them in one transaction. Entries that are there already are left as they are,
 * so a batch whose answer was lost can be sent again.
 * @param rows `writer`, `sequence`, `time`, `payload`, `digest`.
 * @param completeThrough milliseconds: no entry of this time or earlier is still to come from these writers.
 */
export async function forwardBatch(
  client: Client,
  rows: readonly Row[],
  numbers: WriterNumbers,
  completeThrough: number,
): Promise<void> {
  const changes = noChanges();
  const requests = new Map<string, unknown[]>();
  for (const row of rows) {
    const number = numbers.get(Number(row.writer)) ?? 0;
    const entry = projectEntry(changes, number, Number(row.sequence), row.payload as Uint8Array);
    if (entry.event.case !== "decided") continue;
    const { decision, inputDigest } = entry.event.value;
    const requestId = decision?.requestId ?? "";
    if (requestId === "") continue;
    const values = [entry.tenant, requestId, entry.decisionId, Buffer.from(inputDigest), Number(row.time)];
    requests.set(JSON.stringify([entry.tenant, requestId]), values);
  }

  await client.query("BEGIN");
  try {
    await insert(
      client,
      "entries",
      ["writer", "sequence", "time", "payload", "digest"],
      ENTRY_TYPES,
      entryRows(rows, numbers),
      "DO NOTHING",
    );
    for (const { change, table, columns, types, conflict } of INDEX_WRITES) {
      await insert(client, table, columns, types, lastOfEach(change, changes[change]), conflict);
    }
    for (const id of new Set(changes.outcomes.map(([decisionId]) => decisionId))) {
      let place = 0;
      await client.query(
        SETTLE_OUTCOME.replaceAll("?", () => `$${++place}`),
        [id, id],
      );
    }
    const columns = ["tenant", "request_id", "decision_id", "input_digest", "time"];
    const conflict = `(tenant, request_id) DO UPDATE SET decision_id = excluded.decision_id,
      input_digest = excluded.input_digest, time = excluded.time WHERE requests.time <= excluded.time`;
    await insert(
      client,
      "requests",
      columns,
      ["text", "text", "text", "bytea", "bigint"],
      [...requests.values()],
      conflict,
    );
    await client.query(
      "UPDATE writers SET batches = batches + 1, complete_through = $1 WHERE number = ANY ($2::bigint[])",
      [completeThrough, [...numbers.values()]],
    );
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

const ENTRY_TYPES = ["bigint", "bigint", "bigint", "bytea", "bytea"] as const;

function entryRows(rows: readonly Row[], numbers: WriterNumbers): unknown[][] {
  return rows.map((row) => [
    numbers.get(Number(row.writer)) ?? 0,
    row.sequence,
    row.time,
    Buffer.from(row.payload as Uint8Array),
    Buffer.from(row.digest as Uint8Array),
  ]);
}

/** One statement may change a row once only: of the rows with one key the one that counts is kept. */
function lastOfEach(change: string, rows: readonly SqlRow[]): readonly SqlRow[] {
  if (change !== "finished" && change !== "outcomes" && change !== "decided") return rows;
  const kept = new Map<string, SqlRow>();
  for (const row of rows) {
    const key = change === "outcomes" ? JSON.stringify(row.slice(0, 2)) : String(row[0]);
    const known = kept.get(key);
    const replaces =
      !known || (change === "outcomes" && Number(row[2]) >= Number(known[2])) || known[1] === INTERRUPTED;
    if (replaces) kept.set(key, row);
  }
  return [...kept.values()];
}

const INTERRUPTED = 6;

async function insert(
  client: Client,
  table: string,
  columns: readonly string[],
  types: readonly string[],
  rows: readonly (readonly unknown[])[],
  conflict: string,
): Promise<void> {
  if (rows.length === 0) return;
  const arrays = columns.map((_, column) => rows.map((row) => row[column]));
  const lists = types.map((type, column) => `$${column + 1}::${type}[]`);
  const sql = `INSERT INTO ${table} (${columns.join(", ")}) SELECT * FROM unnest(${lists.join(", ")}) ON CONFLICT ${conflict}`;
  await client.query(sql, arrays);
}
