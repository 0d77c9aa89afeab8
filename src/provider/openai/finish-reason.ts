import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";

const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ["stop", FinishReason.STOP],
  ["eos", FinishReason.STOP],
  ["length", FinishReason.LENGTH],
  ["model_length", FinishReason.LENGTH],
  ["tool_calls", FinishReason.TOOL_CALLS],
  ["function_call", FinishReason.TOOL_CALLS],
  ["content_filter", FinishReason.CONTENT_FILTER],
]);

/** Reasons that are failures of the provider's in disguise. */
const FAILURES: ReadonlySet<string> = new Set(["error", "abort", "insufficient_system_resource"]);

/**
 * Why the model stopped.
 * @param hasToolCalls some servers say "stop" although tools are to be run.
 * @param declined whether the model put its answer where refusals go.
 */
export function mapFinishReason(value: unknown, hasToolCalls: boolean, declined: boolean): FinishReason {
  const reason =
    typeof value === "string" ? (REASONS.get(value) ?? FinishReason.UNSPECIFIED) : FinishReason.UNSPECIFIED;
  if (reason !== FinishReason.STOP) return reason;
  if (declined) return FinishReason.CONTENT_FILTER;
  return hasToolCalls ? FinishReason.TOOL_CALLS : reason;
}

/** Whether the provider says by its finish reason that it failed. */
export function isFailure(value: unknown): boolean {
  return typeof value === "string" && FAILURES.has(value);
}
