import { AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { CompletionState, FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import { ErrorReason } from "#gen/pointsman/v1/error_reason_pb.ts";
import type { ProviderError } from "../provider/errors.ts";
import type { AttemptRun } from "./attempt.ts";
import { EngineError } from "./errors.ts";
import type { WalkOptions, WalkResult } from "./walk-types.ts";

/** The provider said that it is done, and why. */
export function finishedResult(run: AttemptRun, reason: FinishReason): WalkResult {
  const refused = reason === FinishReason.CONTENT_FILTER;
  return {
    state: refused
      ? CompletionState.REFUSED
      : reason === FinishReason.LENGTH
        ? CompletionState.TRUNCATED
        : CompletionState.COMPLETED,
    finishReason: reason,
    targetId: run.options.target.id,
    message: refused
      ? "The provider declined to answer."
      : reason === FinishReason.LENGTH
        ? "The answer reached the output limit."
        : "",
    errorReason: ErrorReason.UNSPECIFIED,
  };
}

/** No candidate is left. */
export function exhaustedResult(options: WalkOptions, last: ProviderError | undefined): WalkResult {
  const waits = options.candidates.map(({ targetId }) => options.retryAfterMs(targetId));
  const unavailable = last === undefined;
  return {
    state: CompletionState.FAILED,
    finishReason: FinishReason.UNSPECIFIED,
    targetId: "",
    message: unavailable
      ? "Every eligible target is unavailable now."
      : `Every attempt failed; the last one: ${last.message}.`,
    errorReason: unavailable ? ErrorReason.TARGETS_UNAVAILABLE : ErrorReason.ATTEMPTS_EXHAUSTED,
    retryAfterMs: Math.max(100, Math.min(...waits)),
  };
}

/** The provider declined the content. */
export function refusedResult(run: AttemptRun, error: ProviderError): WalkResult {
  return {
    state: CompletionState.REFUSED,
    finishReason: FinishReason.CONTENT_FILTER,
    targetId: run.options.target.id,
    message: error.message,
    errorReason: ErrorReason.UNSPECIFIED,
  };
}

/** The request itself is wrong. */
export function rejectedResult(run: AttemptRun, error: ProviderError): WalkResult {
  return {
    state: CompletionState.FAILED,
    finishReason: FinishReason.UNSPECIFIED,
    targetId: run.options.target.id,
    message: `${run.options.target.id} rejected the request: ${error.message}.`,
    errorReason: ErrorReason.PROVIDER_REJECTED,
  };
}

/** Output had begun and the rest will not come: cut short where the stream broke, failed where the provider said so. */
export function interruptedResult(run: AttemptRun, error: ProviderError): WalkResult {
  const cut =
    error.reason === AttemptErrorReason.INTERRUPTED ||
    error.reason === AttemptErrorReason.CONNECTION ||
    error.reason === AttemptErrorReason.TIMEOUT;
  return {
    state: cut ? CompletionState.TRUNCATED : CompletionState.FAILED,
    finishReason: FinishReason.INTERRUPTED,
    targetId: run.options.target.id,
    message: `The answer broke off: ${error.message}.`,
    errorReason: ErrorReason.STREAM_INTERRUPTED,
  };
}

/** The caller went away or the deadline passed while `targetId` was answering; empty where none was. */
export function abortedResult(reason: unknown, targetId = ""): WalkResult {
  const deadline = reason instanceof EngineError && reason.reason === ErrorReason.DEADLINE;
  return {
    state: deadline ? CompletionState.FAILED : CompletionState.CANCELLED,
    finishReason: FinishReason.INTERRUPTED,
    targetId,
    message: deadline ? "The deadline passed before the answer was complete." : "The caller went away.",
    errorReason: deadline ? ErrorReason.DEADLINE : ErrorReason.CANCELLED,
  };
}
