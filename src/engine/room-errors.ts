import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import { AdmissionError } from "../admission/admission-error.ts";
import { LedgerError } from "../ledger/errors.ts";
import { EngineError } from "./errors.ts";

/** Turns what a room throws into what callers may be told; anything else is passed on as it is. */
export function asEngineError(error: unknown): unknown {
  if (error instanceof LedgerError) return ledgerError(error);
  if (error instanceof AdmissionError) return admissionError(error);
  return error;
}

/** A refusal by identity, limits or budgets, as callers see it. */
export function admissionError(error: AdmissionError): EngineError {
  const { scope = "", limitId = "", unit = "", retryAfterMs, remaining } = error.details;
  const quotas = [{ subject: scope, description: error.message }];
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  const metadata: Record<string, string> = { scope, limit: limitId || unit };
  switch (error.kind) {
    case "unauthenticated":
      return new EngineError(ErrorReason.UNAUTHENTICATED, error.message, { metadata: {} });
    case "rate_limited":
      return new EngineError(ErrorReason.RATE_LIMITED, error.message, { metadata, quotas, ...retry });
    case "budget_exhausted":
      if (remaining !== undefined) metadata.remaining_micros = String(remaining);
      return new EngineError(ErrorReason.BUDGET_EXHAUSTED, error.message, { metadata, quotas, ...retry });
    case "store_away":
      return new EngineError(ErrorReason.LIMITS_UNAVAILABLE, error.message, {
        metadata,
        retryAfterMs: retryAfterMs ?? 1_000,
      });
    case "invalid_settings":
      return new EngineError(ErrorReason.INTERNAL, error.message, { cause: error });
  }
}

function ledgerError(error: LedgerError): EngineError {
  const { metadata } = error;
  switch (error.kind) {
    case "invalid_cursor":
      return new EngineError(ErrorReason.INVALID_CURSOR, error.message, { metadata });
    case "cursor_expired":
      return new EngineError(ErrorReason.CURSOR_EXPIRED, error.message, { metadata });
    case "slow_consumer":
      return new EngineError(ErrorReason.SLOW_CONSUMER, error.message, { metadata });
    case "overloaded":
      return new EngineError(ErrorReason.OVERLOADED, error.message, { metadata, retryAfterMs: 500 });
    default:
      return new EngineError(ErrorReason.AUDIT_UNAVAILABLE, error.message, { cause: error });
  }
}
