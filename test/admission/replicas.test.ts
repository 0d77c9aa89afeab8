import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { type Admission, createAdmission } from "../../src/admission/admission.ts";
import { AdmissionError } from "../../src/admission/admission-error.ts";
import { limitSettingsSchema } from "../../src/admission/limit-settings.ts";
import type { LimitStore } from "../../src/admission/limit-store.ts";
import { createSqliteLimitStore } from "../../src/admission/sqlite-limit-store.ts";
import { createValkeyLimitStore } from "../../src/admission/valkey-limit-store.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { findRedisProgram, startRedis, startRedisCluster } from "./redis-server.ts";

const { signal } = new AbortController();
const caller = create(CallerSchema, { tenant: "acme", app: "a", keyId: "k1" });
const cost = (worstCaseMicros: number) => ({ inputTokens: 0, maxOutputTokens: 0, worstCaseMicros });
const budget = (dollars: number) => ({
  budgets: [{ id: "b", scope: "tenant", dollars, period: "total", soft: [] }],
});

const open: { admission: Admission; store: LimitStore }[] = [];
afterEach(async () => {
  for (const { admission, store } of open.splice(0)) {
    await admission.close();
    await store.close();
  }
});

/** @param settings where they say nothing of it, a busy machine does not make the store look away. */
function replica(store: LimitStore, settings: object): Admission {
  const admission = createAdmission(
    limitSettingsSchema.parse({ limit_store: { timeout_ms: 30_000 }, ...settings }),
    store,
    systemClock,
    randomUUID,
  );
  open.push({ admission, store });
  return admission;
}

async function allowed(promise: Promise<unknown>): Promise<boolean> {
  try {
    await promise;
    return true;
  } catch (error) {
    if (error instanceof AdmissionError && error.kind !== "store_away") return false;
    throw error;
  }
}

/** Whether a reservation is given, where a store that is away or slow for a moment is no reason to fail. */
async function served(admission: Admission, worstCaseMicros: number): Promise<boolean> {
  return await admission.reserve(caller, cost(worstCaseMicros), signal).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AdmissionError && error.kind === "store_away") return false;
      throw error;
    },
  );
}

/** What users of such systems report as going wrong, tried on a real engine. */
function testReplicas(name: string, makeStore: () => LimitStore): void {
  describe(`replicas over ${name}`, () => {
    it("share one limit, instead of having it each", async () => {
      const settings = { limits: [{ id: "r", scope: "key", requests: 20, per: "day" }] };
      const replicas = [1, 2, 3, 4].map(() => replica(makeStore(), settings));
      const outcomes = await Promise.all(
        Array.from({ length: 80 }, (_, index) =>
          allowed(replicas[index % 4]!.reserve(caller, cost(0), signal)),
        ),
      );
      expect(outcomes.filter(Boolean)).toHaveLength(20);
    });

    it("do not pass a budget by requests that come at the same moment, and spend all of it", async () => {
      const replicas = [1, 2, 3, 4].map(() => replica(makeStore(), budget(0.01)));
      let spent = 0;
      await Promise.all(
        Array.from({ length: 400 }, async (_, index) => {
          for (let attempt = 0; attempt < 3; attempt++) {
            const reservation = await replicas[index % 4]!.reserve(caller, cost(100), signal).catch(
              (error: unknown) => {
                if (error instanceof AdmissionError && error.kind === "budget_exhausted") return undefined;
                throw error;
              },
            );
            if (!reservation) return;
            await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
            spent += 50;
            reservation.settle({ tokens: 0, micros: 50 });
          }
        }),
      );
      expect(spent).toBeLessThanOrEqual(10_000);
      // What others settled frees the rest within moments.
      const left = (10_000 - spent) / 50;
      for (let index = 0; index < left; index++) {
        const reserve = () =>
          allowed(
            replicas[0]!
              .reserve(caller, cost(50), signal)
              .then((one) => one.settle({ tokens: 0, micros: 50 })),
          );
        await expect.poll(reserve, { interval: 150 }).toBe(true);
      }
      expect(await allowed(replicas[1]!.reserve(caller, cost(1), signal))).toBe(false);
    });

    it("remember what was spent before they were started", async () => {
      const store = makeStore();
      const first = replica(store, budget(0.001));
      (await first.reserve(caller, cost(800), signal)).settle({ tokens: 0, micros: 700 });
      open.pop();
      await first.close();
      await store.close();
      const second = replica(makeStore(), budget(0.001));
      await second.ready(caller, signal);
      expect(second.budgetFor(caller).remaining).toBeCloseTo(0.0003, 9);
      expect(await allowed(second.reserve(caller, cost(301), signal))).toBe(false);
      expect(await allowed(second.reserve(caller, cost(300), signal))).toBe(true);
    });
  });
}

let files = 0;
const folder = mkdtempSync(join(tmpdir(), "pointsman-replicas-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let path = "";
describe("SQLite", () => {
  afterEach(() => {
    path = "";
  });
  testReplicas("SQLite", () => {
    path ||= join(folder, `limits-${++files}.db`);
    return createSqliteLimitStore(path);
  });
});

const program = findRedisProgram();
if (program) {
  const server = await startRedis(program);
  afterAll(() => server.close());
  const cluster = await startRedisCluster(program);
  afterAll(() => cluster.close());
  let prefix = "";
  describe("Valkey or Redis", () => {
    afterEach(() => {
      prefix = "";
    });
    const makeStore = () => {
      prefix ||= `test${++files}:`;
      return createValkeyLimitStore({ urls: [server.url], keyPrefix: prefix });
    };
    testReplicas("Valkey or Redis", makeStore);

    testReplicas("a cluster of three nodes", () => {
      prefix ||= `test${++files}:`;
      return createValkeyLimitStore({ urls: cluster.urls, keyPrefix: prefix });
    });

    it("is away when it hangs: closed limits refuse in time, and serve again when it is back", async () => {
      const admission = replica(makeStore(), { ...budget(1), limit_store: { timeout_ms: 1_000 } });
      await expect.poll(() => served(admission, 100)).toBe(true);
      server.pause();
      try {
        await expect(admission.reserve(caller, cost(900_000), signal)).rejects.toMatchObject({
          kind: "store_away",
        });
        expect(admission.status()).toMatchObject({ closed: ["b"], localShare: [] });
        await expect(admission.reserve(caller, cost(900_000), signal)).rejects.toMatchObject({
          kind: "store_away",
        });
      } finally {
        server.resume();
      }
      await expect.poll(() => served(admission, 900_000)).toBe(true);
    });

    it("finds its way back when the server was started anew", async () => {
      const own = await startRedis(program);
      const admission = replica(createValkeyLimitStore({ urls: [own.url] }), {
        ...budget(1),
        limit_store: { timeout_ms: 1_000 },
      });
      await expect.poll(() => served(admission, 100)).toBe(true);
      await own.close();
      await expect(admission.reserve(caller, cost(900_000), signal)).rejects.toMatchObject({
        kind: "store_away",
      });
      const again = await startRedis(program, "--port", new URL(own.url).port);
      try {
        await expect.poll(() => served(admission, 900_000)).toBe(true);
      } finally {
        await again.close();
      }
    });
  });
} else {
  describe("Valkey or Redis", () => {
    it.skip("needs valkey-server or redis-server on the path", () => undefined);
  });
}
