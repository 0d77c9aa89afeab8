import type { GenerationOptions, Tool } from "#gen/pointsman/v1/route_input_pb.ts";
import { readToolUse } from "../conversation.ts";
import type { DialectRequest } from "../dialect.ts";
import { unsupported } from "../http-errors.ts";
import type { ProviderCall } from "../provider.ts";
import { createJsonTool, type JsonTool } from "./json-tool.ts";
import { type Block, encodeConversation } from "./messages.ts";

/**
 * A call in the words of Anthropic's Messages. A seed is left out: sampling cannot be made repeatable there.
 * @param defaultMaxTokens the output limit where neither call nor target has one: the format demands one.
 * @throws ProviderError INVALID_REQUEST for what the format has no words for.
 */
export function encodeRequest(call: ProviderCall, defaultMaxTokens: number): DialectRequest {
  const { input, target } = call;
  const { system, messages } = encodeConversation(input);
  const jsonTool = createJsonTool(input);
  if (call.cachePrefix) {
    // Two marks: one behind tools and system, which conversations share, one behind the conversation so far.
    markCacheable(system.at(-1));
    markCacheable(messages.at(-1)?.content.at(-1));
  }
  const limit = input.options?.maxOutputTokens ?? (target.maxOutputTokens || defaultMaxTokens);
  const body: Record<string, unknown> = {
    model: target.model,
    max_tokens: limit,
    ...(system.length > 0 ? { system } : {}),
    messages,
    ...(call.streaming ? { stream: true } : {}),
  };
  encodeOptions(body, input.options);
  encodeTools(body, input.tools, input.options, jsonTool);
  return { path: "/messages", body: JSON.stringify(body) };
}

function markCacheable(block: Block | undefined): void {
  if (block !== undefined) block.cache_control = { type: "ephemeral" };
}

function encodeOptions(body: Record<string, unknown>, options: GenerationOptions | undefined): void {
  if (options === undefined) return;
  if (options.temperature !== undefined) {
    if (options.temperature > 1) throw unsupported("Anthropic", "a temperature above 1");
    body.temperature = options.temperature;
  }
  if (options.topP !== undefined) body.top_p = options.topP;
  if (options.stopSequences.length > 0) body.stop_sequences = options.stopSequences;
}

function encodeTools(
  body: Record<string, unknown>,
  tools: readonly Tool[],
  options: GenerationOptions | undefined,
  jsonTool: JsonTool | undefined,
): void {
  const use = readToolUse(options?.toolChoice);
  // Where no tool may be called and JSON is wanted, only the tool that answers in JSON is offered.
  const offered = jsonTool !== undefined && use.type === "none" ? [] : tools;
  const encoded: unknown[] = offered.map((tool) => ({
    name: tool.name,
    ...(tool.description === "" ? {} : { description: tool.description }),
    input_schema: { type: "object", ...tool.parametersSchema },
  }));
  if (jsonTool !== undefined) {
    encoded.push({
      name: jsonTool.name,
      description: "Give the answer, in JSON, by calling this tool.",
      input_schema: jsonTool.schema,
    });
  }
  if (encoded.length === 0) return;
  body.tools = encoded;
  if (use.type === "named") body.tool_choice = { type: "tool", name: use.name };
  else if (jsonTool !== undefined) {
    body.tool_choice = offered.length === 0 ? { type: "tool", name: jsonTool.name } : { type: "any" };
  } else if (use.type === "required") body.tool_choice = { type: "any" };
  else if (use.type === "none") body.tool_choice = { type: "none" };
}
