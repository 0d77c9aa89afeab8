import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { CompletionSchema, CompletionState } from "#gen/pointsman/v1/completion_pb.ts";
import { type Caller, CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { Role, RouteInputSchema, TurnSchema } from "#gen/pointsman/v1/route_input_pb.ts";
import { createAdmission } from "../../src/admission/admission.ts";
import { mintKey } from "../../src/admission/api-key.ts";
import { createIdentifier } from "../../src/admission/identifier.ts";
import { identitySettingsSchema } from "../../src/admission/identity-settings.ts";
import { limitSettingsSchema } from "../../src/admission/limit-settings.ts";
import type { LimitStore } from "../../src/admission/limit-store.ts";
import { createMemoryLimitStore } from "../../src/admission/memory-limit-store.ts";
import { createSqliteLimitStore } from "../../src/admission/sqlite-limit-store.ts";
import { createValkeyLimitStore } from "../../src/admission/valkey-limit-store.ts";
import { createAnswerCache } from "../../src/cache/answer-cache.ts";
import { cacheKey } from "../../src/cache/cache-key.ts";
import { createSqliteAnswerStore } from "../../src/cache/sqlite-answer-store.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { findRedisProgram, startRedis } from "./redis-server.ts";

/**
 * What identity, limits and cache add to a request, in microseconds of this process's CPU, the disk thread's included:
 *
 *     node test/admission/cost.ts
 */
const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), "pointsman-cost-"));

/** Runs in waves of 100 at a time, as requests come, and gives the CPU of each. */
async function measure(name: string, run: () => Promise<unknown>, count: number): Promise<void> {
  const wave = async (times: number): Promise<void> => {
    for (let done = 0; done < times; done += 100) {
      await Promise.all(Array.from({ length: 100 }, run));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await wave(count / 5);
  const before = process.cpuUsage();
  const began = performance.now();
  await wave(count);
  const wall = performance.now() - began;
  const { user, system } = process.cpuUsage(before);
  const each = ((user + system) / count).toFixed(2);
  console.log(
    `${name.padEnd(64)} ${each.padStart(8)} us CPU  ${((1000 * wall) / count).toFixed(2).padStart(8)} us wall`,
  );
}

const key = mintKey("k1");
const identifier = createIdentifier(
  identitySettingsSchema.parse({ keys: [{ id: "k1", key, tenant: "acme", app: "billing" }] }),
);
const authorization = `Bearer ${key}`;
await measure(
  "identify: a known key",
  () => identifier.identify({ authorization, loopback: false }, signal),
  200_000,
);
identifier.close();

const caller = create(CallerSchema, { tenant: "acme", app: "billing", keyId: "k1" });
const limits = {
  limits: [
    { id: "requests", scope: "key", requests: 1e9, per: "minute" },
    { id: "tokens", scope: "app", tokens: 1e12, per: "minute" },
  ],
  budgets: [
    { id: "key", scope: "key", dollars: 1e6 },
    { id: "app", scope: "app", dollars: 1e7 },
    { id: "tenant", scope: "tenant", dollars: 1e8 },
  ],
};

async function measureLimits(name: string, store: LimitStore, settings: object, from: Caller): Promise<void> {
  const admission = createAdmission(limitSettingsSchema.parse(settings), store, systemClock, randomUUID);
  const amounts = { inputTokens: 500, maxOutputTokens: 500, worstCaseMicros: 3_000 };
  const used = { tokens: 700, micros: 2_000 };
  await measure(
    `reserve and settle: ${name}`,
    async () => {
      const reservation = await admission.reserve(from, amounts, signal);
      reservation.settle(used);
    },
    200_000,
  );
  await admission.close();
  await store.close();
}

await measureLimits("nothing configured", createMemoryLimitStore(Date.now), {}, caller);
await measureLimits("2 limits and 3 budgets, memory", createMemoryLimitStore(Date.now), limits, caller);
await measureLimits(
  "2 limits and 3 budgets, SQLite",
  createSqliteLimitStore(join(folder, "limits.db")),
  limits,
  caller,
);
const program = findRedisProgram();
const server = program ? await startRedis(program) : undefined;
if (server) {
  const store = createValkeyLimitStore({ urls: [server.url] });
  await measureLimits("2 limits and 3 budgets, Valkey or Redis", store, limits, caller);
}
await server?.close();

const input = create(RouteInputSchema, {
  turns: ["You are brief. ".repeat(100), "What is this? ".repeat(200)].map((value, index) =>
    create(TurnSchema, {
      role: index === 0 ? Role.SYSTEM : Role.USER,
      parts: [{ content: { case: "text", value } }],
    }),
  ),
});
const question = { tenant: "acme", policyRevision: "p", input };
await measure("cache: the key of 4 KB", async () => cacheKey(question), 50_000);
const cache = createAnswerCache(
  createSqliteAnswerStore(join(folder, "cache.db"), { maxBytes: 1e8, maxEntries: 1e5 }, Date.now),
);
const reply = await cache.open("acme", cacheKey(question), signal);
if (reply.kind === "miss") {
  const completion = create(CompletionSchema, {
    state: CompletionState.COMPLETED,
    parts: [{ content: { case: "text", value: "An answer. ".repeat(100) } }],
  });
  reply.keep({ decisionId: "d", completion, labels: {}, ttlMs: 600_000 });
  reply.close();
}
await new Promise((resolve) => setTimeout(resolve, 200));
let turn = 0;
await measure(
  "cache: a miss, SQLite",
  async () => {
    const missed = await cache.open("acme", `none ${turn++}`, signal);
    if (missed.kind === "miss") missed.close();
  },
  50_000,
);
const known = cacheKey(question);
await measure("cache: a hit, SQLite", () => cache.open("acme", known, signal), 50_000);
await cache.close();
rmSync(folder, { recursive: true, force: true });
