import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createMemoryLimitStore, type MemoryCounter } from "../../src/admission/memory-limit-store.ts";
import { createSqliteLimitStore } from "../../src/admission/sqlite-limit-store.ts";
import { createValkeyLimitStore } from "../../src/admission/valkey-limit-store.ts";
import { testLimitStore, testSameAnswers } from "./limit-store-suite.ts";
import { findRedisPrograms, startRedis, startRedisCluster } from "./redis-server.ts";

const counters = new Map<string, MemoryCounter>();
testLimitStore("memory", async () => createMemoryLimitStore(Date.now, counters));

const folder = mkdtempSync(join(tmpdir(), "pointsman-limits-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
testLimitStore("SQLite", async () => createSqliteLimitStore(join(folder, "limits.db")));
testSameAnswers("SQLite", async () => createSqliteLimitStore(join(folder, "limits.db")));

const programs = findRedisPrograms();
for (const program of programs) {
  const server = await startRedis(program);
  testLimitStore(program, async () => createValkeyLimitStore({ urls: [server.url] }));
  testSameAnswers(program, async () => createValkeyLimitStore({ urls: [server.url] }));
  afterAll(() => server.close());

  const cluster = await startRedisCluster(program);
  testLimitStore(`a cluster of ${program}`, async () => createValkeyLimitStore({ urls: cluster.urls }));
  testSameAnswers(`a cluster of ${program}`, async () => createValkeyLimitStore({ urls: cluster.urls }));
  afterAll(() => cluster.close());

  it(`${program}: counters spread over the nodes of a cluster, each with its own place`, async () => {
    const store = createValkeyLimitStore({ urls: cluster.urls, keyPrefix: "spread:" });
    const { signal } = new AbortController();
    const items = Array.from({ length: 60 }, (_, index) => ({
      counter: { key: `c${index}|tenant|acme {${index}}`, capacity: 10, refillPerMs: 0, keepMs: 60_000 },
      holder: `h${index}`,
      sequence: 1,
      spentTotal: 0,
      outstanding: 0,
      needed: 1,
      extra: 0,
      closing: false,
    }));
    const answers = await store.exchange({ items, holdMs: 10_000 }, signal);
    expect(answers.map((answer) => answer?.granted)).toEqual(items.map(() => 1));
    const counts = await Promise.all(
      [0, 1, 2].map(async (node) => (await cluster.ask(node, "KEYS", "spread:*")) as unknown[]),
    );
    expect(counts.flat()).toHaveLength(60);
    for (const keys of counts) expect(keys.length).toBeGreaterThan(0);
    await store.close();
  });
}
if (programs.length === 0) {
  describe("limit store: Valkey or Redis", () => {
    it.skip("needs valkey-server or redis-server on the path", () => undefined);
  });
}
