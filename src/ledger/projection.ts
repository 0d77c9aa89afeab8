import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import { CompletionState } from "#gen/pointsman/v1/completion_pb.ts";

/** What one entry changes in the tables that answer questions about records. Rows are in the order of the columns. */
export interface IndexChanges {
  readonly decided: SqlRow[];
  readonly finished: SqlRow[];
  readonly rules: SqlRow[];
  readonly entries: SqlRow[];
  readonly failures: SqlRow[];
  readonly outcomes: SqlRow[];
}

/** Values of one row. */
export type SqlRow = readonly (string | number | null)[];

/** A table, its columns, and what happens when the row is there already. The same on every engine. */
export interface IndexTable {
  readonly change: keyof IndexChanges;
  readonly table: string;
  readonly columns: readonly string[];
  /** Types for engines that want to be told. */
  readonly types: readonly ("text" | "bigint")[];
  readonly conflict: string;
}

/** How changes are written, in this order. Entries of different writers may come in any order: the result is the same. */
export const INDEX_WRITES: readonly IndexTable[] = [
  {
    change: "decided",
    table: "records",
    columns: [
      "decision_id",
      "writer",
      "create_time",
      "tenant",
      "app",
      "user_name",
      "task",
      "policy_revision",
      "request_id",
      "conversation_id",
      "experiment_id",
      "experiment_arm",
    ],
    types: [
      "text",
      "bigint",
      "bigint",
      "text",
      "text",
      "text",
      "bigint",
      "text",
      "text",
      "text",
      "text",
      "text",
    ],
    conflict: `(decision_id) DO UPDATE SET writer = excluded.writer, create_time = excluded.create_time,
      tenant = excluded.tenant, app = excluded.app, user_name = excluded.user_name, task = excluded.task,
      policy_revision = excluded.policy_revision, request_id = excluded.request_id,
      conversation_id = excluded.conversation_id, experiment_id = excluded.experiment_id,
      experiment_arm = excluded.experiment_arm`,
  },
  {
    change: "finished",
    table: "records",
    columns: [
      "decision_id",
      "state",
      "target_id",
      "cost_micros",
      "latency_micros",
      "input_tokens",
      "output_tokens",
      "cache_hit",
      "saved_micros",
    ],
    types: ["text", "bigint", "text", "bigint", "bigint", "bigint", "bigint", "bigint", "bigint"],
    // A real end beats one that was written because the process had died; of two real ones the first counts.
    conflict: `(decision_id) DO UPDATE SET state = excluded.state, target_id = excluded.target_id,
      cost_micros = excluded.cost_micros, latency_micros = excluded.latency_micros,
      input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens,
      cache_hit = excluded.cache_hit, saved_micros = excluded.saved_micros
      WHERE records.state IN (${CompletionState.IN_PROGRESS}, ${CompletionState.INTERRUPTED})`,
  },
  {
    change: "rules",
    table: "record_rules",
    columns: ["rule_id", "decision_id"],
    types: ["text", "text"],
    conflict: "(rule_id, decision_id) DO NOTHING",
  },
  {
    change: "entries",
    table: "record_entries",
    columns: ["decision_id", "writer", "sequence"],
    types: ["text", "bigint", "bigint"],
    conflict: "(decision_id, writer, sequence) DO NOTHING",
  },
  {
    change: "failures",
    table: "failures",
    columns: ["decision_id", "attempt", "reason"],
    types: ["text", "bigint", "bigint"],
    conflict: "(decision_id, attempt) DO NOTHING",
  },
  {
    change: "outcomes",
    table: "outcomes",
    columns: ["decision_id", "reporter", "time", "success"],
    types: ["text", "text", "bigint", "bigint"],
    conflict: `(decision_id, reporter) DO UPDATE SET time = excluded.time, success = excluded.success
      WHERE outcomes.time <= excluded.time`,
  },
];

/**
 * Counts a record's outcomes together: success only if every reporter said so. Makes the record where its decision was
 * not seen yet. Takes the decision's id twice.
 */
export const SETTLE_OUTCOME = `INSERT INTO records (decision_id, success)
  SELECT ?, min(success) FROM outcomes WHERE decision_id = ?
  ON CONFLICT (decision_id) DO UPDATE SET success = excluded.success`;

/** No changes yet. */
export function noChanges(): IndexChanges {
  return { decided: [], finished: [], rules: [], entries: [], failures: [], outcomes: [] };
}

/** A timestamp in whole microseconds since the epoch; 0 where there is none. */
export function micros(time: Timestamp | undefined): number {
  return time ? Number(time.seconds) * 1_000_000 + Math.floor(time.nanos / 1000) : 0;
}

/** Milliseconds of a timestamp; 0 where there is none. */
export function milliseconds(time: Timestamp | undefined): number {
  return time ? timestampMs(time) : 0;
}
