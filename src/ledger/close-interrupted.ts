import type { DatabaseSync } from "node:sqlite";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { CompletionSchema, CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { EntrySchema, FinishedSchema } from "#gen/pointsman/v1/entry_pb.ts";
import { addMicros } from "../lib/money.ts";

/** An entry that the ledger writes in place of a process that died. */
export interface Closing {
  readonly decisionId: string;
  readonly body: Uint8Array;
}

/**
 * The ends of all decisions that these writers, whose processes are dead, began and did not finish. What their
 * recorded attempts cost is counted.
 * @param writers their numbers in the tables.
 */
export function closeInterrupted(
  index: DatabaseSync,
  ledger: DatabaseSync,
  writers: readonly number[],
  limit: number,
): Closing[] {
  const open = index.prepare(
    `SELECT decision_id, tenant FROM records
     WHERE writer = ? AND state = ${CompletionState.IN_PROGRESS} AND create_time IS NOT NULL LIMIT ?`,
  );
  const places = index.prepare("SELECT writer, sequence FROM record_entries WHERE decision_id = ?");
  const payload = ledger.prepare("SELECT payload FROM entries WHERE writer = ? AND sequence = ?");
  const closings: Closing[] = [];
  for (const writer of writers) {
    for (const row of open.all(writer, limit - closings.length)) {
      const decisionId = String(row.decision_id);
      const payloads = places
        .all(decisionId)
        .map(
          (place) => payload.get(place.writer ?? 0, place.sequence ?? 0)?.payload as Uint8Array | undefined,
        );
      closings.push({ decisionId, body: closingBody(decisionId, String(row.tenant), payloads) });
    }
  }
  return closings;
}

function closingBody(
  decisionId: string,
  tenant: string,
  payloads: readonly (Uint8Array | undefined)[],
): Uint8Array {
  const completion = create(CompletionSchema, {
    state: CompletionState.INTERRUPTED,
    message: "The process ended before the answer did.",
  });
  for (const payload of payloads) {
    if (!payload) continue;
    const { event } = fromBinary(EntrySchema, payload);
    if (event.case !== "attempted") continue;
    completion.attemptCount += 1;
    completion.costMicros = addMicros(completion.costMicros, event.value.attempt?.costMicros ?? 0);
  }
  const value = create(FinishedSchema, { completion });
  return toBinary(
    EntrySchema,
    create(EntrySchema, { decisionId, tenant, event: { case: "finished", value } }),
  );
}
