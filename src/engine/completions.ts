import { create } from "@bufbuild/protobuf";
import {
  type CacheHit,
  type Completion,
  CompletionSchema,
  CompletionState,
  FinishReason,
  UsageSchema,
} from "#gen/pointsman/v1/completion_pb.ts";
import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import { ErrorReason, ErrorReasonSchema } from "#gen/pointsman/v1/error_reason_pb.ts";
import type { Part } from "#gen/pointsman/v1/route_input_pb.ts";
import { toDuration } from "../lib/durations.ts";
import { EngineError } from "./errors.ts";
import type { Totals } from "./totals.ts";
import type { WalkResult } from "./walk-types.ts";

/** How an answer came about, before it is written down. */
export interface AnswerOutcome extends WalkResult {
  readonly parts: Part[];
  readonly totals: Totals;
  /** From arrival to the first output, in milliseconds; undefined where there was none. */
  readonly firstOutputMs: number | undefined;
  readonly cacheHit?: CacheHit;
}

/** An answer by a target or from the cache. @param latencyMs from arrival to now. */
export function completionOf(outcome: AnswerOutcome, latencyMs: number): Completion {
  const completion = create(CompletionSchema, {
    state: outcome.state,
    parts: outcome.parts,
    finishReason: outcome.finishReason,
    targetId: outcome.targetId,
    usage: outcome.totals.usage,
    costMicros: outcome.totals.costMicros,
    attemptCount: outcome.totals.attemptCount,
    latency: toDuration(latencyMs),
    message: outcome.message,
    errorReason: outcome.errorReason === ErrorReason.UNSPECIFIED ? "" : errorReasonName(outcome.errorReason),
  });
  if (outcome.firstOutputMs !== undefined) completion.timeToFirstToken = toDuration(outcome.firstOutputMs);
  if (outcome.cacheHit) completion.cacheHit = outcome.cacheHit;
  return completion;
}

/** No answer, because policy says that none is best. */
export function refusedCompletion(decision: Decision, latencyMs: number): Completion {
  return create(CompletionSchema, {
    state: CompletionState.REFUSED,
    finishReason: FinishReason.UNSPECIFIED,
    usage: create(UsageSchema),
    latency: toDuration(latencyMs),
    message: decision.message,
    ruleId: decision.ruleId,
  });
}

/** No answer, because of an error that the status of the call carries. */
export function failedCompletion(error: EngineError, latencyMs: number): Completion {
  return create(CompletionSchema, {
    state: CompletionState.FAILED,
    usage: create(UsageSchema),
    latency: toDuration(latencyMs),
    message: error.message,
    errorReason: errorReasonName(error.reason),
    ruleId: error.details.metadata?.rule_id ?? "",
  });
}

/**
 * The end of a request that was left in the middle, or that failed on the way to its answer.
 * @param failure what was thrown; undefined where the caller just stopped reading.
 */
export function abandonedCompletion(
  failure: unknown,
  totals: Totals | undefined,
  latencyMs: number,
): Completion {
  const reason =
    failure instanceof EngineError
      ? failure.reason
      : failure === undefined
        ? ErrorReason.CANCELLED
        : ErrorReason.INTERNAL;
  const cancelled = reason === ErrorReason.CANCELLED;
  return create(CompletionSchema, {
    state: cancelled ? CompletionState.CANCELLED : CompletionState.FAILED,
    finishReason: totals ? FinishReason.INTERRUPTED : FinishReason.UNSPECIFIED,
    usage: totals?.usage ?? create(UsageSchema),
    costMicros: totals?.costMicros ?? 0,
    attemptCount: totals?.attemptCount ?? 0,
    latency: toDuration(latencyMs),
    message: cancelled
      ? "The caller went away."
      : failure instanceof EngineError
        ? failure.message
        : "internal error",
    errorReason: errorReasonName(reason),
  });
}

/** The full name of a reason, as ErrorInfo carries it. */
export function errorReasonName(reason: ErrorReason): string {
  return ErrorReasonSchema.value[reason]?.name ?? "ERROR_REASON_INTERNAL";
}
