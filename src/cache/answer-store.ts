/** Where answers are kept. Everything is found by tenant *and* key: a key alone opens nothing. */
export interface AnswerStore {
  /** The answer, if it is kept and not too old; counts as a use of it. */
  get(tenant: string, key: string, signal: AbortSignal): Promise<KeptAnswer | undefined>;
  /** Keeps an answer, in place of an earlier one; what was used longest ago makes room. */
  put(tenant: string, key: string, answer: KeptAnswer, ttlMs: number, signal: AbortSignal): Promise<void>;
  /** Drops the tenant's answers, all or those with a label; gives their number. */
  purge(tenant: string, label: PurgeLabel | undefined, signal: AbortSignal): Promise<number>;
  /** Releases files and connections. Nothing may be called afterwards. */
  close(): Promise<void>;
}

/** An answer as it is kept. */
export interface KeptAnswer {
  /** The decision that the answer was made for. */
  readonly decisionId: string;
  /** The completion in the contract's binary form. */
  readonly completion: Uint8Array;
  /** The labels of the request, by which answers may be purged. */
  readonly labels: Readonly<Record<string, string>>;
  /** What the answer cost, in micros of a US dollar: what repeating it saves. */
  readonly costMicros: number;
}

/** A label whose answers are to go. */
export interface PurgeLabel {
  readonly name: string;
  readonly value: string;
}

/** How much is kept. */
export interface AnswerBounds {
  /** The most bytes of answers: of the whole file in SQLite, of each tenant in Valkey. */
  readonly maxBytes: number;
  /** The most answers: of the whole file in SQLite, of each tenant in Valkey. */
  readonly maxEntries: number;
}

/** What an answer counts against `maxBytes`, beside its completion. */
export const ENTRY_OVERHEAD_BYTES = 256;

/** The bytes that an answer counts for. */
export function sizeOf(answer: KeptAnswer): number {
  return answer.completion.length + ENTRY_OVERHEAD_BYTES;
}
