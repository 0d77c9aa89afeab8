import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";

const REASONS: ReadonlyMap<unknown, FinishReason> = new Map([
  ["end_turn", FinishReason.STOP],
  ["stop_sequence", FinishReason.STOP],
  ["max_tokens", FinishReason.LENGTH],
  ["model_context_window_exceeded", FinishReason.LENGTH],
  ["tool_use", FinishReason.TOOL_CALLS],
  ["refusal", FinishReason.CONTENT_FILTER],
]);

/**
 * Why the model stopped.
 * @param hasToolCalls whether the caller has tools to run: the tool that carries a JSON answer is none of them.
 */
export function mapFinishReason(value: unknown, hasToolCalls: boolean): FinishReason {
  const reason = REASONS.get(value) ?? FinishReason.UNSPECIFIED;
  return reason === FinishReason.TOOL_CALLS && !hasToolCalls ? FinishReason.STOP : reason;
}
