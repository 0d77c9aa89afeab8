import type { MessageInitShape } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { Role, type RouteInputSchema, ToolChoice_Mode } from "#gen/pointsman/v1/route_input_pb.ts";
import { createAnthropicDialect } from "../../src/provider/anthropic/index.ts";
import type { Dialect } from "../../src/provider/dialect.ts";
import { geminiDialect } from "../../src/provider/gemini/index.ts";
import {
  compatibleFlavour,
  deepSeekFlavour,
  mistralFlavour,
  openAiFlavour,
} from "../../src/provider/openai/flavour.ts";
import { createOpenAiDialect } from "../../src/provider/openai/index.ts";
import { makeCall } from "./calls.ts";

type Input = MessageInitShape<typeof RouteInputSchema>;
type Turns = NonNullable<Input["turns"]>;
type Parts = NonNullable<Turns[number]["parts"]>;

const text = (value: string): Parts[number] => ({ content: { case: "text", value } });
const media = (mediaType: string, url?: string): Parts[number] => ({
  content: {
    case: "media",
    value: {
      mediaType,
      source: url === undefined ? { case: "data", value: Buffer.from("bytes") } : { case: "url", value: url },
    },
  },
});
const toolCall = (callId: string, argumentsJson: string, providerToken = ""): Parts[number] => ({
  content: { case: "toolCall", value: { callId, name: "weather", argumentsJson, providerToken } },
});
const toolResult = (callId: string, content: string, failed = false): Parts[number] => ({
  content: { case: "toolResult", value: { callId, content, failed } },
});
const reasoning = (value: string, providerToken: string): Parts[number] => ({
  content: { case: "reasoning", value: { text: value, providerToken } },
});

/** A conversation with everything in it that all dialects can say. */
const conversation = (token: string): Turns => [
  { role: Role.SYSTEM, parts: [text("Be brief.")] },
  { role: Role.USER, parts: [text("Look:"), media("image/png"), media("image/jpeg", "https://a.b/c.jpg")] },
  {
    role: Role.ASSISTANT,
    parts: [reasoning("Hm.", token), text("I see."), toolCall("call-1", '{"city":"Rome"}', token)],
  },
  { role: Role.TOOL, parts: [toolResult("call-1", '{"degrees":30}')] },
  { role: Role.USER, parts: [text("And now?")] },
];

const weather = {
  name: "weather",
  description: "Tells the weather.",
  parametersSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};
const schema = {
  type: "object",
  properties: { answer: { type: ["string", "null"] } },
  required: ["answer"],
  additionalProperties: false,
};
const json = { format: { case: "json" as const, value: { name: "report", schema } } };

function encode(dialect: Dialect, input: Input, streaming = false, model = "model-1", cachePrefix = false) {
  const { path, body } = dialect.encode({ ...makeCall(streaming, input, { model }), cachePrefix });
  return { path, body: JSON.parse(body) as Record<string, unknown> };
}

function refusalOf(dialect: Dialect, input: Input): unknown {
  try {
    dialect.encode(makeCall(false, input));
  } catch (error) {
    return error;
  }
  return undefined;
}

const base64 = Buffer.from("bytes").toString("base64");
const openAi = createOpenAiDialect(openAiFlavour);
const anthropic = createAnthropicDialect(4_096);

describe("OpenAI", () => {
  test("a whole conversation", () => {
    expect(encode(openAi, { turns: conversation("openai:x") }).body).toEqual({
      model: "model-1",
      messages: [
        { role: "system", content: "Be brief." },
        {
          role: "user",
          content: [
            { type: "text", text: "Look:" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${base64}` } },
            { type: "image_url", image_url: { url: "https://a.b/c.jpg" } },
          ],
        },
        {
          role: "assistant",
          content: "I see.",
          tool_calls: [
            { id: "call-1", type: "function", function: { name: "weather", arguments: '{"city":"Rome"}' } },
          ],
        },
        { role: "tool", tool_call_id: "call-1", content: '{"degrees":30}' },
        { role: "user", content: "And now?" },
      ],
    });
  });

  test("every option, tools, a schema, and usage in a stream", () => {
    const input: Input = {
      options: {
        maxOutputTokens: 9,
        temperature: 0,
        topP: 0.5,
        stopSequences: ["END"],
        seed: 7,
        toolChoice: { name: "weather" },
      },
      tools: [weather, { name: "clock" }],
      responseFormat: json,
    };
    expect(encode(openAi, input, true).body).toMatchObject({
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 9,
      temperature: 0,
      top_p: 0.5,
      stop: ["END"],
      seed: 7,
      tools: [
        {
          function: {
            name: "weather",
            description: "Tells the weather.",
            parameters: weather.parametersSchema,
          },
        },
        { function: { name: "clock", parameters: { type: "object", properties: {} } } },
      ],
      tool_choice: { type: "function", function: { name: "weather" } },
      response_format: { type: "json_schema", json_schema: { name: "report", schema, strict: true } },
    });
    const loose = {
      format: { case: "json" as const, value: { schema: { type: "object", properties: { a: {} } } } },
    };
    expect(encode(openAi, { responseFormat: loose }).body.response_format).toMatchObject({
      json_schema: { name: "answer", strict: false },
    });
  });

  test("each relative keeps its own words", () => {
    const input: Input = { options: { maxOutputTokens: 9, seed: 7 } };
    expect(encode(createOpenAiDialect(compatibleFlavour), input).body).toMatchObject({
      max_tokens: 9,
      seed: 7,
    });
    const mistral = encode(createOpenAiDialect(mistralFlavour), input, true).body;
    expect(mistral).toMatchObject({ max_tokens: 9, random_seed: 7, stream: true });
    expect(mistral).not.toHaveProperty("stream_options");
    expect(encode(createOpenAiDialect(deepSeekFlavour), input).body).not.toHaveProperty("seed");
    const { body } = encode(createOpenAiDialect(deepSeekFlavour), { turns: conversation("") });
    expect(body.messages).toMatchObject([{}, {}, { reasoning_content: "Hm." }, {}, {}]);
    const azure = createOpenAiDialect({ ...openAiFlavour, modelInPath: true });
    expect(encode(azure, {}, false, "my deployment").path).toBe(
      "/openai/deployments/my%20deployment/chat/completions",
    );
  });

  test("a tool that failed is said to have", () => {
    const turns: Turns = [
      { role: Role.ASSISTANT, parts: [toolCall("a", "")] },
      { role: Role.TOOL, parts: [toolResult("a", "no network", true)] },
    ];
    expect(encode(openAi, { turns }).body.messages).toMatchObject([
      { content: null, tool_calls: [{ function: { arguments: "{}" } }] },
      { content: "The tool failed: no network" },
    ]);
  });
});

describe("Anthropic", () => {
  test("a whole conversation, thoughts with their signature", () => {
    expect(encode(anthropic, { turns: conversation("anthropic:sig") })).toEqual({
      path: "/messages",
      body: {
        model: "model-1",
        max_tokens: 4_096,
        system: [{ type: "text", text: "Be brief." }],
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "Look:" },
              { type: "image", source: { type: "base64", media_type: "image/png", data: base64 } },
              { type: "image", source: { type: "url", url: "https://a.b/c.jpg" } },
            ],
          },
          {
            role: "assistant",
            content: [
              { type: "thinking", thinking: "Hm.", signature: "sig" },
              { type: "text", text: "I see." },
              { type: "tool_use", id: "call-1", name: "weather", input: { city: "Rome" } },
            ],
          },
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "call-1", content: '{"degrees":30}' },
              { type: "text", text: "And now?" },
            ],
          },
        ],
      },
    });
  });

  test("another provider's signature is not handed over", () => {
    const { body } = encode(anthropic, { turns: conversation("gemini:sig") });
    expect(JSON.stringify(body)).not.toMatch(/thinking|sig"/);
  });

  test("the prefix is marked as cacheable where that is wanted", () => {
    const marked = { cache_control: { type: "ephemeral" } };
    const { body } = encode(anthropic, { turns: conversation("") }, false, "model-1", true);
    expect(body).toMatchObject({ system: [marked], messages: [{}, {}, { content: [{}, marked] }] });
    expect(JSON.stringify(encode(anthropic, { turns: conversation("") }).body)).not.toContain(
      "cache_control",
    );
  });

  test("JSON comes as the arguments of a tool", () => {
    expect(encode(anthropic, { responseFormat: json }).body).toMatchObject({
      tools: [{ name: "json", input_schema: schema }],
      tool_choice: { type: "tool", name: "json" },
    });
    expect(encode(anthropic, { responseFormat: json, tools: [weather] }).body).toMatchObject({
      tools: [{ name: "weather" }, { name: "json" }],
      tool_choice: { type: "any" },
    });
  });

  test("options and tool choice", () => {
    const options = { maxOutputTokens: 9, temperature: 1, stopSequences: ["END"] };
    expect(encode(anthropic, { options }).body).toMatchObject({
      max_tokens: 9,
      temperature: 1,
      stop_sequences: ["END"],
    });
    const choice = (toolChoice: object) =>
      encode(anthropic, { tools: [weather], options: { toolChoice } }).body.tool_choice;
    expect(choice({ mode: ToolChoice_Mode.REQUIRED })).toEqual({ type: "any" });
    expect(choice({ mode: ToolChoice_Mode.NONE })).toEqual({ type: "none" });
    expect(choice({ name: "weather" })).toEqual({ type: "tool", name: "weather" });
    expect(choice({})).toBeUndefined();
  });
});

describe("Gemini", () => {
  test("a whole conversation, calls with their signature", () => {
    expect(encode(geminiDialect, { turns: conversation("gemini:sig") }, true)).toEqual({
      path: "/models/model-1:streamGenerateContent?alt=sse",
      body: {
        systemInstruction: { parts: [{ text: "Be brief." }] },
        contents: [
          {
            role: "user",
            parts: [
              { text: "Look:" },
              { inlineData: { mimeType: "image/png", data: base64 } },
              { fileData: { mimeType: "image/jpeg", fileUri: "https://a.b/c.jpg" } },
            ],
          },
          {
            role: "model",
            parts: [
              { text: "Hm.", thought: true, thoughtSignature: "sig" },
              { text: "I see." },
              { functionCall: { name: "weather", args: { city: "Rome" } }, thoughtSignature: "sig" },
            ],
          },
          {
            role: "user",
            parts: [
              { functionResponse: { name: "weather", response: { result: { degrees: 30 } } } },
              { text: "And now?" },
            ],
          },
        ],
      },
    });
  });

  test("another provider's calls go without signature, or with Gemini 3's stand-in", () => {
    const turns = conversation("anthropic:sig");
    expect(JSON.stringify(encode(geminiDialect, { turns }).body)).not.toContain("houghtSignature");
    const { body } = encode(geminiDialect, { turns }, false, "gemini-3-pro");
    expect(JSON.stringify(body).match(/skip_thought_signature_validator/g)).toHaveLength(1);
  });

  test("options, tools and a schema in Gemini's own subset", () => {
    const input: Input = {
      options: {
        maxOutputTokens: 9,
        seed: 7,
        stopSequences: ["END"],
        toolChoice: { mode: ToolChoice_Mode.REQUIRED },
      },
      tools: [weather, { name: "clock" }],
      responseFormat: json,
    };
    expect(encode(geminiDialect, input).body).toMatchObject({
      generationConfig: {
        maxOutputTokens: 9,
        seed: 7,
        stopSequences: ["END"],
        responseMimeType: "application/json",
        responseSchema: {
          type: "object",
          properties: { answer: { type: "string", nullable: true } },
          required: ["answer"],
        },
      },
      tools: [{ functionDeclarations: [{ name: "weather" }, { name: "clock" }] }],
      toolConfig: { functionCallingConfig: { mode: "ANY" } },
    });
    expect(JSON.stringify(encode(geminiDialect, input).body)).not.toContain("additionalProperties");
  });

  test("references are put in place; a schema that refers to itself is refused", () => {
    const referring = {
      type: "object",
      properties: { a: { $ref: "#/$defs/name" }, b: { const: "x" }, c: { enum: [1, 2], type: "integer" } },
      $defs: { name: { type: "string", pattern: "^a" } },
    };
    const format = (value: object) => ({
      responseFormat: { format: { case: "json" as const, value: { schema: value as never } } },
    });
    expect(encode(geminiDialect, format(referring)).body.generationConfig).toEqual({
      responseMimeType: "application/json",
      responseSchema: {
        type: "object",
        properties: {
          a: { type: "string", pattern: "^a" },
          b: { type: "string", enum: ["x"] },
          c: { type: "integer" },
        },
      },
    });
    const endless = {
      type: "object",
      properties: { child: { $ref: "#" } },
      $defs: { loop: { $ref: "#/$defs/loop" } },
    };
    expect(refusalOf(geminiDialect, format(endless))).toMatchObject({ kind: AttemptErrorKind.CALLER_FAULT });
    const loop = { ...endless, properties: { child: { $ref: "#/$defs/loop" } } };
    expect(refusalOf(geminiDialect, format(loop))).toMatchObject({ kind: AttemptErrorKind.CALLER_FAULT });
  });
});

describe("what a dialect has no words for is refused by name, never dropped", () => {
  const user = (...parts: Parts): Input => ({ turns: [{ role: Role.USER, parts }] });
  const compatible = createOpenAiDialect(compatibleFlavour);
  test.each<[string, Dialect, Input, RegExp]>([
    ["a document, compatible", compatible, user(media("application/pdf")), /application\/pdf/],
    ["a video, OpenAI", openAi, user(media("video/mp4")), /video\/mp4/],
    [
      "sound by address, OpenAI",
      openAi,
      user(media("audio/wav", "https://a.b/c.wav")),
      /audio\/wav by address/,
    ],
    [
      "an image in a system turn, OpenAI",
      openAi,
      { turns: [{ role: Role.SYSTEM, parts: [media("image/png")] }] },
      /system turn/,
    ],
    ["a tool call of a user, OpenAI", openAi, user(toolCall("a", "{}")), /user turn/],
    ["a schema, DeepSeek", createOpenAiDialect(deepSeekFlavour), { responseFormat: json }, /JSON schema/],
    ["sound, Anthropic", anthropic, user(media("audio/wav")), /audio\/wav/],
    ["great heat, Anthropic", anthropic, { options: { temperature: 1.5 } }, /temperature/],
    [
      "a list as root, Anthropic",
      anthropic,
      { responseFormat: { format: { case: "json", value: { schema: { type: "array" } } } } },
      /root is not an object/,
    ],
    [
      "broken arguments, Anthropic",
      anthropic,
      { turns: [{ role: Role.ASSISTANT, parts: [toolCall("a", "{")] }] },
      /not JSON/,
    ],
    [
      "an unknown tool's result, Gemini",
      geminiDialect,
      { turns: [{ role: Role.TOOL, parts: [toolResult("z", "x")] }] },
      /never called/,
    ],
  ])("%s", (_what, dialect, input, sentence) => {
    expect(refusalOf(dialect, input)).toMatchObject({
      kind: AttemptErrorKind.CALLER_FAULT,
      reason: AttemptErrorReason.INVALID_REQUEST,
      message: expect.stringMatching(sentence),
    });
  });
});
