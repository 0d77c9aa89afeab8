import {
  type Media,
  type Part,
  Role,
  type RouteInput,
  type ToolCall,
  type ToolResult,
} from "#gen/pointsman/v1/route_input_pb.ts";
import { base64, onlyText, toolNameOf } from "../conversation.ts";
import { unsupported } from "../http-errors.ts";
import { asRecord, parseJson } from "../json.ts";
import { readToken } from "../provider-token.ts";

/** A conversation in Gemini's form: system apart, users and models taking turns. */
export interface Contents {
  readonly system: unknown[];
  readonly contents: { readonly role: "user" | "model"; readonly parts: unknown[] }[];
}

/**
 * What Google documents for calls that another model made: Gemini 3 demands a signature of each call, and takes this
 * in place of one that never was.
 */
const SKIP_SIGNATURE = "skip_thought_signature_validator";

/** The conversation as Gemini contents; turns in a row that fall to the same role become one. */
export function encodeContents(input: RouteInput, model: string): Contents {
  const result: Contents = { system: [], contents: [] };
  for (const turn of input.turns) {
    if (turn.role === Role.SYSTEM) {
      const text = onlyText(turn.parts);
      if (text === undefined) throw unsupported("Gemini", "anything but text in a system turn");
      result.system.push({ text });
      continue;
    }
    const role = turn.role === Role.ASSISTANT ? "model" : "user";
    const parts = turn.parts.flatMap((part) => encodePart(part, turn.role, input, model));
    const last = result.contents.at(-1);
    if (last?.role === role) last.parts.push(...parts);
    else if (parts.length > 0) result.contents.push({ role, parts });
  }
  return result;
}

function encodePart({ content }: Part, role: Role, input: RouteInput, model: string): unknown[] {
  switch (content.case) {
    case "text":
      return content.value === "" ? [] : [{ text: content.value }];
    case "media":
      if (role !== Role.USER) break;
      return [encodeMedia(content.value)];
    case "toolCall":
      return [encodeToolCall(content.value, model)];
    case "toolResult":
      return [encodeToolResult(content.value, input)];
    case "reasoning": {
      const signature = readToken("gemini", content.value.providerToken);
      if (signature === undefined) return [];
      const { text } = content.value;
      return [{ text, ...(text === "" ? {} : { thought: true }), thoughtSignature: signature }];
    }
    default:
      break;
  }
  throw unsupported("Gemini", `a ${content.case ?? "part without content"} in such a turn`);
}

function encodeMedia({ mediaType, source }: Media): unknown {
  if (source.case === undefined) throw unsupported("Gemini", "media without bytes or address");
  return source.case === "url"
    ? { fileData: { mimeType: mediaType, fileUri: source.value } }
    : { inlineData: { mimeType: mediaType, data: base64(source.value) } };
}

function encodeToolCall({ name, argumentsJson, providerToken }: ToolCall, model: string): unknown {
  const args = asRecord(parseJson(argumentsJson === "" ? "{}" : argumentsJson));
  if (args === undefined)
    throw unsupported("Gemini", `arguments of the tool ${name} that are no JSON object`);
  const signature =
    readToken("gemini", providerToken) ?? (/gemini-[3-9]/.test(model) ? SKIP_SIGNATURE : undefined);
  return {
    functionCall: { name, args },
    ...(signature === undefined ? {} : { thoughtSignature: signature }),
  };
}

function encodeToolResult(result: ToolResult, input: RouteInput): unknown {
  const name = toolNameOf(input, result);
  if (name === undefined)
    throw unsupported("Gemini", "the result of a tool that was never called and has no name");
  const value = parseJson(result.content) ?? result.content;
  return { functionResponse: { name, response: result.failed ? { error: value } : { result: value } } };
}
