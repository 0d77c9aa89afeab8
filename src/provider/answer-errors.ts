import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import type { DialectError } from "./dialect.ts";
import { ProviderError } from "./errors.ts";
import { classifyStatus } from "./http-errors.ts";

/** The most of a provider's own sentence that is passed on, in characters. */
const MAX_QUOTE = 200;

/**
 * Classes an answer whose status is no success.
 * @param error what the dialect read in the body, if anything.
 * @param retryAfterMs what the headers say.
 */
export function statusError(
  status: number,
  error: DialectError | undefined,
  retryAfterMs: number | undefined,
): ProviderError {
  return build(error?.badCredential ? 401 : status, status, error ?? {}, retryAfterMs);
}

/**
 * Classes an error that came inside an answer that began as a success.
 * @param afterOutput whether the provider had already answered something, and so has worked.
 */
export function inBandError(error: DialectError, afterOutput: boolean): ProviderError {
  const failure = build(error.badCredential ? 401 : (error.status ?? 500), 200, error, undefined);
  if (!afterOutput || failure.kind !== AttemptErrorKind.NOT_SENT) return failure;
  return new ProviderError(AttemptErrorKind.MAYBE_BILLED, failure.reason, failure.message, {
    httpStatus: failure.httpStatus,
    ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
  });
}

/**
 * @param status what the error amounts to.
 * @param sentStatus what the answer's head said.
 */
function build(
  status: number,
  sentStatus: number,
  error: DialectError,
  retryAfterMs: number | undefined,
): ProviderError {
  const known = error.refused
    ? {
        kind: AttemptErrorKind.REFUSED,
        reason: AttemptErrorReason.CONTENT_REFUSED,
        sentence: "The provider declined the content.",
      }
    : classifyStatus(status);
  // What a provider says about a credential may repeat a part of it.
  const quotable = known.reason !== AttemptErrorReason.UNAUTHENTICATED;
  const quote = quotable ? cleanQuote(error.message) : "";
  const wait = retryAfterMs ?? error.retryAfterMs;
  return new ProviderError(
    known.kind,
    known.reason,
    quote === "" ? known.sentence : `${known.sentence} It says: ${quote}`,
    {
      httpStatus: sentStatus,
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    },
  );
}

/** A provider's sentence, short, on one line, and without anything that looks like a key. */
function cleanQuote(message: string | undefined): string {
  if (message === undefined) return "";
  const line = message
    .slice(0, MAX_QUOTE * 4)
    .replace(/[\p{Cc}\s]+/gu, " ")
    .replace(/\b[A-Za-z0-9_*-]{20,}\b/g, "…")
    .trim();
  return line.length <= MAX_QUOTE ? line : `${line.slice(0, MAX_QUOTE)}…`;
}
