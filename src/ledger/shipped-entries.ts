import type { Insert } from "./postgres-insert.ts";

/** An entry on its way into the centre. */
export interface ShippedEntry {
  /** The writer's number in the centre. */
  readonly writer: number;
  readonly sequence: number;
  /** Microseconds since the epoch. */
  readonly time: number;
  /** Empty where it belongs to no decision. */
  readonly decisionId: string;
  readonly payload: Uint8Array;
  readonly digest: Uint8Array;
}

/** Entries for the centre's table. What is there already is left as it is, so entries can be sent again. */
export function insertOfEntries(entries: readonly ShippedEntry[]): Insert {
  return {
    table: "entries",
    columns: COLUMNS,
    rows: entries.map(({ writer, sequence, time, decisionId, payload, digest }) => [
      writer,
      sequence,
      time,
      decisionId,
      payload,
      digest,
    ]),
    conflict: "DO NOTHING",
  };
}

const COLUMNS: Insert["columns"] = [
  { name: "writer", type: "bigint" },
  { name: "sequence", type: "bigint" },
  { name: "time", type: "bigint" },
  { name: "decision_id", type: "text" },
  { name: "payload", type: "bytea" },
  { name: "digest", type: "bytea" },
];
