/** Why a caller is not let in. */
export type AdmissionErrorKind =
  /** There is no credential, or it is not accepted. Do not retry. */
  | "unauthenticated"
  /** A rate limit is reached. Retry after `retryAfterMs`. */
  | "rate_limited"
  /** A budget does not hold what the request may cost. Retry after `retryAfterMs`, or ask for less. */
  | "budget_exhausted"
  /** The store of limits is away, and the limit says to refuse then. Retry after `retryAfterMs`. */
  | "store_away"
  /** The settings or the key file cannot be used. Do not retry. */
  | "invalid_settings";

/** What belongs to an error beyond its kind. Nothing in it is secret. */
export interface AdmissionErrorDetails {
  /** Whose limit it is, such as "tenant:acme". */
  readonly scope?: string;
  /** The limit's or budget's id in the settings. */
  readonly limitId?: string;
  /** What the limit counts. */
  readonly unit?: "requests" | "tokens" | "micros";
  /** Milliseconds after which a retry may succeed. Undefined where none will. */
  readonly retryAfterMs?: number;
  /** What is left, in the limit's unit: micros of a US dollar where it is a budget. */
  readonly remaining?: number;
  readonly cause?: unknown;
}

/** The one error of this room. Its message is for the caller and holds nothing of a credential. */
export class AdmissionError extends Error {
  override readonly name = "AdmissionError";
  readonly kind: AdmissionErrorKind;
  readonly details: AdmissionErrorDetails;

  constructor(kind: AdmissionErrorKind, message: string, details: AdmissionErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.details = details;
  }

  /** Whether the same request may succeed later. */
  get retryable(): boolean {
    return this.details.retryAfterMs !== undefined;
  }
}
