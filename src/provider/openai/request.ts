import type { JsonObject } from "@bufbuild/protobuf";
import type { GenerationOptions, ResponseFormat, Tool } from "#gen/pointsman/v1/route_input_pb.ts";
import { readToolUse } from "../conversation.ts";
import type { DialectRequest } from "../dialect.ts";
import { unsupported } from "../http-errors.ts";
import type { ProviderCall } from "../provider.ts";
import type { OpenAiFlavour } from "./flavour.ts";
import { encodeMessages } from "./messages.ts";
import { isStrictSchema } from "./strict-schema.ts";

/**
 * A call in the words of OpenAI's chat completions.
 * @throws ProviderError INVALID_REQUEST for what the format has no words for.
 */
export function encodeRequest(call: ProviderCall, flavour: OpenAiFlavour): DialectRequest {
  const { input, target } = call;
  const body: Record<string, unknown> = {
    model: target.model,
    messages: encodeMessages(input, flavour),
  };
  if (call.streaming) {
    body.stream = true;
    if (flavour.asksForStreamUsage) body.stream_options = { include_usage: true };
  }
  encodeOptions(body, input.options, flavour);
  encodeTools(body, input.tools, input.options);
  encodeFormat(body, input.responseFormat, flavour);
  const path = flavour.modelInPath
    ? `/openai/deployments/${encodeURIComponent(target.model)}/chat/completions`
    : "/chat/completions";
  return { path, body: JSON.stringify(body) };
}

function encodeOptions(
  body: Record<string, unknown>,
  options: GenerationOptions | undefined,
  flavour: OpenAiFlavour,
): void {
  if (options === undefined) return;
  if (options.maxOutputTokens !== undefined) body[flavour.maxTokensField] = options.maxOutputTokens;
  if (options.temperature !== undefined) body.temperature = options.temperature;
  if (options.topP !== undefined) body.top_p = options.topP;
  if (options.stopSequences.length > 0) body.stop = options.stopSequences;
  if (options.seed !== undefined && flavour.seedField !== undefined) body[flavour.seedField] = options.seed;
}

const NO_ARGUMENTS: JsonObject = { type: "object", properties: {} };

function encodeTools(
  body: Record<string, unknown>,
  tools: readonly Tool[],
  options: GenerationOptions | undefined,
): void {
  if (tools.length === 0) return;
  body.tools = tools.map((tool) => ({
    type: "function",
    function: {
      name: tool.name,
      ...(tool.description === "" ? {} : { description: tool.description }),
      parameters: tool.parametersSchema ?? NO_ARGUMENTS,
    },
  }));
  const use = readToolUse(options?.toolChoice);
  if (use.type === "auto") return;
  body.tool_choice = use.type === "named" ? { type: "function", function: { name: use.name } } : use.type;
}

function encodeFormat(
  body: Record<string, unknown>,
  format: ResponseFormat | undefined,
  flavour: OpenAiFlavour,
): void {
  if (format?.format.case !== "json") return;
  const { name, schema } = format.format.value;
  if (schema === undefined) {
    body.response_format = { type: "json_object" };
    return;
  }
  if (!flavour.jsonSchema) throw unsupported(flavour.name, "an answer that follows a JSON schema");
  body.response_format = {
    type: "json_schema",
    json_schema: { name: name === "" ? "answer" : name, schema, strict: isStrictSchema(schema) },
  };
}
