import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { expect, test, vi } from "vitest";
import { AttemptErrorKind, AttemptErrorReason } from "#gen/pointsman/v1/attempt_pb.ts";
import { FinishReason } from "#gen/pointsman/v1/completion_pb.ts";
import { Role, RouteInputSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { createLocalProvider } from "./local.ts";
import type { LlamaTurn } from "./local-model.ts";
import type { ProviderEvent } from "./provider.ts";

/** A module with the shape of node-llama-cpp, whose model thinks once and echoes, or never ends. */
function fakeModule(behaviour: "echo" | "hang" | "fail", log: unknown[] = []) {
  let left = 1;
  class LlamaChatSession {
    readonly #sequence: { tokenMeter: { usedInputTokens: number; usedOutputTokens: number } };
    constructor({
      contextSequence,
    }: { contextSequence: { tokenMeter: { usedInputTokens: number; usedOutputTokens: number } } }) {
      this.#sequence = contextSequence;
    }
    setChatHistory(history: LlamaTurn[]): void {
      log.push(history);
    }
    async promptWithMeta(
      prompt: string,
      options: {
        signal: AbortSignal;
        onResponseChunk: (chunk: object) => void;
        maxTokens?: number;
        grammar?: unknown;
      },
    ) {
      log.push({ prompt, grammar: options.grammar });
      if (behaviour === "fail") throw new Error("out of memory");
      options.onResponseChunk({ type: "segment", segmentType: "thought", text: "Hm." });
      options.onResponseChunk({ type: undefined, text: prompt });
      this.#sequence.tokenMeter.usedInputTokens = 8;
      this.#sequence.tokenMeter.usedOutputTokens = 3;
      if (behaviour === "hang") {
        await new Promise((_resolve, reject) => {
          options.signal.addEventListener("abort", () =>
            setTimeout(() => {
              log.push("stopped");
              reject(options.signal.reason);
            }, 200),
          );
        });
      }
      return { stopReason: options.maxTokens === undefined ? "eogToken" : "maxTokens" };
    }
    dispose(): void {
      left += 1;
    }
  }
  return {
    LlamaChatSession,
    getLlama: async () => ({
      loadModel: async (options: object) => {
        log.push(options);
        return {
          createContext: async () => ({
            get sequencesLeft() {
              return left;
            },
            getSequence: () => {
              left -= 1;
              return { tokenMeter: { usedInputTokens: 0, usedOutputTokens: 0 } };
            },
          }),
        };
      },
      createGrammarForJsonSchema: async (schema: object) => ({ grammarOf: schema }),
      getGrammarFor: async () => "any json",
      dispose: async () => {
        log.push("disposed");
      },
    }),
  };
}

const text = (role: Role, value: string) => ({
  role,
  parts: [{ content: { case: "text" as const, value } }],
});

/** What the fake notes of a prompt without a schema. */
const prompted = (prompt: string) => ({ prompt, grammar: undefined });
const PATIENCE = { timeout: 60_000 };

async function start(behaviour: "echo" | "hang" | "fail", log: unknown[] = []) {
  const module = fakeModule(behaviour, log) as unknown as Record<string, unknown>;
  const provider = await createLocalProvider({ modelPath: "/models/tiny.gguf" }, async () => module);
  const ask = async (
    input: MessageInitShape<typeof RouteInputSchema> = {},
    signal = new AbortController().signal,
  ): Promise<ProviderEvent[]> => {
    const call = {
      input: create(RouteInputSchema, { turns: [text(Role.USER, "Hi")], ...input }),
      target: create(TargetSchema, { model: "tiny" }),
      streaming: true,
      callId: "c",
      cachePrefix: false,
    };
    const events: ProviderEvent[] = [];
    for await (const event of provider.generate(call, signal)) events.push(event);
    return events;
  };
  return { provider, ask };
}

test("answers with thoughts, text, usage and why it stopped", async () => {
  const log: unknown[] = [];
  const { ask, provider } = await start("echo", log);
  const turns = [
    text(Role.SYSTEM, "Be brief."),
    text(Role.USER, "A?"),
    text(Role.ASSISTANT, "A."),
    text(Role.USER, "B?"),
  ];
  const schema = { type: "object" };
  expect(await ask({ turns, responseFormat: { format: { case: "json", value: { schema } } } })).toMatchObject(
    [
      { type: "started", responseModel: "tiny" },
      { type: "reasoning_delta", text: "Hm." },
      { type: "text_delta", text: "B?" },
      { type: "usage", usage: { inputTokens: 8, outputTokens: 3 } },
      { type: "finished", reason: FinishReason.STOP },
    ],
  );
  expect((await ask({ options: { maxOutputTokens: 1 } })).at(-1)).toEqual({
    type: "finished",
    reason: FinishReason.LENGTH,
  });
  await provider.close();
  expect(log).toEqual([
    { modelPath: "/models/tiny.gguf" },
    [
      { type: "system", text: "Be brief." },
      { type: "user", text: "A?" },
      { type: "model", response: ["A."] },
    ],
    { prompt: "B?", grammar: { grammarOf: schema } },
    [],
    prompted("Hi"),
    "disposed",
  ]);
});

test("cancelled at once, and its room is free again", async () => {
  const log: unknown[] = [];
  const { ask } = await start("hang", log);
  const controller = new AbortController();
  const reason = new Error("never mind");
  const answer = ask({}, controller.signal);
  await vi.waitFor(() => expect(log).toContainEqual(prompted("Hi")), PATIENCE);
  await expect(ask()).rejects.toMatchObject({
    kind: AttemptErrorKind.NOT_SENT,
    reason: AttemptErrorReason.UNAVAILABLE,
  });
  controller.abort(reason);
  await expect(answer).rejects.toBe(reason);
  // The model stops at its next token only: the caller did not wait for it.
  expect(log).not.toContain("stopped");
  await vi.waitFor(() => expect(log).toContain("stopped"), PATIENCE);
  const again = new AbortController();
  const next = ask({ turns: [text(Role.USER, "Again")] }, again.signal);
  await vi.waitFor(() => expect(log).toContainEqual(prompted("Again")), PATIENCE);
  again.abort(reason);
  await expect(next).rejects.toBe(reason);
});

test("fails in the room's own words, and refuses what it cannot", async () => {
  await expect((await start("fail")).ask()).rejects.toMatchObject({
    reason: AttemptErrorReason.BAD_RESPONSE,
  });
  const { ask } = await start("echo");
  await expect(ask({ tools: [{ name: "clock" }] })).rejects.toMatchObject({
    kind: AttemptErrorKind.CALLER_FAULT,
  });
  await expect(ask({ turns: [text(Role.ASSISTANT, "A.")] })).rejects.toMatchObject({
    kind: AttemptErrorKind.CALLER_FAULT,
  });
});

test("says what to install", async () => {
  // As Node fails; the test runner has a way of its own with packages that are optional.
  const missing = () => Promise.reject(Object.assign(new Error("none"), { code: "ERR_MODULE_NOT_FOUND" }));
  await expect(createLocalProvider({ modelPath: "x.gguf" }, missing)).rejects.toThrow(
    "npm install node-llama-cpp",
  );
});
