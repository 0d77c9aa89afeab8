import { type Media, type Part, Role, type RouteInput, type Turn } from "#gen/pointsman/v1/route_input_pb.ts";
import { base64, dataUrl, onlyText } from "../conversation.ts";
import { unsupported } from "../http-errors.ts";
import type { OpenAiFlavour } from "./flavour.ts";

/**
 * The conversation as OpenAI messages. Thoughts of earlier turns have no place in the format and are left out, but for
 * a flavour that wants them back with its tool calls: they are not part of what was said.
 */
export function encodeMessages(input: RouteInput, flavour: OpenAiFlavour): unknown[] {
  const messages: unknown[] = [];
  for (const turn of input.turns) {
    switch (turn.role) {
      case Role.SYSTEM:
        messages.push({ role: "system", content: requireText(turn, "system", flavour) });
        break;
      case Role.USER:
        messages.push({ role: "user", content: onlyText(turn.parts) ?? encodeParts(turn.parts, flavour) });
        break;
      case Role.ASSISTANT:
        messages.push(encodeAssistant(turn, flavour));
        break;
      case Role.TOOL:
        encodeToolTurn(turn, flavour, messages);
        break;
      default:
        throw unsupported(flavour.name, "a turn without a role");
    }
  }
  return messages;
}

function requireText(turn: Turn, role: string, flavour: OpenAiFlavour): string {
  const text = onlyText(turn.parts);
  if (text === undefined) throw unsupported(flavour.name, `anything but text in a ${role} turn`);
  return text;
}

function encodeParts(parts: readonly Part[], flavour: OpenAiFlavour): unknown[] {
  return parts.map((part) => {
    const { content } = part;
    if (content.case === "text") return { type: "text", text: content.value };
    if (content.case === "media") return encodeMedia(content.value, flavour);
    throw unsupported(flavour.name, `a ${content.case ?? "part without content"} in a user turn`);
  });
}

function encodeMedia(media: Media, flavour: OpenAiFlavour): unknown {
  const type = media.mediaType.toLowerCase();
  const { source } = media;
  if (source.case === undefined) throw unsupported(flavour.name, "media without bytes or address");
  if (type.startsWith("image/")) {
    const url = source.case === "url" ? source.value : dataUrl(type, source.value);
    return { type: "image_url", image_url: { url } };
  }
  if (source.case === "url") throw unsupported(flavour.name, `${type} by address`);
  const audio = AUDIO_FORMATS.get(type);
  if (audio !== undefined) {
    return { type: "input_audio", input_audio: { data: base64(source.value), format: audio } };
  }
  if (type === "application/pdf" && flavour.documents) {
    return { type: "file", file: { filename: "document.pdf", file_data: dataUrl(type, source.value) } };
  }
  throw unsupported(flavour.name, `media of type ${type}`);
}

const AUDIO_FORMATS: ReadonlyMap<string, string> = new Map([
  ["audio/wav", "wav"],
  ["audio/x-wav", "wav"],
  ["audio/mpeg", "mp3"],
  ["audio/mp3", "mp3"],
]);

function encodeAssistant(turn: Turn, flavour: OpenAiFlavour): unknown {
  let text: string | undefined;
  let reasoning: string | undefined;
  const toolCalls: unknown[] = [];
  for (const { content } of turn.parts) {
    switch (content.case) {
      case "text":
        text = text === undefined ? content.value : `${text}\n${content.value}`;
        break;
      case "toolCall":
        toolCalls.push({
          id: content.value.callId,
          type: "function",
          function: { name: content.value.name, arguments: content.value.argumentsJson || "{}" },
        });
        break;
      case "reasoning":
        reasoning = (reasoning ?? "") + content.value.text;
        break;
      default:
        throw unsupported(flavour.name, `a ${content.case ?? "part without content"} in an assistant turn`);
    }
  }
  return {
    role: "assistant",
    content: text ?? (toolCalls.length > 0 ? null : ""),
    ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}),
    ...(flavour.returnsReasoning && reasoning !== undefined && toolCalls.length > 0
      ? { reasoning_content: reasoning }
      : {}),
  };
}

function encodeToolTurn(turn: Turn, flavour: OpenAiFlavour, messages: unknown[]): void {
  for (const { content } of turn.parts) {
    if (content.case !== "toolResult") {
      throw unsupported(flavour.name, `a ${content.case ?? "part without content"} in a tool turn`);
    }
    const { callId, content: text, failed } = content.value;
    // The format has no mark for a failed tool: the model is told in words.
    messages.push({
      role: "tool",
      tool_call_id: callId,
      content: failed ? `The tool failed: ${text}` : text,
    });
  }
}
