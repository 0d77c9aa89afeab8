import type { ClientBase } from "pg";
import { insertOfFailures, insertOfOutcomes, insertsOfRecords } from "./centre-records.ts";
import { LedgerError } from "./errors.ts";
import { type ColumnValue, columnArray, storableText } from "./postgres-arrays.ts";
import { copyStep } from "./postgres-copy.ts";
import { type Insert, insertStatement, type Statement } from "./postgres-insert.ts";
import { runPipeline } from "./postgres-pipeline.ts";
import { projectEntry } from "./project-entry.ts";
import { type IndexChanges, noChanges } from "./projection.ts";
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

/** An entry of the local ledger, as a row is read. Numbers are those of the folder. */
export type LocalEntry = readonly [
  position: number,
  writer: number,
  sequence: number,
  time: number,
  payload: Uint8Array,
  digest: Uint8Array,
];

/** A batch that is being made ready. */
export interface OpenBatch {
  /** Adds entries, in their order. */
  add(rows: readonly LocalEntry[]): void;
  /** @param completeThrough milliseconds: no entry of this time or earlier is still to come from these writers. */
  prepare(completeThrough: number): PreparedBatch;
}

/**
 * Makes entries and what follows from them ready to be written in one transaction. Entries that are there already are
 * left as they are, so a batch whose answer was lost can be sent again.
 */
export function createBatch(numbers: WriterNumbers): OpenBatch {
  const changes = noChanges();
  const entries: ShippedEntry[] = [];
  const requests = new Map<string, ColumnValue[]>();
  return {
    add(rows) {
      for (const [, number, sequence, time, payload, digest] of rows) {
        const writer = numbers.get(number) ?? 0;
        const { decisionId, tenant, request } = projectEntry(changes, writer, sequence, payload);
        entries.push([writer, sequence, time, decisionId, payload, digest]);
        if (!request) continue;
        const key = JSON.stringify([tenant, request.id].map(storableText));
        if (Number(requests.get(key)?.[REQUEST_TIME_AT] ?? 0) <= time)
          requests.set(key, [tenant, request.id, decisionId, request.inputDigest, time]);
      }
    },
    prepare(completeThrough) {
      const heads = headsStatement(entries, numbers, completeThrough);
      return prepareBatch(entries, changes, [...requests.values()], heads, numbers.size);
    },
  };
}

function prepareBatch(
  entries: readonly ShippedEntry[],
  changes: IndexChanges,
  requests: Insert["rows"],
  heads: Statement,
  writerCount: number,
): PreparedBatch {
  const { fresh, ends } = insertsOfRecords(changes);
  const outcomes = insertOfOutcomes(changes);
  // What follows from one another comes in this order: what reporters said is settled in records.
  const added = [insertOfEntries(entries), fresh].filter(hasRows);
  const merged = [ends, insertOfFailures(changes), { ...REQUESTS, rows: requests }, outcomes];
  const last = merged.filter(hasRows).map(insertStatement);
  if (hasRows(outcomes)) last.push(settleStatement(outcomes));
  last.push(heads);
  const copies = added.map(copyStep);

  return {
    times: entries.map(([, , time]) => time),
    async send(client) {
      const counts = await runPipeline(client, [...copies, ...last]).catch((error: unknown) => {
        if (!isDuplicate(error)) throw error;
        return runPipeline(client, [...added.map(insertStatement), ...last]);
      });
      if (counts.at(-1) !== writerCount)
        throw new LedgerError("unavailable", "The centre no longer knows the writers of this machine.");
    },
  };
}

function hasRows({ rows }: Insert): boolean {
  return rows.length > 0;
}

const UNIQUE_VIOLATION = "23505";

/** Whether something that was to be added is there already: it was sent before, or what follows from it came first. */
function isDuplicate(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === UNIQUE_VIOLATION;
}

const REQUEST_TIME_AT = 4;

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
function settleStatement({ rows }: Insert): Statement {
  const ids = rows.map(([id]) => id ?? "");
  const text = `INSERT INTO records (decision_id, success)
    SELECT decision_id, min(success) FROM outcomes WHERE decision_id = ANY ($1::text[]) GROUP BY decision_id
    ON CONFLICT (decision_id) DO UPDATE SET success = excluded.success`;
  return { text, values: [columnArray("text", ids)] };
}

/** Says where the chains end, so that an end that is cut off is missed, and up to when they are complete. */
function headsStatement(
  entries: readonly ShippedEntry[],
  numbers: WriterNumbers,
  completeThrough: number,
): Statement {
  const last = new Map<number, ShippedEntry>();
  for (const entry of entries) last.set(entry[0], entry);
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
    entries.length > 0 ? "1" : "0",
    String(completeThrough),
    columnArray("bigint", writers),
    columnArray(
      "bigint",
      writers.map((number) => last.get(number)?.[1] ?? 0),
    ),
    columnArray(
      "bigint",
      writers.map((number) => last.get(number)?.[2] ?? 0),
    ),
    columnArray(
      "bytea",
      writers.map((number) => last.get(number)?.[5] ?? null),
    ),
  ];
  return { text, values };
}
