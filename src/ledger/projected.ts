import type { IndexChanges } from "./projection.ts";
import type { WireReader } from "./wire-reader.ts";

/** What is to be known of an entry besides what it changes. */
export interface ProjectedEntry {
  readonly decisionId: string;
  readonly tenant: string;
  /** What a client may ask for the decision by; undefined where the entry has no such thing. */
  readonly request: { readonly id: string; readonly inputDigest: Uint8Array } | undefined;
}

/** What an event's rows take from its entry. */
export interface EntryFields {
  readonly decisionId: string;
  readonly tenant: string;
  readonly writer: number;
  /** Microseconds since the epoch. */
  readonly time: number;
}

/** Adds what an event of one kind changes. */
export type Project = (
  changes: IndexChanges,
  entry: EntryFields,
  event: WireReader,
) => ProjectedEntry["request"] | undefined;
