import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import { Role, RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { type AiSdkSettings, createAiSdkProvider } from "./ai-sdk.ts";
import type { AiSdkOptions } from "./ai-sdk-model.ts";
import type { Provider, ProviderEvent } from "./provider.ts";

/** A package as the SDK's are: a `create...` export, a callable provider, models by name. */
function fakePackage(version: string, parts: readonly object[] | Error, asked: AiSdkOptions[] = []) {
  const createFake = (given: object) => (modelId: string) => ({
    specificationVersion: version,
    provider: "fake",
    modelId,
    given,
    async doStream(options: AiSdkOptions) {
      asked.push(options);
      if (parts instanceof Error) throw parts;
      return { stream: new ReadableStream({ start: (controller) => fill(controller, parts) }) };
    },
  });
  return { createFake, VERSION: "1" };
}

function fill(controller: ReadableStreamDefaultController<unknown>, parts: readonly object[]): void {
  for (const part of parts) controller.enqueue(part);
  if (!parts.some((part) => "hang" in part)) controller.close();
}

function load(module: object, settings: Partial<AiSdkSettings> = {}): Promise<Provider> {
  return createAiSdkProvider(
    { packageName: "@ai-sdk/fake", ...settings },
    { importModule: async () => module as Record<string, unknown>, now: () => 0 },
  );
}

async function collect(
  provider: Provider,
  input: MessageInitShape<typeof RouteInputSchema> = {},
  signal = new AbortController().signal,
): Promise<ProviderEvent[]> {
  const turns = [{ role: Role.USER, parts: [{ content: { case: "text" as const, value: "Hi" } }] }];
  const call = {
    input: create(RouteInputSchema, { turns, ...input }),
    target: create(TargetSchema, { model: "fake-1" }),
    streaming: true,
    callId: "c",
    cachePrefix: false,
  };
  const events: ProviderEvent[] = [];
  for await (const event of provider.generate(call, signal)) events.push(event);
  return events;
}

const answerParts = (usage: object, finishReason: unknown): object[] => [
  { type: "stream-start", warnings: [] },
  { type: "response-metadata", id: "r-1", modelId: "fake-1-2026" },
  { type: "reasoning-start", id: "0" },
  { type: "reasoning-delta", id: "0", delta: "Hm." },
  { type: "reasoning-end", id: "0", providerMetadata: { fake: { signature: "s" } } },
  { type: "text-start", id: "1" },
  { type: "text-delta", id: "1", delta: "Hello" },
  { type: "text-end", id: "1" },
  { type: "tool-input-start", id: "t", toolName: "clock" },
  { type: "tool-input-delta", id: "t", delta: "{}" },
  { type: "tool-input-end", id: "t" },
  { type: "tool-call", toolCallId: "t", toolName: "clock", input: "{}" },
  { type: "tool-call", toolCallId: "u", toolName: "weather", input: '{"city":"Rome"}' },
  { type: "finish", usage, finishReason },
];

const nested = {
  inputTokens: { total: 10, noCache: 6, cacheRead: 4, cacheWrite: undefined },
  outputTokens: { total: 7, text: 4, reasoning: 3 },
};
const flat = { inputTokens: 10, outputTokens: 7, totalTokens: 17, reasoningTokens: 3, cachedInputTokens: 4 };

test.each([
  ["v2", flat, "tool-calls"],
  ["v3", nested, { unified: "tool-calls", raw: "tool_use" }],
  ["v4", nested, { unified: "tool-calls", raw: "tool_use" }],
])("an answer of version %s", async (version, usage, finishReason) => {
  const provider = await load(fakePackage(version, answerParts(usage, finishReason)));
  expect(await collect(provider)).toMatchObject([
    { type: "started", responseModel: "fake-1-2026", providerRequestId: "r-1" },
    { type: "reasoning_delta", text: "Hm." },
    { type: "reasoning_delta", text: "", providerToken: 'ai-sdk:{"fake":{"signature":"s"}}' },
    { type: "text_delta", text: "Hello" },
    { type: "tool_call_delta", index: 0, callId: "t", name: "clock", argumentsDelta: "" },
    { type: "tool_call_delta", index: 0, argumentsDelta: "{}" },
    { type: "tool_call_delta", index: 1, callId: "u", name: "weather", argumentsDelta: '{"city":"Rome"}' },
    {
      type: "usage",
      usage: { inputTokens: 10, cachedInputTokens: 4, outputTokens: 7, reasoningTokens: 3 },
    },
    { type: "finished", reason: FinishReason.TOOL_CALLS },
  ]);
});

test("asks in the SDK's words, with signatures back in their place", async () => {
  const asked: AiSdkOptions[] = [];
  const provider = await load(fakePackage("v4", answerParts(nested, { unified: "stop" }), asked));
  const token = 'ai-sdk:{"fake":{"signature":"s"}}';
  await collect(provider, {
    turns: [
      { role: Role.SYSTEM, parts: [{ content: { case: "text", value: "Be brief." } }] },
      {
        role: Role.USER,
        parts: [
          { content: { case: "text", value: "Look" } },
          {
            content: {
              case: "media",
              value: { mediaType: "image/png", source: { case: "url", value: "https://a.b/c.png" } },
            },
          },
        ],
      },
      {
        role: Role.ASSISTANT,
        parts: [
          { content: { case: "reasoning", value: { text: "Hm.", providerToken: token } } },
          { content: { case: "reasoning", value: { text: "Another's.", providerToken: "gemini:x" } } },
          { content: { case: "toolCall", value: { callId: "t", name: "clock", argumentsJson: "" } } },
        ],
      },
      {
        role: Role.TOOL,
        parts: [{ content: { case: "toolResult", value: { callId: "t", content: "no", failed: true } } }],
      },
    ],
    options: { maxOutputTokens: 9, temperature: 0, stopSequences: ["X"] },
    responseFormat: { format: { case: "json", value: { schema: { type: "object" } } } },
    tools: [{ name: "clock", description: "tells the time" }],
  });
  expect(asked[0]).toMatchObject({
    maxOutputTokens: 9,
    temperature: 0,
    stopSequences: ["X"],
    responseFormat: { type: "json", name: "answer", schema: { type: "object" } },
    tools: [{ type: "function", name: "clock", inputSchema: { type: "object" } }],
    toolChoice: { type: "auto" },
    prompt: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text" },
          { type: "file", data: { type: "url", url: new URL("https://a.b/c.png") } },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "Hm.", providerOptions: { fake: { signature: "s" } } },
          { type: "tool-call", toolCallId: "t", toolName: "clock", input: {} },
        ],
      },
      { role: "tool", content: [{ toolName: "clock", output: { type: "error-text", value: "no" } }] },
    ],
  });
});

test("a package that is missing, broken, or not the kind", async () => {
  const missing = Object.assign(new Error("no"), { code: "ERR_MODULE_NOT_FOUND" });
  const failing = (error: unknown) => ({ importModule: () => Promise.reject(error) });
  const settings = { packageName: "@ai-sdk/fake" };
  await expect(createAiSdkProvider(settings, failing(missing))).rejects.toThrow("npm install @ai-sdk/fake");
  await expect(createAiSdkProvider(settings, failing(new Error("no")))).rejects.toThrow("cannot be loaded");
  await expect(createAiSdkProvider({ packageName: "@ai-sdk/not-installed-here" })).rejects.toThrow(
    "npm install",
  );
  await expect(load({ one: 1 })).rejects.toThrow("it has: none");
  await expect(load({ createOne: () => 1, createTwo: () => 2 })).rejects.toThrow("createOne, createTwo");
  const old = await load(fakePackage("v1", []));
  await expect(collect(old)).rejects.toMatchObject({ reason: AttemptErrorReason.UNAVAILABLE });
});

test("errors are classed by status, and carry nothing of the request", async () => {
  const error = Object.assign(new Error("slow down"), {
    statusCode: 429,
    responseHeaders: { "retry-after": "3" },
    requestBodyValues: { secret: "prompt" },
  });
  const limited = {
    kind: AttemptErrorKind.NOT_SENT,
    reason: AttemptErrorReason.RATE_LIMITED,
    retryAfterMs: 3_000,
  };
  for (const parts of [
    error,
    [
      { type: "stream-start", warnings: [] },
      { type: "error", error },
    ],
  ]) {
    const failure = collect(await load(fakePackage("v3", parts as Error)));
    await expect(failure).rejects.toMatchObject(limited);
    await expect(failure).rejects.not.toHaveProperty("cause.requestBodyValues");
  }
  const refused = Object.assign(new Error("fetch failed"), { cause: { code: "ECONNREFUSED" } });
  await expect(collect(await load(fakePackage("v3", refused)))).rejects.toMatchObject({
    kind: AttemptErrorKind.NOT_SENT,
    reason: AttemptErrorReason.CONNECTION,
  });
});

test("a setting that the provider would leave out is no silent loss", async () => {
  const parts = (warning: object): object[] => [
    { type: "stream-start", warnings: [warning] },
    ...answerParts(flat, "stop").slice(1),
  ];
  const lossy = await load(
    fakePackage("v2", parts({ type: "unsupported-setting", setting: "stopSequences" })),
  );
  await expect(collect(lossy)).rejects.toMatchObject({ kind: AttemptErrorKind.CALLER_FAULT });
  const harmless = await load(fakePackage("v2", parts({ type: "unsupported-setting", setting: "seed" })));
  expect((await collect(harmless)).at(-1)).toEqual({ type: "finished", reason: FinishReason.STOP });
});

test("a stream without `finish` is cut, one without anything has failed", async () => {
  const cut = await collect(await load(fakePackage("v3", answerParts(flat, "stop").slice(0, -1))));
  expect(cut.some(({ type }) => type === "finished")).toBe(false);
  await expect(collect(await load(fakePackage("v3", [])))).rejects.toMatchObject({
    reason: AttemptErrorReason.INTERRUPTED,
  });
});

test("cancelled at once, in the middle of a stream", async () => {
  const provider = await load(
    fakePackage("v3", [
      { type: "text-delta", id: "1", delta: "Hel" },
      { type: "ping", hang: true },
    ]),
  );
  const controller = new AbortController();
  const reason = new Error("never mind");
  const answer = collect(provider, {}, controller.signal);
  let isLate = false;
  controller.signal.addEventListener("abort", () => setTimeout(() => (isLate = true), 5_000).unref());
  setTimeout(() => controller.abort(reason), 20);
  await expect(answer).rejects.toBe(reason);
  expect(isLate).toBe(false);
});
