import {
  type Attempt,
  AttemptErrorKind,
  AttemptErrorReason,
  AttemptState,
} from "#gen/pointsman/v1/attempt_pb.ts";
import { ProviderError } from "../provider/errors.ts";
import type { ProviderEvent } from "../provider/provider.ts";
import { type AttemptRun, isTargetFault } from "./attempt.ts";
import type { WalkOptions } from "./walk-types.ts";

/** The next event of a run, or why there is none. */
export type Outcome =
  | { readonly kind: "event"; readonly event: ProviderEvent }
  | { readonly kind: "error"; readonly error: ProviderError };

/** Waits for the next event of a run; never rejects. */
export async function nextOutcome(run: AttemptRun): Promise<Outcome> {
  try {
    const event = await run.next();
    return event ? { kind: "event", event } : { kind: "error", error: interrupted() };
  } catch (error) {
    return { kind: "error", error: asProviderError(error) };
  }
}

/** Ends a failed attempt and tells everyone who must know. */
export function failAttempt(options: WalkOptions, run: AttemptRun, error: ProviderError): Attempt {
  const state = error.kind === AttemptErrorKind.REFUSED ? AttemptState.REFUSED : AttemptState.FAILED;
  const { id } = run.options.target;
  // The permit was settled at first output; a later break is news that the breaker must hear.
  if (run.hasOutput && isTargetFault(error.reason)) options.broke(id, error);
  const attempt = run.settle(state, error);
  if (error.retryAfterMs !== undefined) options.hold(id, error.retryAfterMs);
  options.ended(attempt);
  return attempt;
}

function interrupted(): ProviderError {
  return new ProviderError(
    AttemptErrorKind.MAYBE_BILLED,
    AttemptErrorReason.INTERRUPTED,
    "the stream ended without the provider's end marker",
  );
}

/** What a cancelled attempt is recorded with. */
export function cancelled(): ProviderError {
  return new ProviderError(
    AttemptErrorKind.MAYBE_BILLED,
    AttemptErrorReason.CANCELLED,
    "the call was cancelled",
  );
}

function asProviderError(error: unknown): ProviderError {
  if (error instanceof ProviderError) return error;
  return new ProviderError(
    AttemptErrorKind.MAYBE_BILLED,
    AttemptErrorReason.SERVER_ERROR,
    "the provider's adapter failed unexpectedly",
    { cause: error },
  );
}
