import { fromBinary } from "@bufbuild/protobuf";
import { CompletionSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { type Entry, EntrySchema } from "#gen/pointsman/v1/entry_pb.ts";
import type { Record } from "#gen/pointsman/v1/record_pb.ts";
import { RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { recordCondition } from "./conditions.ts";
import type { ContentCipher } from "./content-cipher.ts";
import { type LedgerDatabase, marks, type Row, type SqlValue } from "./database.ts";
import { type ContentIds, foldRecord } from "./fold-record.ts";
import type { ListQuery, Scope } from "./ledger.ts";
import { queryDigest, readPageToken, writePageToken } from "./tokens.ts";

const DEFAULT_PAGE = 50;
const LARGEST_PAGE = 1_000;

/** One record with its contents, where they are stored; undefined where there is none that the caller may see. */
export async function getRecord(
  database: LedgerDatabase,
  cipher: ContentCipher,
  decisionId: string,
  scope: Scope,
): Promise<Record | undefined> {
  await database.freshen();
  const condition = recordCondition(database, undefined, scope);
  const sql = `SELECT r.decision_id, r.create_time FROM records r WHERE r.decision_id = ? AND ${condition.sql}`;
  const rows = await database.all(sql, [decisionId, ...condition.values]);
  if (rows.length === 0) return undefined;
  const folded = (await foldRecords(database, rows))[0];
  if (!folded) return undefined;
  await addContents(database, cipher, folded.record, folded.contentIds);
  return folded.record;
}

/** A page of records without contents, newest first. */
export async function listRecords(
  database: LedgerDatabase,
  { filter, pageSize, pageToken }: ListQuery,
  scope: Scope,
): Promise<{ records: Record[]; nextPageToken: string }> {
  const digest = queryDigest(filter, scope);
  const after = pageToken === "" ? undefined : readPageToken(pageToken, digest);
  const size = Math.min(LARGEST_PAGE, pageSize || DEFAULT_PAGE);
  await database.freshen();

  const condition = recordCondition(database, filter, scope);
  const values: SqlValue[] = [...condition.values];
  let where = condition.sql;
  if (after) {
    where += " AND (r.create_time, r.decision_id) < (?, ?)";
    values.push(after.time, after.decisionId);
  }
  const sql = `SELECT r.decision_id, r.create_time FROM records r WHERE ${where}
    ORDER BY r.create_time DESC, r.decision_id DESC LIMIT ?`;
  const rows = await database.all(sql, [...values, size + 1]);
  const page = rows.slice(0, size);
  const last = page.at(-1);
  const folded = await foldRecords(database, page);
  const more = rows.length > size && last !== undefined;
  const position = more
    ? { time: Number(last.create_time), decisionId: String(last.decision_id) }
    : undefined;
  return {
    records: folded.map(({ record }) => record),
    nextPageToken: position ? writePageToken(position, digest) : "",
  };
}

/** The last decision made for a request id. */
export async function findRequest(
  database: LedgerDatabase,
  tenant: string,
  requestId: string,
): Promise<{ decisionId: string; inputDigest: Uint8Array } | undefined> {
  const sql = "SELECT decision_id, input_digest FROM requests WHERE tenant = ? AND request_id = ?";
  const row = (await database.all(sql, [tenant, requestId]))[0];
  return row && { decisionId: String(row.decision_id), inputDigest: row.input_digest as Uint8Array };
}

/** The time from which a decision may have entries, whatever was done to the clock between deciding and appending. */
export function entriesSince(rows: readonly Row[]): number {
  return Math.min(...rows.map((row) => Number(row.create_time))) - CLOCK_SLACK_MICROS;
}

const CLOCK_SLACK_MICROS = 3_600_000_000;

/**
 * Folds the records of these decisions, in their order. Where entries are in partitions, those of before the oldest
 * decision are left out.
 * @param rows `decision_id`, `create_time`.
 */
async function foldRecords(
  database: LedgerDatabase,
  rows: readonly Row[],
): Promise<{ record: Record; contentIds: ContentIds }[]> {
  const decisionIds = rows.map((row) => String(row.decision_id));
  const since = entriesSince(rows);
  const entries = new Map<string, Entry[]>(decisionIds.map((id) => [id, []]));
  for (let start = 0; start < decisionIds.length; start += 200) {
    const some = decisionIds.slice(start, start + 200);
    const found = await database.all(
      `SELECT decision_id, payload, digest FROM decision_entries
       WHERE decision_id IN (${marks(some.length)}) AND time >= ? ORDER BY time, writer, sequence`,
      [...some, since],
    );
    for (const row of found) entries.get(String(row.decision_id))?.push(entryOf(row));
  }
  return [...entries.values()].map(foldRecord).filter((folded) => folded !== undefined);
}

/** The entry in a row with `payload` and `digest`. */
export function entryOf(row: Row): Entry {
  const entry = fromBinary(EntrySchema, row.payload as Uint8Array);
  entry.digest = row.digest as Uint8Array;
  return entry;
}

async function addContents(
  database: LedgerDatabase,
  cipher: ContentCipher,
  record: Record,
  { input, output }: ContentIds,
): Promise<void> {
  const wanted = [input, output].filter((id) => id !== "");
  if (wanted.length === 0) return;
  const sql = `SELECT id, key_id, bytes FROM contents WHERE id IN (${marks(wanted.length)})`;
  for (const row of await database.all(sql, wanted)) {
    const id = String(row.id);
    const bytes = cipher.open(id, String(row.key_id), row.bytes as Uint8Array);
    if (id === input) record.input = fromBinary(RouteInputSchema, bytes);
    else if (record.completion) record.completion.parts = fromBinary(CompletionSchema, bytes).parts;
  }
}
