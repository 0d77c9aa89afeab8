import { afterEach, describe, expect, test } from "vitest";
import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import { Role, ToolChoice_Mode } from "#gen/pointsman/v1/route_input_pb.ts";
import { createProvider } from "../../src/provider/create.ts";
import type { Provider } from "../../src/provider/provider.ts";
import type { SimulatorProfile } from "../../src/provider/simulated/profile.ts";
import { createSimulator, type Simulator } from "../../src/provider/simulated/server.ts";
import { collect, failureOf, fold, makeCall } from "./calls.ts";

describe("a simulated model, over real HTTP", () => {
  let simulator: Simulator;
  let provider: Provider;

  afterEach(async () => {
    await provider.close();
    await simulator.close();
  });

  async function start(profile: SimulatorProfile, limits: object = {}): Promise<void> {
    simulator = createSimulator(profile);
    provider = createProvider({ provider: "simulated", baseUrl: await simulator.listen(0), ...limits });
  }

  const ask = (text: string): { turns: object[] } => ({
    turns: [{ role: Role.USER, parts: [{ content: { case: "text", value: text } }] }],
  });

  async function say(text: string, streaming = false, extra: object = {}) {
    return fold(await collect(provider, makeCall(streaming, { ...ask(text), ...extra })));
  }

  test("the same question gets the same answer, whole and streamed, by every server of the same seed", async () => {
    await start({});
    const question =
      "Rewrite this so that it is shorter: It is really very important that the train leaves on time.";
    const whole = await say(question);
    expect((await say(question, true)).text).toBe(whole.text);
    expect(whole.text).toContain("train leaves on time");
    expect(whole.text.length).toBeLessThan(question.length);
    await provider.close();
    await simulator.close();
    await start({});
    expect((await say(question)).text).toBe(whole.text);
  });

  test("works out what can be worked out", async () => {
    await start({});
    expect((await say("What is (3 + 4) * 12?")).text).toBe("84");
    expect((await say("Classify as positive, negative or neutral: what a negative day")).text).toBe(
      "negative",
    );
  });

  test("usage counts what was said and asked", async () => {
    await start({});
    const answer = await say("What is 2 + 2?", true);
    expect(answer.usage).toMatchObject({ inputTokens: 4, outputTokens: 1 });
    expect(answer.finished).toBe(FinishReason.STOP);
  });

  test("an output limit cuts the answer and says so", async () => {
    await start({});
    const answer = await say("Write a story about a lighthouse keeper and her compass", true, {
      options: { maxOutputTokens: 3 },
    });
    expect(answer.finished).toBe(FinishReason.LENGTH);
    expect(answer.usage).toMatchObject({ outputTokens: 3 });
  });

  const weather = {
    name: "get_weather",
    description: "",
    parametersSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  };

  test("calls the tool that the prompt speaks of, and one that is demanded", async () => {
    await start({});
    for (const streaming of [false, true]) {
      const answer = await say("How is the weather in Paris?", streaming, { tools: [weather] });
      expect(answer.toolCalls).toMatchObject([{ name: "get_weather", arguments: '{"city":"Paris"}' }]);
      expect(answer.finished).toBe(FinishReason.TOOL_CALLS);
    }
    expect((await say("Hello there", false, { tools: [weather] })).toolCalls).toEqual([]);
    const demanded = { tools: [weather], options: { toolChoice: { mode: ToolChoice_Mode.REQUIRED } } };
    expect((await say("Hello there", false, demanded)).toolCalls).toHaveLength(1);
  });

  test("answers by a JSON schema", async () => {
    await start({});
    const schema = {
      type: "object",
      properties: { label: { enum: ["good", "bad"] }, count: { type: "integer", minimum: 1, maximum: 9 } },
      required: ["label", "count"],
    };
    const format = { responseFormat: { format: { case: "json", value: { schema } } } };
    const value = JSON.parse((await say("That was bad, 4 times over", true, format)).text) as unknown;
    expect(value).toEqual({ label: "bad", count: 4 });
  });

  test("gets harder things wrong more often", async () => {
    const scripts = [0.1, 0.5, 0.9].map((difficulty) => ({
      when: `difficulty ${difficulty}`,
      answer: "right",
      wrong_answer: "wrong",
      difficulty,
    }));
    await start({ default_model: { strength: 0.5, scripts } });
    const shares: number[] = [];
    for (const { difficulty } of scripts) {
      let right = 0;
      for (let round = 0; round < 60; round += 1) {
        if ((await say(`case ${round} of difficulty ${difficulty}`)).text === "right") right += 1;
      }
      shares.push(right / 60);
    }
    expect(shares[0]).toBeGreaterThan(0.85);
    expect(shares[1]).toBeGreaterThan(0.25);
    expect(shares[1]).toBeLessThan(0.75);
    expect(shares[2]).toBeLessThan(0.15);
  });

  test("declines as often as it is told", async () => {
    await start({ default_model: { refusal_rate: 1 } });
    for (const streaming of [false, true]) {
      expect((await say("Hello", streaming)).finished).toBe(FinishReason.CONTENT_FILTER);
    }
  });

  test("keeps its pace", async () => {
    await start({
      default_model: { time_to_first_token: { type: "constant", ms: 40 }, tokens_per_second: 200 },
    });
    const began = performance.now();
    const times: number[] = [];
    const call = makeCall(true, ask("Write a poem about mountains and rivers"));
    for await (const event of provider.generate(call, new AbortController().signal)) {
      if (event.type === "text_delta") times.push(performance.now() - began);
    }
    expect(times[0]).toBeGreaterThanOrEqual(38);
    // From the beginning, for the first piece may be read late; no piece is there before its time.
    expect(times.at(-1)).toBeGreaterThanOrEqual(38 + (times.length - 1) * 5 - 5);
  });

  test.each([
    ["rate_limited", AttemptErrorKind.NOT_SENT, AttemptErrorReason.RATE_LIMITED],
    ["unavailable", AttemptErrorKind.NOT_SENT, AttemptErrorReason.UNAVAILABLE],
    ["server_error", AttemptErrorKind.MAYBE_BILLED, AttemptErrorReason.SERVER_ERROR],
    ["reset", AttemptErrorKind.MAYBE_BILLED, AttemptErrorReason.CONNECTION],
    ["hang", AttemptErrorKind.MAYBE_BILLED, AttemptErrorReason.TIMEOUT],
    ["html", AttemptErrorKind.MAYBE_BILLED, AttemptErrorReason.BAD_RESPONSE],
    ["garbage", AttemptErrorKind.MAYBE_BILLED, AttemptErrorReason.BAD_RESPONSE],
    ["half_json", AttemptErrorKind.MAYBE_BILLED, AttemptErrorReason.BAD_RESPONSE],
    ["empty", AttemptErrorKind.MAYBE_BILLED, AttemptErrorReason.BAD_RESPONSE],
    ["endless", AttemptErrorKind.MAYBE_BILLED, AttemptErrorReason.BAD_RESPONSE],
  ] as const)("fails by %s", async (kind, errorKind, reason) => {
    await start(
      { default_model: { faults: [{ kind, rate: 1, retry_after_ms: 1_500 }] } },
      // Only what hangs may run out of time.
      { headersTimeoutMs: kind === "hang" ? 100 : 60_000, maxBodyBytes: 65_536, maxEventBytes: 65_536 },
    );
    for (const streaming of [false, true]) {
      const error = await failureOf(provider, makeCall(streaming));
      expect(error).toMatchObject({ kind: errorKind, reason });
      if (kind === "rate_limited") expect(error.retryAfterMs).toBe(1_500);
    }
  });

  test("cuts an answer half-way", async () => {
    await start({ default_model: { faults: [{ kind: "cut", rate: 1 }] } });
    const streamed = await say("Write a poem about mountains", true);
    expect(streamed.text).not.toBe("");
    expect(streamed.finished).toBeUndefined();
    expect(await failureOf(provider, makeCall(false))).toMatchObject({
      reason: AttemptErrorReason.INTERRUPTED,
    });
  });

  test("faults befall repeated requests anew, in the same order for the same seed", async () => {
    const profile: SimulatorProfile = {
      seed: 7,
      default_model: { faults: [{ kind: "unavailable", rate: 0.4 }] },
    };
    const runs: string[] = [];
    for (let run = 0; run < 2; run += 1) {
      await start(profile);
      let outcomes = "";
      for (let round = 0; round < 40; round += 1) {
        outcomes += await say("Hello").then(
          () => "+",
          () => "-",
        );
      }
      runs.push(outcomes);
      if (run === 0) {
        await provider.close();
        await simulator.close();
      }
    }
    expect(runs[0]).toBe(runs[1]);
    const failed = runs[0]?.replaceAll("+", "").length ?? 0;
    expect(failed).toBeGreaterThan(6);
    expect(failed).toBeLessThan(28);
  });

  test("a profile with a mistake is refused", async () => {
    await start({});
    expect(() => createSimulator({ default_model: { refusal_rate: 2 } })).toThrow(/refusal_rate/);
    expect(() => createSimulator({ default_model: { fault: [] } } as never)).toThrow(/fault/);
  });
});
