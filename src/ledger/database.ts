/** A value in a row or for a placeholder. Whole numbers are JavaScript numbers. */
export type SqlValue = string | number | null | Uint8Array;

/** One row of an answer, by column name. */
export type Row = Readonly<Record<string, SqlValue>>;

/** How far an engine is. */
export interface Pulse {
  /** Changes whenever entries may have been added. */
  readonly version: number;
  /** No entry of this time or earlier is still to come; milliseconds since the epoch. */
  readonly completeThrough: number;
}

/**
 * Reads one engine. Both engines have the same tables, so that every question is asked in the same words and has the
 * same answer.
 */
export interface LedgerDatabase {
  readonly dialect: "sqlite" | "postgres";
  /** Runs one statement with `?` for each value. */
  all(sql: string, values?: readonly SqlValue[]): Promise<Row[]>;
  /** Waits until the derived tables have taken in all entries that are written by now. */
  freshen(): Promise<void>;
  /** Whether entries may have been added, and what is surely complete. */
  pulse(): Promise<Pulse>;
  close(): Promise<void>;
}

/** A list of placeholders for so many values. */
export function marks(count: number): string {
  return Array.from({ length: count }, () => "?").join(", ");
}
