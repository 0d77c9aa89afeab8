import type { JsonObject } from "@bufbuild/protobuf";
import { type Media, type Part, Role, type RouteInput, type Turn } from "#gen/pointsman/v1/route_input_pb.ts";
import type { AiSdkMessage, AiSdkMetadata, AiSdkOptions, AiSdkPart } from "./ai-sdk-model.ts";
import { onlyText, readToolUse, toolNameOf } from "./conversation.ts";
import { unsupported } from "./http-errors.ts";
import { asRecord, parseJson } from "./json.ts";
import { readToken } from "./provider-token.ts";

const NO_ARGUMENTS: JsonObject = { type: "object", properties: {} };

/**
 * A request in the AI SDK's words.
 * @param version the model's version of the interface: "v2", "v3" or "v4".
 * @throws ProviderError INVALID_REQUEST for what it has no words for.
 */
export function encodeAiSdkOptions(input: RouteInput, version: string, signal: AbortSignal): AiSdkOptions {
  const { options, responseFormat, tools } = input;
  const use = readToolUse(options?.toolChoice);
  const json = responseFormat?.format.case === "json" ? responseFormat.format.value : undefined;
  return {
    prompt: input.turns.map((turn) => encodeTurn(turn, input, version)),
    ...(options?.maxOutputTokens === undefined ? {} : { maxOutputTokens: options.maxOutputTokens }),
    ...(options?.temperature === undefined ? {} : { temperature: options.temperature }),
    ...(options?.topP === undefined ? {} : { topP: options.topP }),
    ...(options?.seed === undefined ? {} : { seed: options.seed }),
    ...(options === undefined || options.stopSequences.length === 0
      ? {}
      : { stopSequences: options.stopSequences }),
    ...(json === undefined ? {} : { responseFormat: encodeFormat(json.name, json.schema) }),
    ...(tools.length === 0
      ? {}
      : {
          tools: tools.map((tool) => ({
            type: "function" as const,
            name: tool.name,
            ...(tool.description === "" ? {} : { description: tool.description }),
            inputSchema: tool.parametersSchema ?? NO_ARGUMENTS,
          })),
          toolChoice:
            use.type === "named" ? { type: "tool" as const, toolName: use.name } : { type: use.type },
        }),
    abortSignal: signal,
  };
}

function encodeFormat(
  name: string,
  schema: JsonObject | undefined,
): NonNullable<AiSdkOptions["responseFormat"]> {
  return { type: "json", ...(schema === undefined ? {} : { schema, name: name === "" ? "answer" : name }) };
}

function encodeTurn(turn: Turn, input: RouteInput, version: string): AiSdkMessage {
  if (turn.role === Role.SYSTEM) {
    const text = onlyText(turn.parts);
    if (text === undefined) throw unsupported("AI SDK", "anything but text in a system turn");
    return { role: "system", content: text };
  }
  const role = turn.role === Role.ASSISTANT ? "assistant" : turn.role === Role.TOOL ? "tool" : "user";
  return { role, content: turn.parts.flatMap((part) => encodePart(part, input, version)) };
}

function encodePart({ content }: Part, input: RouteInput, version: string): AiSdkPart[] {
  switch (content.case) {
    case "text":
      return [{ type: "text", text: content.value }];
    case "media":
      return [encodeMedia(content.value, version)];
    case "toolCall": {
      const { callId, name, argumentsJson, providerToken } = content.value;
      const value = parseJson(argumentsJson === "" ? "{}" : argumentsJson);
      if (value === undefined) throw unsupported("AI SDK", `arguments of the tool ${name} that are not JSON`);
      const options = readMetadata(providerToken);
      return [{ type: "tool-call", toolCallId: callId, toolName: name, input: value, ...options }];
    }
    case "toolResult": {
      const { callId, content: value, failed } = content.value;
      const toolName = toolNameOf(input, content.value);
      if (toolName === undefined) {
        throw unsupported("AI SDK", "the result of a tool that was never called and has no name");
      }
      const output = { type: failed ? ("error-text" as const) : ("text" as const), value };
      return [{ type: "tool-result", toolCallId: callId, toolName, output }];
    }
    case "reasoning": {
      // As with the other dialects: thoughts go back only with the token that their provider gave them.
      const options = readMetadata(content.value.providerToken);
      return options === undefined ? [] : [{ type: "reasoning", text: content.value.text, ...options }];
    }
    default:
      throw unsupported("AI SDK", "a part without content");
  }
}

function encodeMedia({ mediaType, source }: Media, version: string): AiSdkPart {
  if (source.case === undefined) throw unsupported("AI SDK", "media without bytes or address");
  const tagged = version !== "v2" && version !== "v3";
  if (source.case === "data") {
    return { type: "file", mediaType, data: tagged ? { type: "data", data: source.value } : source.value };
  }
  const url = new URL(source.value);
  return { type: "file", mediaType, data: tagged ? { type: "url", url } : url };
}

function readMetadata(token: string): { providerOptions: AiSdkMetadata } | undefined {
  const text = readToken("ai-sdk", token);
  const metadata = text === undefined ? undefined : asRecord(parseJson(text));
  return metadata === undefined ? undefined : { providerOptions: metadata as AiSdkMetadata };
}
