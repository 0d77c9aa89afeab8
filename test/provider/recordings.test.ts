import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import { createProvider } from "../../src/provider/create.ts";
import type { Provider } from "../../src/provider/provider.ts";
import type { HttpProviderName } from "../../src/provider/settings.ts";
import { collect, failureOf, fold, makeCall } from "./calls.ts";
import { openStream, type ScriptedServer, sendJson, startScriptedServer } from "./scripted-server.ts";

/** Where recorded answers of real providers are, beside the repository; they are not part of it. */
const folder = process.env.POINTSMAN_RECORDINGS ?? join(import.meta.dirname, "../../../shared/wire");
const present = existsSync(folder);

const providerOf: Readonly<Record<string, HttpProviderName>> = {
  anthropic: "anthropic",
  deepseek: "deepseek",
  google: "gemini",
  groq: "groq",
  openai: "openai",
};

interface Expected {
  readonly finished: FinishReason;
  readonly usage: Readonly<Record<string, number>>;
  readonly text?: RegExp;
  readonly reasoning?: RegExp;
  readonly tools?: readonly (readonly [string, unknown])[];
  readonly json?: true;
}

/** What each recording says, read by eye. */
const expected: Readonly<Record<string, Expected>> = {
  "anthropic/anthropic-text.json": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 12, outputTokens: 29 },
    text: /^Hello! I'm doing well, thanks for asking.*help you with\?$/,
  },
  "anthropic/anthropic-text.chunks.txt": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 12, outputTokens: 30 },
    text: /^Hello! I'm doing well, thank you.*help you with\?$/,
  },
  "anthropic/anthropic-json-tool.1.json": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 1151, outputTokens: 87 },
    text: /^\{"elements":\[\{"location":"San Francisco","temperature":-5/,
    json: true,
  },
  "anthropic/anthropic-json-tool.1.chunks.txt": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 849, outputTokens: 47 },
    text: /^\{"elements": \[\{"location": "San Francisco", "temperature": 58, "condition": "sunny"\}\]\}$/,
    json: true,
  },
  "anthropic/anthropic-tool-no-args.json": {
    finished: FinishReason.TOOL_CALLS,
    usage: { inputTokens: 602, outputTokens: 93 },
    text: /update the current issue list:$/,
    tools: [["updateIssueList", {}]],
  },
  "anthropic/anthropic-tool-no-args.chunks.txt": {
    finished: FinishReason.TOOL_CALLS,
    usage: { inputTokens: 565, outputTokens: 48 },
    text: /^I'll update the issue list for you\.$/,
    tools: [["updateIssueList", {}]],
  },
  "deepseek/deepseek-reasoning.json": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 18, outputTokens: 345, reasoningTokens: 315 },
    text: /^The word "strawberry" contains three/,
    reasoning: /^We are asked:.*So answer is 3\.$/s,
  },
  "deepseek/deepseek-reasoning.chunks.txt": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 18, outputTokens: 219, reasoningTokens: 205 },
    text: /"s\.$|\.$/,
    reasoning: /^We need/,
  },
  "deepseek/deepseek-text.json": {
    finished: FinishReason.LENGTH,
    usage: { inputTokens: 13, outputTokens: 300 },
    text: /^## \*\*Holiday Name: Gratitude of Small Things Day/,
  },
  "deepseek/deepseek-text.chunks.txt": {
    finished: FinishReason.LENGTH,
    usage: { inputTokens: 13, outputTokens: 400 },
    text: /^## \*\*.* silent looking at$/s,
  },
  "deepseek/deepseek-tool-call.json": {
    finished: FinishReason.TOOL_CALLS,
    usage: { inputTokens: 339, cachedInputTokens: 320, outputTokens: 92, reasoningTokens: 48 },
    reasoning: /^The user is asking/,
    tools: [["weather", { location: "San Francisco" }]],
  },
  "deepseek/deepseek-tool-call.chunks.txt": {
    finished: FinishReason.TOOL_CALLS,
    usage: { inputTokens: 339, cachedInputTokens: 320, outputTokens: 83, reasoningTokens: 39 },
    reasoning: /^The user/,
    tools: [["weather", { location: "San Francisco" }]],
  },
  "google/google-text.json": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 9, outputTokens: 272, reasoningTokens: 244 },
    text: /^There are \*\*3\*\* r's in strawberry/,
  },
  "google/google-text.chunks.txt": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 9, outputTokens: 208, reasoningTokens: 185 },
    text: /^There are \*\*3\*\* "r"s in strawberry\.\n\nst\*\*r\*\*awbe\*\*rr\*\*y$/,
  },
  "google/google-tool-call.json": {
    finished: FinishReason.TOOL_CALLS,
    usage: { inputTokens: 29, outputTokens: 908, reasoningTokens: 893 },
    tools: [["weather", { location: "San Francisco" }]],
  },
  "google/google-tool-call.chunks.txt": {
    finished: FinishReason.TOOL_CALLS,
    usage: { inputTokens: 29, outputTokens: 60, reasoningTokens: 45 },
    tools: [["weather", { location: "San Francisco" }]],
  },
  "groq/groq-reasoning.json": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 17, outputTokens: 649, reasoningTokens: 570 },
    text: /^The word "strawberry" contains \*\*3\*\*/,
    reasoning: /^Okay, so the user/,
  },
  "groq/groq-reasoning.chunks.txt": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 17, outputTokens: 1107, reasoningTokens: 963 },
    text: /3\}\$$/,
    reasoning: /^Okay,/,
  },
  "groq/groq-text.json": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 45, outputTokens: 607 },
    text: /^I'd like to introduce "Luminaria"/,
  },
  "groq/groq-text.chunks.txt": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 45, outputTokens: 662 },
    text: /^Introducing "L.*\.$/s,
  },
  "groq/groq-tool-call.json": {
    finished: FinishReason.TOOL_CALLS,
    usage: { inputTokens: 218, outputTokens: 15 },
    tools: [["weather", {}]],
  },
  "groq/groq-tool-call.chunks.txt": {
    finished: FinishReason.TOOL_CALLS,
    usage: { inputTokens: 210, outputTokens: 15 },
    tools: [["weather", {}]],
  },
  "openai/openai-text.json": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 16, outputTokens: 363 },
    text: /^\*\*Holiday Name:\*\* Galaxy Day/,
  },
  "openai/openai-text.chunks.txt": {
    finished: FinishReason.STOP,
    usage: { inputTokens: 16, outputTokens: 300 },
    text: /^\*\*Holiday Name/,
  },
};

describe.skipIf(!present)("recorded answers of real providers", () => {
  let server: ScriptedServer;
  let provider: Provider | undefined;

  beforeAll(async () => {
    server = await startScriptedServer();
  });
  afterAll(() => server.close());
  afterEach(() => provider?.close());

  function start(path: string): Provider {
    const name = providerOf[path.split("/")[0] ?? ""];
    if (name === undefined) throw new Error(`No provider for ${path}.`);
    provider = createProvider({ provider: name, baseUrl: server.url, apiKey: "key" });
    return provider;
  }

  test("every recording is expected", () => {
    const found = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
      /\.(json|txt)$/.test(path),
    );
    const known = [...Object.keys(expected), "google/google-429-retry-info.json"];
    expect(found.filter((path) => !known.includes(path))).toEqual([]);
  });

  test.each(Object.entries(expected).filter(([path]) => !present || existsSync(join(folder, path))))(
    "%s",
    async (path, want) => {
      const replayed = start(path);
      const recording = readFileSync(join(folder, path), "utf8");
      const streaming = path.endsWith(".txt");
      server.script = (response) => {
        if (!streaming) return sendJson(response, recording);
        openStream(response);
        const chunks = recording.split("\n").filter((line) => line !== "");
        const speaksOpenAi = !path.startsWith("anthropic") && !path.startsWith("google");
        if (speaksOpenAi) chunks.push("[DONE]");
        response.end(chunks.map((chunk) => `data: ${chunk}\n\n`).join(""));
      };
      const format = { format: { case: "json" as const, value: { schema: { type: "object" } } } };
      const call = makeCall(streaming, want.json ? { responseFormat: format } : {});
      const answer = fold(await collect(replayed, call));
      expect(answer.finished).toBe(want.finished);
      expect(answer.usage).toEqual({
        cachedInputTokens: 0,
        reasoningTokens: 0,
        cacheWriteTokens: 0,
        estimated: false,
        ...want.usage,
      });
      expect(answer.text).toMatch(want.text ?? /^$/);
      expect(answer.reasoning).toMatch(want.reasoning ?? /^$/);
      const tools = answer.toolCalls.map((tool) => [tool.name, JSON.parse(tool.arguments)]);
      expect(tools).toEqual(want.tools ?? []);
      expect(answer.responseModel).toMatch(/./);
      expect(answer.providerRequestId).toMatch(/./);
      if (path.startsWith("google")) {
        const tokens = [...answer.tokens, ...answer.toolCalls.map(({ token }) => token)];
        expect(tokens.filter((token) => token?.startsWith("gemini:E"))).toHaveLength(1);
      }
    },
  );

  test("google/google-429-retry-info.json", async () => {
    const path = "google/google-429-retry-info.json";
    const replayed = start(path);
    server.script = (response) => sendJson(response, readFileSync(join(folder, path), "utf8"), 429);
    expect(await failureOf(replayed, makeCall(false))).toMatchObject({
      kind: AttemptErrorKind.NOT_SENT,
      reason: AttemptErrorReason.RATE_LIMITED,
      retryAfterMs: 34_400,
    });
  });
});
