import type { LedgerFault } from "./errors.ts";

/** What goes with an entry and is not in it. */
export interface EntryExtra {
  /** The place of its entry in the batch. */
  readonly index: number;
  readonly decisionId: string;
  readonly tenant: string;
  readonly content?:
    | { readonly id: string; readonly subject: string; readonly bytes: Uint8Array }
    | undefined;
  /** Set where a decision answers a request with an id. */
  readonly request?: { readonly id: string; readonly inputDigest: Uint8Array } | undefined;
}

/** Entries on their way to the writing thread: one buffer for all, because each object that crosses costs. */
export interface EntryBatch {
  /** The bodies one after another. */
  readonly bodies: Uint8Array<ArrayBuffer>;
  /** Where each body ends. */
  readonly ends: Uint32Array<ArrayBuffer>;
  /** When each was appended, milliseconds since the epoch. */
  readonly times: Float64Array<ArrayBuffer>;
  readonly extras: readonly EntryExtra[];
}

/** What the serving thread tells the writing thread. */
export type ToWriter =
  | { readonly type: "entries"; readonly batch: EntryBatch }
  | { readonly type: "call"; readonly id: number; readonly method: string; readonly argument: unknown };

/** What the writing thread tells the serving thread. */
export type FromWriter =
  /** So many of the oldest waiting entries are written; the last one has this number. */
  | { readonly type: "written"; readonly count: number; readonly lastSequence: number }
  /** So many of the oldest waiting entries could not be written. */
  | { readonly type: "failed"; readonly count: number; readonly fault: LedgerFault }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "fault"; readonly id: number; readonly fault: LedgerFault };
