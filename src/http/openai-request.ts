import { create, type JsonObject } from "@bufbuild/protobuf";
import { z } from "zod";
import {
  GenerationOptionsSchema,
  JsonFormatSchema,
  MediaSchema,
  type Part,
  PartSchema,
  ResponseFormatSchema,
  Role,
  type RouteInput,
  RouteInputSchema,
  ToolCallSchema,
  ToolChoice_Mode,
  ToolChoiceSchema,
  ToolResultSchema,
  ToolSchema,
  type Turn,
  TurnSchema,
} from "#gen/pointsman/v1/route_input_pb.ts";

const textPart = z.object({ type: z.literal("text"), text: z.string() });
const imagePart = z.object({ type: z.literal("image_url"), image_url: z.object({ url: z.string() }) });
const toolCall = z.object({
  id: z.string(),
  type: z.literal("function").optional(),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

const message = z.object({
  role: z.enum(["system", "developer", "user", "assistant", "tool"]),
  content: z.union([z.string(), z.array(z.union([textPart, imagePart]))]).nullish(),
  tool_calls: z.array(toolCall).nullish(),
  tool_call_id: z.string().nullish(),
});

const jsonObject = z.record(z.string(), z.unknown());

/** A chat completion request in the OpenAI format, as far as it has a counterpart here; other members are mistakes. */
const chatRequest = z.strictObject({
  model: z.string().min(1).max(256),
  messages: z.array(message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.int().positive().nullish(),
  max_completion_tokens: z.int().positive().nullish(),
  temperature: z.number().nullish(),
  top_p: z.number().nullish(),
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  seed: z.int().nonnegative().nullish(),
  n: z.literal(1).nullish(),
  user: z.string().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  tools: z
    .array(
      z.object({
        type: z.literal("function"),
        function: z.object({
          name: z.string(),
          description: z.string().nullish(),
          parameters: jsonObject.nullish(),
        }),
      }),
    )
    .nullish(),
  tool_choice: z
    .union([
      z.enum(["auto", "none", "required"]),
      z.object({ type: z.literal("function"), function: z.object({ name: z.string() }) }),
    ])
    .nullish(),
  response_format: z
    .union([
      z.object({ type: z.enum(["text", "json_object"]) }),
      z.object({
        type: z.literal("json_schema"),
        json_schema: z.object({ name: z.string().nullish(), schema: jsonObject.nullish() }),
      }),
    ])
    .nullish(),
});

type ChatRequest = z.output<typeof chatRequest>;

/** What a chat completion request asks for here. */
export interface ParsedChat {
  readonly input: RouteInput;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** Reads a request in the OpenAI format. The model's name becomes the label `model`, for policy to look at. @throws ZodError */
export function parseChat(body: unknown): ParsedChat {
  const chat = chatRequest.parse(body);
  const input = create(RouteInputSchema, {
    turns: chat.messages.map(turnOf),
    labels: { ...chat.metadata, model: chat.model },
    tools: (chat.tools ?? []).map(({ function: { name, description, parameters } }) =>
      create(ToolSchema, {
        name,
        description: description ?? "",
        ...(parameters && { parametersSchema: parameters as JsonObject }),
      }),
    ),
    options: optionsOf(chat),
  });
  const format = formatOf(chat);
  if (format) input.responseFormat = format;
  return { input, stream: chat.stream === true, includeUsage: chat.stream_options?.include_usage === true };
}

function turnOf({ role, content, tool_calls, tool_call_id }: ChatRequest["messages"][number]): Turn {
  if (role === "tool") {
    const text =
      typeof content === "string"
        ? content
        : (content ?? []).map((part) => (part.type === "text" ? part.text : "")).join("");
    const value = create(ToolResultSchema, { callId: tool_call_id ?? "", content: text });
    return create(TurnSchema, {
      role: Role.TOOL,
      parts: [create(PartSchema, { content: { case: "toolResult", value } })],
    });
  }
  const parts: Part[] =
    typeof content === "string"
      ? content === "" && tool_calls
        ? []
        : [textOf(content)]
      : (content ?? []).map((part) =>
          part.type === "text" ? textOf(part.text) : imageOf(part.image_url.url),
        );
  for (const call of tool_calls ?? []) {
    const value = create(ToolCallSchema, {
      callId: call.id,
      name: call.function.name,
      argumentsJson: call.function.arguments,
    });
    parts.push(create(PartSchema, { content: { case: "toolCall", value } }));
  }
  return create(TurnSchema, { role: ROLES[role], parts });
}

const ROLES = {
  system: Role.SYSTEM,
  developer: Role.SYSTEM,
  user: Role.USER,
  assistant: Role.ASSISTANT,
} as const;

function textOf(text: string): Part {
  return create(PartSchema, { content: { case: "text", value: text } });
}

/** A data URL is the image itself; any other is fetched by the provider. */
function imageOf(url: string): Part {
  const inline = /^data:([\w.+-]+\/[\w.+-]+);base64,(.*)$/s.exec(url);
  const value = inline
    ? create(MediaSchema, {
        mediaType: inline[1] ?? "",
        source: { case: "data", value: Buffer.from(inline[2] ?? "", "base64") },
      })
    : create(MediaSchema, { mediaType: "image/png", source: { case: "url", value: url } });
  return create(PartSchema, { content: { case: "media", value } });
}

function optionsOf(chat: ChatRequest): RouteInput["options"] {
  const { temperature, top_p, seed, stop, tool_choice } = chat;
  const most = chat.max_completion_tokens ?? chat.max_tokens;
  const options = create(GenerationOptionsSchema, {
    stopSequences: typeof stop === "string" ? [stop] : (stop ?? []),
    ...(most != null && { maxOutputTokens: most }),
    ...(temperature != null && { temperature }),
    ...(top_p != null && { topP: top_p }),
    ...(seed != null && { seed }),
  });
  if (typeof tool_choice === "string") {
    const modes = {
      auto: ToolChoice_Mode.AUTO,
      none: ToolChoice_Mode.NONE,
      required: ToolChoice_Mode.REQUIRED,
    };
    options.toolChoice = create(ToolChoiceSchema, { mode: modes[tool_choice] });
  } else if (tool_choice) {
    options.toolChoice = create(ToolChoiceSchema, {
      mode: ToolChoice_Mode.REQUIRED,
      name: tool_choice.function.name,
    });
  }
  return options;
}

function formatOf({ response_format: format }: ChatRequest): RouteInput["responseFormat"] {
  if (!format || format.type === "text") return undefined;
  const given = "json_schema" in format ? format.json_schema : undefined;
  const value = create(JsonFormatSchema, {
    name: given?.name ?? "",
    ...(given?.schema && { schema: given.schema as JsonObject }),
  });
  return create(ResponseFormatSchema, { format: { case: "json", value } });
}
