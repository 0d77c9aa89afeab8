import type { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";

/** What belongs to an error beyond its reason. Nothing in it is secret. */
export interface EngineErrorDetails {
  /** Short facts by name, for programs. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Fields of the request that break a limit. */
  readonly fields?: readonly { readonly field: string; readonly description: string }[];
  /** Milliseconds after which a retry may succeed. */
  readonly retryAfterMs?: number;
  /** Quotas that are exhausted. */
  readonly quotas?: readonly { readonly subject: string; readonly description: string }[];
  /** What was not found: its type and name. */
  readonly resource?: { readonly type: string; readonly name: string };
  readonly cause?: unknown;
}

/** A request that gets no answer. The door turns the reason into a status; nobody else knows status codes. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly reason: ErrorReason;
  readonly details: EngineErrorDetails;

  /** @param message a sentence for the caller that says what to do, without anything secret. */
  constructor(reason: ErrorReason, message: string, details: EngineErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.reason = reason;
    this.details = details;
  }
}
