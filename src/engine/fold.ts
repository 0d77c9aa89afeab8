import { create } from "@bufbuild/protobuf";
import {
  type Part,
  PartSchema,
  ReasoningSchema,
  type ToolCall,
  ToolCallSchema,
} from "#gen/pointsman/v1/route_input_pb.ts";
import type { ProviderEvent } from "../provider/provider.ts";

/** Folds output events into the parts of a whole answer. */
export interface AnswerFold {
  add(event: ProviderEvent): void;
  /** Forgets all so far: another target begins anew. */
  clear(): void;
  /** The answer: reasoning first, then text, then tool calls. */
  parts(): Part[];
}

/** Makes an empty fold. */
export function createAnswerFold(): AnswerFold {
  let text = "";
  let reasoning = "";
  let reasoningToken = "";
  let calls: ToolCall[] = [];
  return {
    add(event) {
      switch (event.type) {
        case "text_delta":
          text += event.text;
          break;
        case "reasoning_delta":
          reasoning += event.text;
          if (event.providerToken) reasoningToken = event.providerToken;
          break;
        case "tool_call_delta": {
          let call = calls[event.index];
          if (!call) {
            call = create(ToolCallSchema);
            calls[event.index] = call;
          }
          call.callId ||= event.callId ?? "";
          call.name ||= event.name ?? "";
          call.providerToken ||= event.providerToken ?? "";
          call.argumentsJson += event.argumentsDelta;
          break;
        }
        default:
          break;
      }
    },
    clear() {
      text = "";
      reasoning = "";
      reasoningToken = "";
      calls = [];
    },
    parts() {
      const parts: Part[] = [];
      if (reasoning || reasoningToken) {
        const value = create(ReasoningSchema, { text: reasoning, providerToken: reasoningToken });
        parts.push(create(PartSchema, { content: { case: "reasoning", value } }));
      }
      if (text) parts.push(create(PartSchema, { content: { case: "text", value: text } }));
      for (const value of calls)
        if (value) parts.push(create(PartSchema, { content: { case: "toolCall", value } }));
      return parts;
    },
  };
}
