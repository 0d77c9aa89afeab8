import { create } from "@bufbuild/protobuf";
import { describe, expect, it } from "vitest";
import { CompletionSchema, CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { createAnswerCache } from "./answer-cache.ts";
import type { AnswerStore } from "./answer-store.ts";
import { CacheError } from "./cache-error.ts";
import { createMemoryAnswerStore } from "./memory-answer-store.ts";

const { signal } = new AbortController();
const memory = () => createMemoryAnswerStore({ maxBytes: 1e6, maxEntries: 100 }, Date.now);
const completion = (text: string, state: CompletionState = CompletionState.COMPLETED) =>
  create(CompletionSchema, { state, parts: [{ content: { case: "text", value: text } }], costMicros: 42 });
const toKeep = (text: string) => ({
  decisionId: "d1",
  completion: completion(text),
  labels: {},
  ttlMs: 60_000,
});

async function miss(cache: ReturnType<typeof createAnswerCache>, tenant = "t", given = signal) {
  const reply = await cache.open(tenant, "k", given);
  if (reply.kind !== "miss") throw new Error("a miss was expected");
  return reply;
}

describe("the answer cache", () => {
  it("repeats an answer as a copy of its own", async () => {
    const cache = createAnswerCache(memory());
    const first = await miss(cache);
    first.keep(toKeep("hello"));
    first.close();
    const [one, two] = [await cache.open("t", "k", signal), await cache.open("t", "k", signal)];
    expect(one).toMatchObject({ kind: "hit", joined: false, answer: { decisionId: "d1", costMicros: 42 } });
    if (one.kind !== "hit" || two.kind !== "hit") throw new Error("hits were expected");
    expect(one.answer.completion.parts).toEqual(completion("hello").parts);
    expect(one.answer.completion).not.toBe(two.answer.completion);
  });

  it("keeps only what was completed", async () => {
    const cache = createAnswerCache(memory());
    for (const state of Object.values(CompletionState)) {
      if (state === CompletionState.COMPLETED || typeof state !== "number") continue;
      const reply = await miss(cache);
      expect(() => reply.keep({ ...toKeep("x"), completion: completion("x", state) })).toThrow(CacheError);
      reply.close();
    }
    (await miss(cache)).close();
  });

  it("lets equal requests of one tenant wait for one answer, and no other tenant", async () => {
    const cache = createAnswerCache(memory());
    const leader = await miss(cache);
    const followers = [1, 2, 3].map(() => cache.open("t", "k", signal));
    const stranger = await miss(cache, "u");
    leader.keep(toKeep("once"));
    leader.close();
    for (const follower of followers) expect(await follower).toMatchObject({ kind: "hit", joined: true });
    stranger.close();
  });

  it("makes the next one lead where the leader gives up, and lets each leave by its own signal", async () => {
    const cache = createAnswerCache(memory());
    const leader = await miss(cache);
    const leaving = new AbortController();
    const first = cache.open("t", "k", leaving.signal);
    const [second, third] = [cache.open("t", "k", signal), cache.open("t", "k", signal)];
    leaving.abort(new Error("left"));
    await expect(first).rejects.toThrow("left");
    leader.close();
    const next = await second;
    if (next.kind !== "miss") throw new Error("the second should lead");
    next.keep(toKeep("second"));
    expect(await third).toMatchObject({ kind: "hit", joined: true });
  });

  it("hands the lead on where the next leaves in the very moment it is made leader", async () => {
    const cache = createAnswerCache(memory());
    const leader = await miss(cache);
    const leaving = new AbortController();
    const first = cache.open("t", "k", leaving.signal);
    const second = cache.open("t", "k", signal);
    await Promise.resolve();
    leader.close();
    leaving.abort(new Error("left"));
    const outcome = await first.catch(() => undefined);
    if (outcome?.kind === "miss") outcome.close();
    const next = await second;
    expect(next.kind).toBe("miss");
    if (next.kind === "miss") next.close();
  });

  it("treats a store that fails or hangs as a miss, and says so", async () => {
    const errors: unknown[] = [];
    const failing: AnswerStore = { ...memory(), get: () => Promise.reject(new Error("away")) };
    const cache = createAnswerCache(failing, { onStoreError: (error) => errors.push(error) });
    (await miss(cache)).close();
    const hanging: AnswerStore = { ...memory(), get: () => new Promise(() => undefined) };
    (
      await miss(createAnswerCache(hanging, { timeoutMs: 20, onStoreError: (error) => errors.push(error) }))
    ).close();
    expect(errors).toHaveLength(2);
  });

  it("does not keep what is too large, but gives it to those that wait", async () => {
    const cache = createAnswerCache(memory());
    const leader = await miss(cache);
    const follower = cache.open("t", "k", signal);
    leader.keep({ ...toKeep("x".repeat(100)), maxBytes: 50 });
    expect((await follower).kind).toBe("hit");
    (await miss(cache)).close();
  });
});
