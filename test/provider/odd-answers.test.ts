import { describe, expect, test } from "vitest";
import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import { createAnthropicDialect } from "../../src/provider/anthropic/index.ts";
import type { Dialect } from "../../src/provider/dialect.ts";
import { geminiDialect } from "../../src/provider/gemini/index.ts";
import { openAiFlavour } from "../../src/provider/openai/flavour.ts";
import { createOpenAiDialect } from "../../src/provider/openai/index.ts";
import type { ProviderEvent } from "../../src/provider/provider.ts";
import { fold, makeCall } from "./calls.ts";

const openAi = createOpenAiDialect(openAiFlavour);
const anthropic = createAnthropicDialect(4_096);

/** Reads payloads as a stream does, and what is held back at its end. */
function stream(dialect: Dialect, payloads: readonly unknown[], input = {}) {
  const decoder = dialect.createDecoder(makeCall(true, input), undefined);
  const events: ProviderEvent[] = [];
  for (const payload of payloads) {
    decoder.push(typeof payload === "string" ? payload : JSON.stringify(payload), events);
  }
  decoder.end(events);
  return fold(events);
}

function whole(dialect: Dialect, answer: unknown, input = {}) {
  return fold(dialect.decode(answer, makeCall(false, input), undefined));
}

const delta = (value: object, finish: string | null = null) => ({
  id: "c",
  model: "m",
  choices: [{ index: 0, delta: value, finish_reason: finish }],
});

describe("the OpenAI format, as its relatives speak it", () => {
  test("Azure opens with a piece without a model", () => {
    const opening = { id: "", model: "", choices: [], prompt_filter_results: [{}] };
    const answer = stream(openAi, [opening, delta({ content: "Hi" }), delta({}, "stop"), "[DONE]"]);
    expect(answer).toMatchObject({ responseModel: "m", text: "Hi", finished: FinishReason.STOP });
  });

  test("[DONE] without a reason ends an answer, but does not make one", () => {
    expect(stream(openAi, [delta({ content: "Hi" }), "[DONE]"]).finished).toBe(FinishReason.UNSPECIFIED);
    expect(() => stream(openAi, ["[DONE]"])).toThrow(/before it said anything/);
  });

  test("a reason without [DONE] ends an answer too", () => {
    expect(stream(openAi, [delta({ content: "Hi" }), delta({}, "length")]).finished).toBe(
      FinishReason.LENGTH,
    );
  });

  test("content as parts, thoughts among them", () => {
    const thinking = { type: "thinking", thinking: [{ type: "text", text: "Hm." }] };
    const parts = [
      delta({ content: [thinking] }),
      delta({ content: [{ type: "text", text: "Hi" }] }),
      delta({}, "stop"),
    ];
    expect(stream(openAi, parts)).toMatchObject({ reasoning: "Hm.", text: "Hi" });
  });

  test("tool calls without index, with the same index, with an object for arguments, and 'stop' for a reason", () => {
    const call = (id: string, index?: number) => ({ id, index, function: { name: id, arguments: "{}" } });
    const unnumbered = stream(openAi, [
      delta({ tool_calls: [call("a")] }),
      delta({ tool_calls: [call("b")] }),
      delta({}, "stop"),
    ]);
    const equal = stream(openAi, [
      delta({ tool_calls: [call("a", 0)] }),
      delta({ tool_calls: [call("b", 0)] }),
      delta({}, "stop"),
    ]);
    for (const answer of [unnumbered, equal]) {
      expect(answer.toolCalls.map(({ name }) => name)).toEqual(["a", "b"]);
      expect(answer.finished).toBe(FinishReason.TOOL_CALLS);
    }
    const tool_calls = [{ function: { name: "a", arguments: { x: 1 } } }];
    const choices = [{ message: { content: null, tool_calls }, finish_reason: "stop" }];
    expect(whole(openAi, { choices }).toolCalls).toMatchObject([{ callId: "call_0", arguments: '{"x":1}' }]);
  });

  test("a refusal is text, and no success", () => {
    const refusal = "I cannot help with that.";
    const want = { text: refusal, finished: FinishReason.CONTENT_FILTER };
    expect(stream(openAi, [delta({ refusal }), delta({}, "stop")])).toMatchObject(want);
    const choices = [{ message: { content: null, refusal }, finish_reason: "stop" }];
    expect(whole(openAi, { choices })).toMatchObject(want);
  });

  test("thoughts counted beside the output are added to it", () => {
    const usage = (total: number) => ({
      choices: [{ message: { content: "x" }, finish_reason: "stop" }],
      usage: {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: total,
        completion_tokens_details: { reasoning_tokens: 4 },
      },
    });
    expect(whole(openAi, usage(19)).usage).toMatchObject({ outputTokens: 9, reasoningTokens: 4 });
    expect(whole(openAi, usage(15)).usage).toMatchObject({ outputTokens: 5, reasoningTokens: 4 });
  });

  test("counts that are no counts", () => {
    const choices = [{ message: { content: "x" }, finish_reason: "stop" }];
    const usage = {
      prompt_tokens: -5,
      completion_tokens: 1e30,
      prompt_tokens_details: { cached_tokens: "many" },
    };
    expect(whole(openAi, { choices, usage }).usage).toMatchObject({
      inputTokens: 0,
      outputTokens: 0xffffffff,
      cachedInputTokens: 0,
    });
  });

  test("errors in a stream are classed, and dearer once something was said", () => {
    const limited = { error: { message: "slow down", code: "rate_limit_exceeded" } };
    expect(() => stream(openAi, [limited])).toThrow(
      expect.objectContaining({ kind: AttemptErrorKind.NOT_SENT, reason: AttemptErrorReason.RATE_LIMITED }),
    );
    expect(() => stream(openAi, [delta({ content: "Hi" }), limited])).toThrow(
      expect.objectContaining({
        kind: AttemptErrorKind.MAYBE_BILLED,
        reason: AttemptErrorReason.RATE_LIMITED,
      }),
    );
    expect(() => stream(openAi, [{ object: "error", message: "CUDA", code: 500 }])).toThrow(/CUDA/);
    expect(() => stream(openAi, [delta({}, "insufficient_system_resource")])).toThrow(
      expect.objectContaining({ reason: AttemptErrorReason.UNAVAILABLE }),
    );
  });

  test("a filter that speaks through an error is a refusal", () => {
    const error = openAi.decodeError({ error: { code: "content_filter", message: "no" } }, 400);
    expect(error).toMatchObject({ refused: true });
  });
});

describe("Anthropic, beyond plain text", () => {
  const start = (usage: object) => ({ type: "message_start", message: { id: "m", model: "m", usage } });
  const block = (index: number, content_block: object) => ({
    type: "content_block_start",
    index,
    content_block,
  });
  const change = (index: number, type: string, member: object) => ({
    type: "content_block_delta",
    index,
    delta: { type, ...member },
  });
  const end = (stop_reason: string) => [
    {
      type: "message_delta",
      delta: { stop_reason },
      usage: { output_tokens: 20, output_tokens_details: { thinking_tokens: 8 } },
    },
    { type: "message_stop" },
  ];

  test("thoughts, their signature, thoughts in cipher, and cached input", () => {
    const counts = {
      input_tokens: 3,
      cache_read_input_tokens: 100,
      cache_creation_input_tokens: 50,
      output_tokens: 1,
    };
    const answer = stream(anthropic, [
      start(counts),
      block(0, { type: "thinking", thinking: "", signature: "" }),
      change(0, "thinking_delta", { thinking: "Hm." }),
      change(0, "signature_delta", { signature: "sig" }),
      { type: "content_block_stop", index: 0 },
      block(1, { type: "redacted_thinking", data: "cipher" }),
      block(2, { type: "text", text: "" }),
      change(2, "text_delta", { text: "Hi" }),
      ...end("end_turn"),
    ]);
    expect(answer).toMatchObject({
      reasoning: "Hm.",
      tokens: ["anthropic:sig", "anthropic-redacted:cipher"],
      text: "Hi",
      finished: FinishReason.STOP,
      usage: {
        inputTokens: 153,
        cachedInputTokens: 100,
        cacheWriteTokens: 50,
        outputTokens: 20,
        reasoningTokens: 8,
      },
    });
  });

  test("usage comes at once, so that a call that is cancelled has cost its input", () => {
    const decoder = anthropic.createDecoder(makeCall(true), undefined);
    const events: ProviderEvent[] = [];
    decoder.push(JSON.stringify(start({ input_tokens: 7 })), events);
    expect(events).toMatchObject([{ type: "started" }, { type: "usage", usage: { inputTokens: 7 } }]);
  });

  test("tools that the provider runs itself are none of the caller's", () => {
    const answer = stream(anthropic, [
      start({}),
      block(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
      change(0, "input_json_delta", { partial_json: '{"query":"x"}' }),
      { type: "content_block_stop", index: 0 },
      block(1, { type: "web_search_tool_result", tool_use_id: "s", content: [] }),
      block(2, { type: "text", text: "Found." }),
      ...end("end_turn"),
    ]);
    expect(answer).toMatchObject({ text: "Found.", toolCalls: [], finished: FinishReason.STOP });
  });

  test("a stop reason without message_stop is no end", () => {
    const cut = [start({}), block(0, { type: "text", text: "Hi" }), end("end_turn")[0]];
    expect(stream(anthropic, cut).finished).toBeUndefined();
  });

  test("overload in a stream, and a refusal", () => {
    const overloaded = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    expect(() => stream(anthropic, [overloaded])).toThrow(
      expect.objectContaining({ kind: AttemptErrorKind.NOT_SENT, reason: AttemptErrorReason.UNAVAILABLE }),
    );
    expect(() => stream(anthropic, [start({}), overloaded])).toThrow(
      expect.objectContaining({
        kind: AttemptErrorKind.MAYBE_BILLED,
        reason: AttemptErrorReason.UNAVAILABLE,
      }),
    );
    expect(stream(anthropic, [start({}), ...end("refusal")]).finished).toBe(FinishReason.CONTENT_FILTER);
  });
});

describe("Gemini, beyond plain text", () => {
  const piece = (parts: object[], finishReason?: string) => ({
    candidates: [{ content: { parts }, finishReason }],
    responseId: "r",
  });

  test("a reason in every piece is the end only in the last", () => {
    expect(
      stream(geminiDialect, [piece([{ text: "a" }], "STOP"), piece([{ text: "b" }], "STOP")]),
    ).toMatchObject({
      text: "ab",
      finished: FinishReason.STOP,
    });
    expect(
      stream(geminiDialect, [piece([{ text: "a" }], "STOP"), piece([{ text: "b" }])]).finished,
    ).toBeUndefined();
  });

  test("a blocked prompt and a blocked answer", () => {
    const blocked = { promptFeedback: { blockReason: "SAFETY" }, usageMetadata: { promptTokenCount: 5 } };
    expect(stream(geminiDialect, [blocked])).toMatchObject({
      finished: FinishReason.CONTENT_FILTER,
      usage: { inputTokens: 5 },
    });
    expect(whole(geminiDialect, piece([], "PROHIBITED_CONTENT")).finished).toBe(FinishReason.CONTENT_FILTER);
  });

  test("thoughts, and two calls of the same tool", () => {
    const call = { functionCall: { name: "clock", args: {} } };
    const answer = whole(geminiDialect, piece([{ text: "Hm.", thought: true }, call, call], "STOP"));
    expect(answer.reasoning).toBe("Hm.");
    expect(answer.toolCalls.map(({ callId }) => callId)).toEqual(["r-0", "r-1"]);
  });

  test("a call that the model garbled is a failure of the provider's", () => {
    expect(() => whole(geminiDialect, piece([], "MALFORMED_FUNCTION_CALL"))).toThrow(
      /MALFORMED_FUNCTION_CALL/,
    );
  });

  test("cached input is in the input already; tools' prompts are not", () => {
    const usageMetadata = { promptTokenCount: 100, cachedContentTokenCount: 80, toolUsePromptTokenCount: 7 };
    expect(whole(geminiDialect, { ...piece([{ text: "x" }], "STOP"), usageMetadata }).usage).toMatchObject({
      inputTokens: 107,
      cachedInputTokens: 80,
    });
  });
});
