import { asList, asRecord, asText, type JsonRecord } from "../json.ts";

/** What a simulated model looks at in a chat completion request. */
export interface ChatRequest {
  readonly model: string;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  /** The text of the last user turn; empty where there is none. */
  readonly prompt: string;
  /** The text of all system turns. */
  readonly instructions: string;
  /** The last turn, where it is a tool's. */
  readonly toolResult: string | undefined;
  /** The characters of all turns. */
  readonly inputCharacters: number;
  readonly tools: readonly ToolOffer[];
  readonly toolUse: "auto" | "none" | "required" | { readonly name: string };
  /** `text`, any JSON object, or JSON by a schema. */
  readonly format: "text" | "json" | { readonly schema: JsonRecord };
  /** Tokens; infinite where the request sets no limit. */
  readonly maxTokens: number;
  readonly stop: readonly string[];
  /** Everything that answers are drawn from. */
  readonly content: string;
}

/** A tool that a model may call. */
export interface ToolOffer {
  readonly name: string;
  readonly parameters: JsonRecord;
}

/** Reads a request; a sentence about what is wrong where it is none. */
export function parseChatRequest(body: unknown): ChatRequest | string {
  const request = asRecord(body);
  if (request === undefined) return "The body is not a JSON object.";
  const model = asText(request.model);
  if (model === undefined) return "'model' is missing.";
  if (!Array.isArray(request.messages) || request.messages.length === 0)
    return "'messages' is missing or empty.";
  let prompt = "";
  let instructions = "";
  let toolResult: string | undefined;
  let content = model;
  let inputCharacters = 0;
  for (const value of request.messages) {
    const message = asRecord(value);
    const role = message?.role;
    if (typeof role !== "string") return "A message has no 'role'.";
    const text = readText(message?.content);
    inputCharacters += text.length;
    content += `\n${role}:${text}`;
    toolResult = role === "tool" ? text : undefined;
    if (role === "user") prompt = text;
    if (role === "system" || role === "developer") instructions += text;
  }
  const limit = request.max_completion_tokens ?? request.max_tokens;
  return {
    model,
    stream: request.stream === true,
    includeUsage: asRecord(request.stream_options)?.include_usage === true,
    prompt,
    instructions,
    toolResult,
    inputCharacters,
    tools: asList(request.tools).flatMap(readTool),
    toolUse: readToolUse(request.tool_choice),
    format: readFormat(request.response_format),
    maxTokens: typeof limit === "number" && limit > 0 ? limit : Number.POSITIVE_INFINITY,
    stop: typeof request.stop === "string" ? [request.stop] : (asList(request.stop) as string[]),
    content,
  };
}

function readText(content: unknown): string {
  if (typeof content === "string") return content;
  let text = "";
  for (const part of asList(content)) {
    const record = asRecord(part);
    text += record?.type === "text" ? (asText(record.text) ?? "") : ` [${String(record?.type)}] `;
  }
  return text;
}

function readTool(value: unknown): ToolOffer[] {
  const tool = asRecord(asRecord(value)?.function);
  const name = asText(tool?.name);
  return name === undefined ? [] : [{ name, parameters: asRecord(tool?.parameters) ?? {} }];
}

function readToolUse(value: unknown): ChatRequest["toolUse"] {
  const name = asText(asRecord(asRecord(value)?.function)?.name);
  if (name !== undefined) return { name };
  return value === "none" || value === "required" ? value : "auto";
}

function readFormat(value: unknown): ChatRequest["format"] {
  const format = asRecord(value);
  if (format?.type === "json_object") return "json";
  if (format?.type !== "json_schema") return "text";
  return { schema: asRecord(asRecord(format.json_schema)?.schema) ?? {} };
}
