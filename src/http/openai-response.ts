import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type Completion,
  CompletionState,
  FinishReason,
  type Usage,
} from "#gen/pointsman/v1/completion_pb.ts";
import type { Decision } from "#gen/pointsman/v1/decision_pb.ts";
import type { RouteResponse } from "#gen/pointsman/v1/route_service_pb.ts";
import type { StreamRouteResponse } from "#gen/pointsman/v1/stream_service_pb.ts";

/** A whole answer in the OpenAI format. A refusal is an answer whose message says why. */
export function chatCompletion({ decision, completion }: RouteResponse): object {
  const parts = completion?.parts ?? [];
  const text = parts.map(({ content }) => (content.case === "text" ? content.value : "")).join("");
  const calls = parts.flatMap(({ content }) =>
    content.case === "toolCall"
      ? [
          {
            id: content.value.callId,
            type: "function",
            function: { name: content.value.name, arguments: content.value.argumentsJson },
          },
        ]
      : [],
  );
  const refused = completion?.state === CompletionState.REFUSED;
  return {
    ...head(decision, completion?.targetId ?? "", "chat.completion"),
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: text || (calls.length > 0 || refused ? null : ""),
          refusal: refused ? completion.message : null,
          ...(calls.length > 0 && { tool_calls: calls }),
        },
        finish_reason: finishReason(completion),
      },
    ],
    usage: usageOf(completion?.usage),
  };
}

/** Turns the events of a stream into chunks of the OpenAI format, one at a time. */
export function createChunks(includeUsage: boolean): (event: StreamRouteResponse["event"]) => object[] {
  let decision: Decision | undefined;
  let target = "";
  const chunk = (delta: object, reason: string | null = null): object => ({
    ...head(decision, target, "chat.completion.chunk"),
    choices: [{ index: 0, delta, finish_reason: reason }],
  });
  return (event) => {
    switch (event.case) {
      case "decided":
        decision = event.value.decision;
        return [chunk({ role: "assistant", content: "" })];
      case "attemptStarted":
        target = event.value.targetId;
        return [];
      case "textDelta":
        return [chunk({ content: event.value.text })];
      case "reasoningDelta":
        return [chunk({ reasoning_content: event.value.text })];
      case "toolCallDelta": {
        const { index, callId, name, argumentsDelta } = event.value;
        const opening = callId ? { id: callId, type: "function" } : {};
        return [
          chunk({
            tool_calls: [
              { index, ...opening, function: { ...(name && { name }), arguments: argumentsDelta } },
            ],
          }),
        ];
      }
      case "finished": {
        const { completion } = event.value;
        const refused = completion?.state === CompletionState.REFUSED;
        const chunks = [
          ...(refused ? [chunk({ refusal: completion.message })] : []),
          chunk({}, finishReason(completion)),
        ];
        if (includeUsage)
          chunks.push({
            ...head(decision, target, "chat.completion.chunk"),
            choices: [],
            usage: usageOf(completion?.usage),
          });
        return chunks;
      }
      default:
        return [];
    }
  };
}

/** The decision's id is the answer's id: by it anybody finds the record. */
function head(decision: Decision | undefined, targetId: string, object: string): object {
  const created = decision?.createTime ? Math.floor(timestampMs(decision.createTime) / 1000) : 0;
  return { id: decision?.id ?? "", object, created, model: targetId || "none" };
}

function finishReason(completion: Completion | undefined): string {
  if (completion?.state === CompletionState.REFUSED) return "content_filter";
  switch (completion?.finishReason) {
    case FinishReason.TOOL_CALLS:
      return "tool_calls";
    case FinishReason.LENGTH:
    case FinishReason.INTERRUPTED:
      return "length";
    default:
      return "stop";
  }
}

function usageOf(usage: Usage | undefined): object {
  const { inputTokens = 0, outputTokens = 0, cachedInputTokens = 0, reasoningTokens = 0 } = usage ?? {};
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens,
    total_tokens: inputTokens + outputTokens,
    prompt_tokens_details: { cached_tokens: cachedInputTokens },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
  };
}
