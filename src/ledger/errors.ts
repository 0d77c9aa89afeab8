/** What is wrong, for whoever has to react. */
export type LedgerErrorKind =
  /** The ledger cannot be written or read now; trying again later may help. */
  | "unavailable"
  /** Too many entries wait to be written; retry after a moment. */
  | "overloaded"
  /** The ledger was closed. */
  | "closed"
  /** A page token or cursor that this ledger did not make, or that belongs to another query. */
  | "invalid_cursor"
  /** A cursor that points before what retention has kept. */
  | "cursor_expired"
  /** A watcher that did not read for too long; it may resume from its last cursor. */
  | "slow_consumer"
  /** Content that was stored under a key that is not configured. */
  | "key_missing"
  /** A setting, a key file or a folder that cannot be used. */
  | "invalid_settings";

/** The one error of this room. */
export class LedgerError extends Error {
  readonly kind: LedgerErrorKind;
  /** Facts for programs, such as `oldest_time` of `cursor_expired`. */
  readonly metadata: Readonly<Record<string, string>>;

  constructor(
    kind: LedgerErrorKind,
    message: string,
    options: { cause?: unknown; metadata?: Readonly<Record<string, string>> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LedgerError";
    this.kind = kind;
    this.metadata = options.metadata ?? {};
  }
}

/** A LedgerError as data, to cross a thread. */
export interface LedgerFault {
  readonly kind: LedgerErrorKind;
  readonly message: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Turns anything thrown into data. What is not a LedgerError is `unavailable`: the storage failed in its own words. */
export function toFault(error: unknown): LedgerFault {
  if (error instanceof LedgerError) {
    return { kind: error.kind, message: error.message, metadata: error.metadata };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { kind: "unavailable", message: `The ledger's storage failed: ${message}`, metadata: {} };
}

/** Turns data back into an error. */
export function fromFault(fault: LedgerFault): LedgerError {
  return new LedgerError(fault.kind, fault.message, { metadata: fault.metadata });
}
