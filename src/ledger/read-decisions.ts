import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Completion, CompletionSchema, CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { EntrySchema } from "#gen/pointsman/v1/entry_pb.ts";
import type { RecordFilter } from "#gen/pointsman/v1/record_pb.ts";
import { recordCondition } from "./conditions.ts";
import { type LedgerDatabase, marks, type Row, type SqlValue } from "./database.ts";
import { isBetterEnd } from "./fold-record.ts";
import type { Scope } from "./ledger.ts";
import { entriesSince } from "./read-records.ts";
import { nestedBytes } from "./wire.ts";

const PAGE = 200;

/** A decision and its end as they cross threads. */
export interface DecisionBytes {
  readonly decision: Uint8Array;
  readonly completion: Uint8Array | undefined;
}

/** Where the decision stands in an entry: Entry.decided, Decided.decision. */
const DECISION_PATH = [6, 1];

/** The decisions that match, newest first, as the very bytes that the chain protects. */
export async function* readDecisions(
  database: LedgerDatabase,
  filter: RecordFilter | undefined,
  limit: number,
  scope: Scope,
): AsyncGenerator<readonly DecisionBytes[], void, undefined> {
  await database.freshen();
  const condition = recordCondition(database, filter, scope);
  let after: readonly SqlValue[] = [];
  for (let left = limit; left > 0; ) {
    const where =
      after.length > 0 ? `${condition.sql} AND (r.create_time, r.decision_id) < (?, ?)` : condition.sql;
    const sql = `SELECT r.decision_id, r.create_time FROM records r WHERE ${where}
      ORDER BY r.create_time DESC, r.decision_id DESC LIMIT ?`;
    const size = Math.min(PAGE, left);
    const rows = await database.all(sql, [...condition.values, ...after, size]);
    const last = rows.at(-1);
    if (!last) return;
    yield await decisionsOf(database, rows);
    if (rows.length < size) return;
    left -= size;
    after = [last.create_time ?? 0, last.decision_id ?? ""];
  }
}

/** @param chosen `decision_id`, `create_time`. */
async function decisionsOf(database: LedgerDatabase, chosen: readonly Row[]): Promise<DecisionBytes[]> {
  const decisionIds = chosen.map((row) => String(row.decision_id));
  const decisions = new Map<string, Uint8Array>();
  const completions = new Map<string, Completion>();
  const rows = await database.all(
    `SELECT decision_id, payload FROM decision_entries
     WHERE decision_id IN (${marks(decisionIds.length)}) AND time >= ? ORDER BY time, writer, sequence`,
    [...decisionIds, entriesSince(chosen)],
  );
  for (const row of rows) {
    const id = String(row.decision_id);
    const payload = row.payload as Uint8Array;
    const decision = nestedBytes(payload, DECISION_PATH);
    if (decision) decisions.set(id, decision);
    else {
      const { event } = fromBinary(EntrySchema, payload);
      if (event.case !== "finished" || !event.value.completion) continue;
      const known = completions.get(id)?.state ?? CompletionState.IN_PROGRESS;
      if (isBetterEnd(known, event.value.completion.state)) completions.set(id, event.value.completion);
    }
  }
  const found: DecisionBytes[] = [];
  for (const id of decisionIds) {
    const decision = decisions.get(id);
    const completion = completions.get(id);
    // A copy, because a view would drag the whole page of the database across the thread.
    if (decision) {
      found.push({
        decision: decision.slice(),
        completion: completion && toBinary(CompletionSchema, completion),
      });
    }
  }
  return found;
}
