import type { ClientBase } from "pg";
import { insertOfOutcomes, insertOfRecords, otherInserts } from "./centre-records.ts";
import type { Row } from "./database.ts";
import { LedgerError } from "./errors.ts";
import { type ColumnValue, columnArray } from "./postgres-arrays.ts";
import { type Insert, insertStatement, type Statement, statementOf } from "./postgres-insert.ts";
import { inTransaction } from "./postgres-transaction.ts";
import { noChanges, projectEntry } from "./projection.ts";
import { insertOfEntries, type ShippedEntry } from "./shipped-entries.ts";

/** The numbers that the centre knows a folder's writers by, by the numbers that the folder knows them by. */
export type WriterNumbers = ReadonlyMap<number, number>;

/** Entries that are ready to be sent. */
export interface PreparedBatch {
  /** Their times, microseconds since the epoch. */
  readonly times: readonly number[];
  /** Sends them in one transaction. @throws whatever the server throws. */
  send(client: ClientBase): Promise<void>;
}

/**
 * Makes entries and what follows from them ready to be written in one transaction. Entries that are there already are
 * left as they are, so a batch whose answer was lost can be sent again.
 * @param rows `writer`, `sequence`, `time`, `payload`, `digest`.
 * @param completeThrough milliseconds: no entry of this time or earlier is still to come from these writers.
 */
export function prepareBatch(
  rows: readonly Row[],
  numbers: WriterNumbers,
  completeThrough: number,
): PreparedBatch {
  const changes = noChanges();
  const entries: ShippedEntry[] = [];
  const requests = new Map<string, ColumnValue[]>();
  for (const row of rows) {
    const writer = numbers.get(Number(row.writer)) ?? 0;
    const sequence = Number(row.sequence);
    const time = Number(row.time);
    const payload = row.payload as Uint8Array;
    const { decisionId, event, tenant } = projectEntry(changes, writer, sequence, payload);
    entries.push({ writer, sequence, time, decisionId, payload, digest: row.digest as Uint8Array });
    const requestId = event.case === "decided" ? (event.value.decision?.requestId ?? "") : "";
    if (event.case !== "decided" || requestId === "") continue;
    const values = [tenant, requestId, decisionId, event.value.inputDigest, time];
    requests.set(JSON.stringify([tenant, requestId]), values);
  }
  const inserts = [
    insertOfEntries(entries),
    insertOfRecords(changes),
    ...otherInserts(changes),
    { ...REQUESTS, rows: [...requests.values()] },
  ].filter((insert) => insert.rows.length > 0);
  const statement = statementOf(inserts, headsStatement(entries, numbers, completeThrough));
  const outcomes = insertOfOutcomes(changes);

  return {
    times: entries.map(({ time }) => time),
    async send(client) {
      if (outcomes.rows.length === 0) return await write(client, statement, numbers.size);
      await inTransaction(client, async () => {
        await write(client, statement, numbers.size);
        await run(client, insertStatement(outcomes));
        const ids = columnArray(
          "text",
          outcomes.rows.map(([id]) => id ?? ""),
        );
        await client.query(SETTLE_OUTCOMES, [ids]);
      });
    },
  };
}

async function write(client: ClientBase, statement: Statement, writerCount: number): Promise<void> {
  const changed = await run(client, statement);
  if (changed !== writerCount)
    throw new LedgerError("unavailable", "The centre no longer knows the writers of this machine.");
}

async function run(client: ClientBase, { text, values }: Statement): Promise<number> {
  return (await client.query(text, [...values])).rowCount ?? 0;
}

const REQUESTS: Omit<Insert, "rows"> = {
  table: "requests",
  columns: [
    { name: "tenant", type: "text" },
    { name: "request_id", type: "text" },
    { name: "decision_id", type: "text" },
    { name: "input_digest", type: "bytea" },
    { name: "time", type: "bigint" },
  ],
  conflict: `(tenant, request_id) DO UPDATE SET decision_id = excluded.decision_id,
    input_digest = excluded.input_digest, time = excluded.time WHERE requests.time <= excluded.time`,
};

/** A record succeeded only if every reporter said so. A record whose decision was not seen yet is made. */
const SETTLE_OUTCOMES = `INSERT INTO records (decision_id, success)
  SELECT decision_id, min(success) FROM outcomes WHERE decision_id = ANY ($1::text[]) GROUP BY decision_id
  ON CONFLICT (decision_id) DO UPDATE SET success = excluded.success`;

/** Says where the chains end, so that an end that is cut off is missed, and up to when they are complete. */
function headsStatement(
  entries: readonly ShippedEntry[],
  numbers: WriterNumbers,
  completeThrough: number,
): Statement {
  const last = new Map(entries.map((entry) => [entry.writer, entry]));
  const writers = [...numbers.values()];
  const text = `UPDATE writers SET
      batches = batches + $1,
      complete_through = greatest(complete_through, $2),
      last_sequence = greatest(last_sequence, head.sequence),
      last_time = greatest(last_time, head.time),
      last_digest = CASE WHEN head.sequence > last_sequence THEN head.digest ELSE last_digest END
    FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bytea[]) AS head (number, sequence, time, digest)
    WHERE writers.number = head.number`;
  const values = [
    entries.length > 0 ? 1 : 0,
    completeThrough,
    columnArray("bigint", writers),
    columnArray(
      "bigint",
      writers.map((number) => last.get(number)?.sequence ?? 0),
    ),
    columnArray(
      "bigint",
      writers.map((number) => last.get(number)?.time ?? 0),
    ),
    columnArray(
      "bytea",
      writers.map((number) => last.get(number)?.digest ?? null),
    ),
  ];
  return { text, values };
}
