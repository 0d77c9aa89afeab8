import type { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";

/** What is known of a failed call beyond its kind. */
export interface ProviderErrorDetails {
  /** The HTTP status; 0 where there was none. */
  readonly httpStatus?: number;
  /** Milliseconds after which the provider wants to be asked again. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A failed call, classed once: the kind says what it means for money and for another try. */
export class ProviderError extends Error {
  override readonly name = "ProviderError";
  readonly kind: AttemptErrorKind;
  readonly reason: AttemptErrorReason;
  readonly httpStatus: number;
  readonly retryAfterMs: number | undefined;

  /** @param message a sentence for people, without anything secret. */
  constructor(
    kind: AttemptErrorKind,
    reason: AttemptErrorReason,
    message: string,
    details: ProviderErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.reason = reason;
    this.httpStatus = details.httpStatus ?? 0;
    this.retryAfterMs = details.retryAfterMs;
  }
}
