import type { LedgerFault } from "./errors.ts";

/** What the serving thread asks a reading thread. */
export type ToReader =
  | { readonly type: "call"; readonly id: number; readonly method: string; readonly argument: unknown }
  /** Opens a stream; its items are fetched by `next`, a batch at a time, so that nothing runs ahead of the consumer. */
  | { readonly type: "open"; readonly id: number; readonly method: string; readonly argument: unknown }
  | { readonly type: "next"; readonly id: number }
  /** The caller of a call or a stream went away. */
  | { readonly type: "cancel"; readonly id: number };

/** What a reading thread answers. */
export type FromReader =
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "batch"; readonly id: number; readonly items: readonly unknown[] }
  | { readonly type: "end"; readonly id: number }
  | { readonly type: "fault"; readonly id: number; readonly fault: LedgerFault };
