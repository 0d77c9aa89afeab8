import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createMemoryAnswerStore } from "../../src/cache/memory-answer-store.ts";
import { createSqliteAnswerStore } from "../../src/cache/sqlite-answer-store.ts";
import { createValkeyAnswerStore } from "../../src/cache/valkey-answer-store.ts";
import { findRedisPrograms, startRedis, startRedisCluster } from "../admission/redis-server.ts";
import { testAnswerStore } from "./answer-store-suite.ts";

testAnswerStore("memory", async (bounds, now) => createMemoryAnswerStore(bounds, now));

const folder = mkdtempSync(join(tmpdir(), "pointsman-answers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
testAnswerStore("SQLite", async (bounds, now) =>
  createSqliteAnswerStore(join(folder, "cache.db"), bounds, now),
);

describe("answer store: SQLite", () => {
  it("makes a file anew that is none of its own", async () => {
    const path = join(folder, "broken.db");
    writeFileSync(path, "this is no database, and long enough to be looked at as one".repeat(100));
    const store = createSqliteAnswerStore(path, { maxBytes: 1e6, maxEntries: 10 }, Date.now);
    const { signal } = new AbortController();
    const kept = { decisionId: "d", completion: new Uint8Array([1]), labels: {}, costMicros: 1 };
    await store.put("t", "k", kept, 600_000, signal);
    expect(await store.get("t", "k", signal)).toEqual(kept);
    await store.close();
  });
});

const programs = findRedisPrograms();
for (const program of programs) {
  const server = await startRedis(program);
  testAnswerStore(program, async (bounds, now) =>
    createValkeyAnswerStore({ urls: [server.url] }, bounds, now),
  );
  afterAll(() => server.close());

  const cluster = await startRedisCluster(program);
  testAnswerStore(`a cluster of ${program}`, async (bounds, now) =>
    createValkeyAnswerStore({ urls: cluster.urls }, bounds, now),
  );
  afterAll(() => cluster.close());
}
if (programs.length === 0) {
  describe("answer store: Valkey or Redis", () => {
    it.skip("needs valkey-server or redis-server on the path", () => undefined);
  });
}
