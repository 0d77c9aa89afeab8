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
  /**
   * The answer, in the order in which its pieces began. A provider's token ends a piece of thought: providers take thoughts
   * back only one by one, each with its own signature, and in their places.
   */
  parts(): Part[];
}

type Piece =
  | { readonly kind: "text"; text: string }
  | { readonly kind: "reasoning"; text: string; token: string }
  | { readonly kind: "call"; readonly call: ToolCall };

/** Makes an empty fold. */
export function createAnswerFold(): AnswerFold {
  let pieces: Piece[] = [];
  let text: (Piece & { kind: "text" }) | undefined;
  let thought: (Piece & { kind: "reasoning" }) | undefined;
  let calls: (ToolCall | undefined)[] = [];

  const addText = (more: string): void => {
    if (!text) {
      text = { kind: "text", text: "" };
      pieces.push(text);
    }
    text.text += more;
  };
  const addThought = (more: string, token: string | undefined): void => {
    // A token that comes after something else is not that of an earlier thought.
    if (!thought || (token && pieces.at(-1) !== thought)) {
      thought = { kind: "reasoning", text: "", token: "" };
      pieces.push(thought);
    }
    thought.text += more;
    if (!token) return;
    thought.token = token;
    thought = undefined;
    text = undefined;
  };
  const addCall = (event: ProviderEvent & { type: "tool_call_delta" }): void => {
    let call = calls[event.index];
    if (!call) {
      call = create(ToolCallSchema);
      calls[event.index] = call;
      pieces.push({ kind: "call", call });
    }
    call.callId ||= event.callId ?? "";
    call.name ||= event.name ?? "";
    call.providerToken ||= event.providerToken ?? "";
    call.argumentsJson += event.argumentsDelta;
  };

  return {
    add(event) {
      if (event.type === "text_delta") addText(event.text);
      else if (event.type === "reasoning_delta") addThought(event.text, event.providerToken);
      else if (event.type === "tool_call_delta") addCall(event);
    },
    clear() {
      pieces = [];
      text = undefined;
      thought = undefined;
      calls = [];
    },
    parts: () => pieces.flatMap(partsOf),
  };
}

function partsOf(piece: Piece): Part[] {
  switch (piece.kind) {
    case "text":
      return piece.text ? [create(PartSchema, { content: { case: "text", value: piece.text } })] : [];
    case "reasoning": {
      if (!piece.text && !piece.token) return [];
      const value = create(ReasoningSchema, { text: piece.text, providerToken: piece.token });
      return [create(PartSchema, { content: { case: "reasoning", value } })];
    }
    case "call":
      return [create(PartSchema, { content: { case: "toolCall", value: piece.call } })];
  }
}
