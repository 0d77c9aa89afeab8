import {
  type Media,
  type Part,
  Role,
  type RouteInput,
  type ToolResult,
} from "#gen/pointsman/v1/route_input_pb.ts";
import { base64, onlyText } from "../conversation.ts";
import { unsupported } from "../http-errors.ts";
import { parseJson } from "../json.ts";
import { readToken } from "../provider-token.ts";

/** A content block; only what is written to it here. */
export type Block = Record<string, unknown>;

/** A conversation in Anthropic's form: system apart, users and assistants taking turns. */
export interface Conversation {
  readonly system: Block[];
  readonly messages: { readonly role: "user" | "assistant"; readonly content: Block[] }[];
}

/** How a thought that came encrypted is told from a signed one. */
export const REDACTED = "anthropic-redacted";

/** The conversation as Anthropic messages; turns in a row that fall to the same role become one. */
export function encodeConversation(input: RouteInput): Conversation {
  const conversation: Conversation = { system: [], messages: [] };
  for (const turn of input.turns) {
    if (turn.role === Role.SYSTEM) {
      const text = onlyText(turn.parts);
      if (text === undefined) throw unsupported("Anthropic", "anything but text in a system turn");
      if (text !== "") conversation.system.push({ type: "text", text });
      continue;
    }
    const role = turn.role === Role.ASSISTANT ? "assistant" : "user";
    const blocks = turn.parts.flatMap((part) => encodePart(part, turn.role));
    const last = conversation.messages.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else if (blocks.length > 0) conversation.messages.push({ role, content: blocks });
  }
  return conversation;
}

function encodePart({ content }: Part, role: Role): Block[] {
  switch (content.case) {
    case "text":
      // Empty text blocks are an error there, and say nothing.
      return content.value === "" ? [] : [{ type: "text", text: content.value }];
    case "media":
      if (role !== Role.USER) break;
      return [encodeMedia(content.value)];
    case "toolCall": {
      const { callId, name, argumentsJson } = content.value;
      const input = parseJson(argumentsJson === "" ? "{}" : argumentsJson);
      if (input === undefined)
        throw unsupported("Anthropic", `arguments of the tool ${name} that are not JSON`);
      return [{ type: "tool_use", id: callId, name, input }];
    }
    case "toolResult":
      return [encodeToolResult(content.value)];
    case "reasoning":
      return encodeReasoning(content.value.text, content.value.providerToken);
    default:
      break;
  }
  throw unsupported("Anthropic", `a ${content.case ?? "part without content"} in such a turn`);
}

function encodeToolResult({ callId, content, failed }: ToolResult): Block {
  return { type: "tool_result", tool_use_id: callId, content, ...(failed ? { is_error: true } : {}) };
}

/** Thoughts go back only with the signature that Anthropic gave them; others it refuses, and they were not said. */
function encodeReasoning(text: string, token: string): Block[] {
  const redacted = readToken(REDACTED, token);
  if (redacted !== undefined) return [{ type: "redacted_thinking", data: redacted }];
  const signature = readToken("anthropic", token);
  return signature === undefined ? [] : [{ type: "thinking", thinking: text, signature }];
}

const IMAGES: ReadonlySet<string> = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

function encodeMedia({ mediaType, source }: Media): Block {
  const type = mediaType.toLowerCase();
  if (source.case === undefined) throw unsupported("Anthropic", "media without bytes or address");
  if (IMAGES.has(type) || type === "application/pdf") {
    return {
      type: type === "application/pdf" ? "document" : "image",
      source:
        source.case === "url"
          ? { type: "url", url: source.value }
          : { type: "base64", media_type: type, data: base64(source.value) },
    };
  }
  if (type === "text/plain" && source.case === "data") {
    const text = new TextDecoder().decode(source.value);
    return { type: "document", source: { type: "text", media_type: "text/plain", data: text } };
  }
  throw unsupported("Anthropic", `media of type ${type}${source.case === "url" ? " by address" : ""}`);
}
