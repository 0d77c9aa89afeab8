import type { Insert } from "./postgres-insert.ts";

/** An entry on its way into the centre: a row of its table. */
export type ShippedEntry = readonly [
  /** The writer's number in the centre. */
  writer: number,
  sequence: number,
  /** Microseconds since the epoch. */
  time: number,
  /** Empty where it belongs to no decision. */
  decisionId: string,
  payload: Uint8Array,
  digest: Uint8Array,
];

/** Entries for the centre's table. What is there already is left as it is, so entries can be sent again. */
export function insertOfEntries(entries: readonly ShippedEntry[]): Insert {
  return { table: "entries", columns: COLUMNS, rows: entries, conflict: "DO NOTHING" };
}

const COLUMNS: Insert["columns"] = [
  { name: "writer", type: "bigint" },
  { name: "sequence", type: "bigint" },
  { name: "time", type: "bigint" },
  { name: "decision_id", type: "text" },
  { name: "payload", type: "bytea" },
  { name: "digest", type: "bytea" },
];
