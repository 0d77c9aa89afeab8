import type { GenerationOptions, ResponseFormat, Tool } from "#gen/pointsman/v1/route_input_pb.ts";
import { readToolUse } from "../conversation.ts";
import type { DialectRequest } from "../dialect.ts";
import type { ProviderCall } from "../provider.ts";
import { encodeContents } from "./contents.ts";
import { toGeminiSchema } from "./schema.ts";

/**
 * A call in the words of Gemini's generateContent.
 * @throws ProviderError INVALID_REQUEST for what the format has no words for.
 */
export function encodeRequest(call: ProviderCall): DialectRequest {
  const { input, target } = call;
  const { system, contents } = encodeContents(input, target.model);
  const body: Record<string, unknown> = { contents };
  if (system.length > 0) body.systemInstruction = { parts: system };
  encodeTools(body, input.tools, input.options);
  const config = encodeConfig(input.options, input.responseFormat);
  if (Object.keys(config).length > 0) body.generationConfig = config;
  const model = target.model.includes("/") ? target.model : `models/${target.model}`;
  const method = call.streaming ? "streamGenerateContent?alt=sse" : "generateContent";
  return {
    path: `/${model.split("/").map(encodeURIComponent).join("/")}:${method}`,
    body: JSON.stringify(body),
  };
}

function encodeConfig(
  options: GenerationOptions | undefined,
  format: ResponseFormat | undefined,
): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  if (options?.maxOutputTokens !== undefined) config.maxOutputTokens = options.maxOutputTokens;
  if (options?.temperature !== undefined) config.temperature = options.temperature;
  if (options?.topP !== undefined) config.topP = options.topP;
  if (options?.seed !== undefined) config.seed = options.seed;
  if (options !== undefined && options.stopSequences.length > 0) config.stopSequences = options.stopSequences;
  if (format?.format.case === "json") {
    config.responseMimeType = "application/json";
    const { schema } = format.format.value;
    if (schema !== undefined) config.responseSchema = toGeminiSchema(schema);
  }
  return config;
}

function encodeTools(
  body: Record<string, unknown>,
  tools: readonly Tool[],
  options: GenerationOptions | undefined,
): void {
  if (tools.length === 0) return;
  const declarations = tools.map((tool) => {
    const parameters = tool.parametersSchema === undefined ? {} : toGeminiSchema(tool.parametersSchema);
    // A tool that takes nothing has no parameters at all there: an object without properties is an error.
    const takesAny = Object.keys((parameters.properties as object | undefined) ?? {}).length > 0;
    return {
      name: tool.name,
      ...(tool.description === "" ? {} : { description: tool.description }),
      ...(takesAny ? { parameters } : {}),
    };
  });
  body.tools = [{ functionDeclarations: declarations }];
  const use = readToolUse(options?.toolChoice);
  if (use.type === "auto") return;
  const functionCallingConfig =
    use.type === "none"
      ? { mode: "NONE" }
      : { mode: "ANY", ...(use.type === "named" ? { allowedFunctionNames: [use.name] } : {}) };
  body.toolConfig = { functionCallingConfig };
}
