import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import type { Part } from "#gen/pointsman/v1/route_input_pb.ts";
import type { ProviderEvent } from "../provider/provider.ts";

/** A whole answer as the output events that would have made it, `finished` included. */
export function partsAsOutput(parts: readonly Part[]): ProviderEvent[] {
  const events: ProviderEvent[] = [];
  let index = 0;
  for (const { content } of parts) {
    if (content.case === "text") events.push({ type: "text_delta", text: content.value });
    else if (content.case === "reasoning") events.push({ type: "reasoning_delta", ...content.value });
    else if (content.case === "toolCall") {
      const { callId, name, argumentsJson, providerToken } = content.value;
      events.push({
        type: "tool_call_delta",
        index: index++,
        callId,
        name,
        argumentsDelta: argumentsJson,
        providerToken,
      });
    }
  }
  events.push({ type: "finished", reason: FinishReason.STOP });
  return events;
}
