import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { createMemoryLimitStore, type MemoryCounter } from "../../src/admission/memory-limit-store.ts";
import { createSqliteLimitStore } from "../../src/admission/sqlite-limit-store.ts";
import { createValkeyLimitStore } from "../../src/admission/valkey-limit-store.ts";
import { testLimitStore, testSameAnswers } from "./limit-store-suite.ts";
import { findRedisProgram, startRedis } from "./redis-server.ts";

const counters = new Map<string, MemoryCounter>();
testLimitStore("memory", async () => createMemoryLimitStore(Date.now, counters));

const folder = mkdtempSync(join(tmpdir(), "pointsman-limits-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
testLimitStore("SQLite", async () => createSqliteLimitStore(join(folder, "limits.db")));
testSameAnswers("SQLite", async () => createSqliteLimitStore(join(folder, "limits.db")));

const program = findRedisProgram();
if (program) {
  const server = await startRedis(program);
  testLimitStore("Valkey or Redis", async () => createValkeyLimitStore({ urls: [server.url] }));
  testSameAnswers("Valkey or Redis", async () => createValkeyLimitStore({ urls: [server.url] }));
  afterAll(() => server.close());
} else {
  describe("limit store: Valkey or Redis", () => {
    it.skip("needs valkey-server or redis-server on the path", () => undefined);
  });
}
