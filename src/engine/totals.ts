import { create } from "@bufbuild/protobuf";
import type { Attempt } from "#gen/pointsman/v1/attempt_pb.ts";
import { type Usage, UsageSchema } from "#gen/pointsman/v1/completion_pb.ts";
import { addMicros } from "../lib/money.ts";

/** What all attempts of a request used and cost together. */
export interface Totals {
  readonly usage: Usage;
  readonly costMicros: number;
  readonly attemptCount: number;
}

/** Adds attempts up. Shadow calls are not among them. */
export function totalOf(attempts: readonly Attempt[]): Totals {
  const usage = create(UsageSchema);
  let costMicros = 0;
  for (const attempt of attempts) {
    costMicros = addMicros(costMicros, attempt.costMicros);
    const used = attempt.usage;
    if (!used) continue;
    usage.inputTokens += used.inputTokens;
    usage.cachedInputTokens += used.cachedInputTokens;
    usage.cacheWriteTokens += used.cacheWriteTokens;
    usage.outputTokens += used.outputTokens;
    usage.reasoningTokens += used.reasoningTokens;
    usage.estimated ||= used.estimated;
  }
  return { usage, costMicros, attemptCount: attempts.length };
}
