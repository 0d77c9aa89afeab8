import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";

const REASONS: ReadonlyMap<unknown, FinishReason> = new Map([
  ["STOP", FinishReason.STOP],
  ["MAX_TOKENS", FinishReason.LENGTH],
  ["SAFETY", FinishReason.CONTENT_FILTER],
  ["RECITATION", FinishReason.CONTENT_FILTER],
  ["LANGUAGE", FinishReason.CONTENT_FILTER],
  ["BLOCKLIST", FinishReason.CONTENT_FILTER],
  ["PROHIBITED_CONTENT", FinishReason.CONTENT_FILTER],
  ["SPII", FinishReason.CONTENT_FILTER],
  ["IMAGE_SAFETY", FinishReason.CONTENT_FILTER],
]);

/** Reasons that mean that the model's own output was of no use. */
const FAILURES: ReadonlySet<unknown> = new Set([
  "MALFORMED_FUNCTION_CALL",
  "UNEXPECTED_TOOL_CALL",
  "TOO_MANY_TOOL_CALLS",
  "MISSING_THOUGHT_SIGNATURE",
]);

/** Why the model stopped. There is no reason of its own for tool calls. */
export function mapFinishReason(value: unknown, hasToolCalls: boolean): FinishReason {
  const reason = REASONS.get(value) ?? FinishReason.UNSPECIFIED;
  return reason === FinishReason.STOP && hasToolCalls ? FinishReason.TOOL_CALLS : reason;
}

/** Whether a finish reason is there at all: Gemini may name the enum's zero. */
export function isFinishReason(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value !== "FINISH_REASON_UNSPECIFIED";
}

/** Whether the provider says by its finish reason that it failed. */
export function isFailure(value: unknown): boolean {
  return FAILURES.has(value);
}
