import { create } from "@bufbuild/protobuf";
import { afterEach, describe, expect, it } from "vitest";
import { type Caller, CallerSchema } from "#gen/pointsman/v1/facts_pb.ts";
import { type Admission, type AdmissionEvents, createAdmission } from "./admission.ts";
import { AdmissionError } from "./admission-error.ts";
import { limitSettingsSchema } from "./limit-settings.ts";
import type { LimitStore } from "./limit-store.ts";
import { createMemoryLimitStore, type MemoryCounter } from "./memory-limit-store.ts";
import type { SoftLimit } from "./soft-limits.ts";

const { signal } = new AbortController();
const START = Date.parse("2026-11-24T12:00:00Z");
const open: Admission[] = [];
afterEach(() => Promise.all(open.splice(0).map((admission) => admission.close())));

let names = 0;
const makeHolder = (): string => `holder-${++names}`;

/** Several admissions over one store, on one clock, are the replicas of one service. */
function service(settings: unknown, events: AdmissionEvents = {}) {
  const counters = new Map<string, MemoryCounter>();
  const time = { now: START, away: false };
  const replica = (): Admission => {
    const inner = createMemoryLimitStore(() => time.now, counters);
    const store: LimitStore = {
      ...inner,
      async exchange(request, given) {
        if (time.away) throw new Error("connection refused");
        return inner.exchange(request, given);
      },
    };
    // A wait for others to give back is some flushes long. The clock that measures it goes slowly, so that a machine that
    // stands still for as long does not make it a vain one.
    const clock = { now: () => time.now, monotonic: () => performance.now() / 40 };
    const admission = createAdmission(
      limitSettingsSchema.parse({ limit_store: { flush_ms: 10 }, ...(settings as object) }),
      store,
      clock,
      makeHolder,
      events,
    );
    open.push(admission);
    return admission;
  };
  const spent = (): number => [...counters.values()].reduce((sum, counter) => sum + counter.spent, 0);
  return { replica, time, counters, spent };
}

function callerOf(tenant: string, app = "", keyId = "k1"): Caller {
  return create(CallerSchema, { tenant, app, keyId, roles: ["caller"] });
}

const cost = (micros: number) => ({ inputTokens: 10, maxOutputTokens: 90, worstCaseMicros: micros });

async function denial(promise: Promise<unknown>): Promise<AdmissionError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(AdmissionError);
  return error as AdmissionError;
}

describe("budgets", () => {
  const settings = { budgets: [{ id: "daily", scope: "tenant", dollars: 0.001, period: "day" }] };
  const acme = callerOf("acme");

  it("hold the worst case, then only what was used", async () => {
    const admission = service(settings).replica();
    const first = await admission.reserve(acme, cost(600), signal);
    expect(first.budget.remaining).toBeCloseTo(0.0004);
    const error = await denial(admission.reserve(acme, cost(600), signal));
    expect(error).toMatchObject({
      kind: "budget_exhausted",
      details: {
        scope: "tenant:acme",
        limitId: "daily",
        unit: "micros",
        remaining: 400,
        retryAfterMs: 1_000,
      },
    });
    first.settle({ tokens: 50, micros: 100 });
    const second = await admission.reserve(acme, cost(900), signal);
    expect(second.budget.remainingShare).toBeCloseTo(0);
  });

  it("say when the next period starts where nothing under way can help, and start anew then", async () => {
    const { replica, time } = service(settings);
    const admission = replica();
    (await admission.reserve(acme, cost(1_000), signal)).settle({ tokens: 1, micros: 1_000 });
    const error = await denial(admission.reserve(acme, cost(1), signal));
    expect(error.details.retryAfterMs).toBe(12 * 3_600_000);
    time.now += 12 * 3_600_000;
    await admission.reserve(acme, cost(1_000), signal);
  });

  it("charge the period in which the request began", async () => {
    const { replica, time, counters } = service(settings);
    const admission = replica();
    const late = await admission.reserve(acme, cost(500), signal);
    time.now += 13 * 3_600_000;
    await admission.reserve(acme, cost(1_000), signal);
    late.settle({ tokens: 1, micros: 400 });
    await expect.poll(() => counters.get("daily|tenant|acme|2026-11-24")?.spent).toBe(400);
  });

  it("of key, app and tenant are taken together or not at all", async () => {
    const { replica } = service({
      budgets: [
        { id: "t", scope: "tenant", dollars: 0.001 },
        { id: "a", scope: "app", dollars: 0.0005 },
        { id: "k", scope: "key", dollars: 0.0002 },
      ],
    });
    const admission = replica();
    const one = await admission.reserve(callerOf("acme", "x", "k1"), cost(200), signal);
    expect(
      (await denial(admission.reserve(callerOf("acme", "x", "k1"), cost(1), signal))).details.scope,
    ).toBe("key:k1");
    const two = await admission.reserve(callerOf("acme", "x", "k2"), cost(200), signal);
    expect(
      (await denial(admission.reserve(callerOf("acme", "x", "k3"), cost(101), signal))).details.scope,
    ).toBe("app:acme/x");
    await admission.reserve(callerOf("acme", "y", "k4"), cost(200), signal);
    await admission.reserve(callerOf("acme", "", "k5"), cost(200), signal);
    await admission.reserve(callerOf("acme", "z", "k6"), cost(200), signal);
    expect(
      (await denial(admission.reserve(callerOf("acme", "w", "k7"), cost(1), signal))).details.scope,
    ).toBe("tenant:acme");
    for (const reservation of [one, two]) reservation.release();
    await admission.reserve(callerOf("acme", "x", "k1"), cost(200), signal);
  });

  it("of one tenant are not another's", async () => {
    const admission = service(settings).replica();
    await admission.reserve(callerOf("acme"), cost(1_000), signal);
    await admission.reserve(callerOf("acme2"), cost(1_000), signal);
    expect(admission.budgetFor(callerOf("other")).remaining).toBeCloseTo(0.001);
  });

  it("count what was used beyond what was reserved", async () => {
    const { replica, spent } = service(settings);
    const admission = replica();
    (await admission.reserve(acme, cost(100), signal)).settle({ tokens: 1, micros: 1_500 });
    expect((await denial(admission.reserve(acme, cost(1), signal))).details.remaining).toBe(0);
    await expect.poll(spent).toBe(1_500);
  });

  it("are settled once, however often", async () => {
    const { replica, spent } = service(settings);
    const reservation = await replica().reserve(acme, cost(100), signal);
    reservation.settle({ tokens: 1, micros: 50 });
    reservation.settle({ tokens: 1, micros: 50 });
    reservation.release();
    await expect.poll(spent).toBe(50);
  });

  it("are known to facts, at once after a start too", async () => {
    const { replica } = service(settings);
    (await replica().reserve(acme, cost(400), signal)).settle({ tokens: 1, micros: 400 });
    await open[0]?.close();
    const restarted = replica();
    await restarted.ready(acme, signal);
    expect(restarted.budgetFor(acme)).toMatchObject({ remaining: 0.0006, remainingShare: 0.6 });
    expect(restarted.budgetFor(callerOf("free")).remainingShare).toBe(1);
  });

  it("are known exactly while the store is being told, so that nobody is refused what is there", async () => {
    const admission = service(settings).replica();
    for (let spent = 0; spent < 400; spent += 10) {
      (await admission.reserve(acme, cost(600), signal)).settle({ tokens: 1, micros: 10 });
      for (let turn = 0; turn < 6; turn++) {
        expect(admission.budgetFor(acme).remaining).toBeCloseTo((990 - spent) / 1e6, 9);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    expect((await denial(admission.reserve(acme, cost(601), signal))).details.remaining).toBe(600);
  });

  it("raise each soft threshold once in a period, of all replicas together", async () => {
    const events: SoftLimit[] = [];
    const { replica } = service(
      { budgets: [{ id: "b", scope: "tenant", dollars: 0.001, period: "day", soft: [0.5, 0.8] }] },
      { onSoftLimit: (event) => events.push(event) },
    );
    const replicas = [replica(), replica(), replica()];
    for (let turn = 0; turn < 30; turn++) {
      const reservation = await replicas[turn % 3]!.reserve(acme, cost(33), signal);
      reservation.settle({ tokens: 1, micros: 33 });
    }
    await Promise.all(replicas.map((admission) => admission.close()));
    expect(events.map(({ share }) => share)).toEqual([0.5, 0.8]);
    expect(events[0]).toMatchObject({ limitId: "b", scope: "tenant:acme", budgetMicros: 1_000 });
  });

  it("are never denied while another replica only keeps ready what is needed", async () => {
    const { replica } = service({ budgets: [{ id: "b", scope: "tenant", dollars: 1, period: "total" }] });
    const [busy, other] = [replica(), replica()];
    for (let turn = 0; turn < 50; turn++) {
      (await busy.reserve(acme, cost(1_000), signal)).settle({ tokens: 1, micros: 1_000 });
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    const all = await other.reserve(acme, cost(950_000), signal);
    expect(all.budget.remaining).toBe(0);
    const error = await denial(busy.reserve(acme, cost(1), signal));
    expect(error.kind).toBe("budget_exhausted");
  });

  it("ask the store at a pace, not for each request", async () => {
    let exchanges = 0;
    const inner = createMemoryLimitStore(() => START, new Map());
    const store: LimitStore = {
      ...inner,
      exchange(request, given) {
        exchanges++;
        return inner.exchange(request, given);
      },
    };
    const parsed = limitSettingsSchema.parse({
      budgets: [{ id: "large", scope: "tenant", dollars: 1_000 }],
      limits: [{ id: "many", scope: "key", requests: 1e9, per: "minute" }],
      limit_store: { flush_ms: 50 },
    });
    const clock = { now: () => START, monotonic: () => performance.now() };
    const admission = createAdmission(parsed, store, clock, makeHolder);
    open.push(admission);
    const began = performance.now();
    for (let wave = 0; wave < 100; wave++) {
      const some = Array.from({ length: 50 }, () => admission.reserve(acme, cost(1_000), signal));
      for (const reservation of await Promise.all(some)) reservation.settle({ tokens: 1, micros: 500 });
    }
    // Demand doubles from nothing, so the first few are asked for at once.
    expect(exchanges).toBeLessThan(25 + (performance.now() - began) / 25);
  });

  it("apply only where they match", async () => {
    const { replica } = service({
      budgets: [{ id: "b", scope: "app", match: ["acme/*", "*/shared"], dollars: 0.000001 }],
    });
    const admission = replica();
    expect((await denial(admission.reserve(callerOf("acme", "a"), cost(2), signal))).details.limitId).toBe(
      "b",
    );
    expect((await denial(admission.reserve(callerOf("x", "shared"), cost(2), signal))).details.limitId).toBe(
      "b",
    );
    await admission.reserve(callerOf("x", "y"), cost(2), signal);
  });
});

describe("rate limits", () => {
  const acme = callerOf("acme");

  it("admit a burst, then say when to come back", async () => {
    const { replica, time } = service({
      limits: [{ id: "r", scope: "key", requests: 10, per: "second", burst: 3 }],
    });
    const admission = replica();
    const few = await Promise.all([1, 2, 3].map(() => admission.reserve(acme, cost(0), signal)));
    const error = await denial(admission.reserve(acme, cost(0), signal));
    expect(error).toMatchObject({ kind: "rate_limited", details: { unit: "requests", scope: "key:k1" } });
    expect(error.details.retryAfterMs).toBeGreaterThan(0);
    expect(error.details.retryAfterMs).toBeLessThanOrEqual(101);
    time.now += 200;
    await admission.reserve(acme, cost(0), signal);
    // A request counts when it starts, not for as long as it lasts.
    for (const reservation of few) reservation.release();
  });

  it("of tokens hold the worst case until it is settled", async () => {
    const { replica, time } = service({ limits: [{ id: "t", scope: "tenant", tokens: 250, per: "minute" }] });
    const admission = replica();
    const [one] = [
      await admission.reserve(acme, cost(0), signal),
      await admission.reserve(acme, cost(0), signal),
    ];
    expect((await denial(admission.reserve(acme, cost(0), signal))).details.unit).toBe("tokens");
    one.settle({ tokens: 10, micros: 0 });
    await admission.reserve(acme, cost(0), signal);
    time.now += 60_000;
    expect((await denial(admission.reserve(acme, { ...cost(0), inputTokens: 300 }, signal))).retryable).toBe(
      false,
    );
  });

  it("of targets are reserved by attempt", async () => {
    const { replica } = service({
      limits: [{ id: "t", scope: "target", match: "gpt-*", requests: 1, per: "hour" }],
    });
    const admission = replica();
    await admission.reserve(acme, cost(0), signal);
    await admission.reserveTarget("gpt-x", cost(0), signal);
    expect((await denial(admission.reserveTarget("gpt-x", cost(0), signal))).details.scope).toBe(
      "target:gpt-x",
    );
    await admission.reserveTarget("claude", cost(0), signal);
    await admission.reserve(acme, { ...cost(0), targetIds: ["gpt-y"] }, signal);
    expect((await denial(admission.reserve(acme, { ...cost(0), targetIds: ["gpt-y"] }, signal))).kind).toBe(
      "rate_limited",
    );
  });

  it("do not count again what goes on", async () => {
    const { replica } = service({ limits: [{ id: "r", scope: "key", requests: 1, per: "hour" }] });
    const admission = replica();
    await admission.reserve(acme, cost(0), signal);
    await admission.reserve(acme, { ...cost(0), countsAsRequest: false }, signal);
  });
});

describe("a store that is away", () => {
  const acme = callerOf("acme");

  it("closes what is to be closed, serves what was held, and is told once", async () => {
    const told: boolean[] = [];
    const { replica, time } = service(
      { budgets: [{ id: "b", scope: "tenant", dollars: 1 }] },
      { onStore: (away) => told.push(away !== undefined) },
    );
    const admission = replica();
    await admission.reserve(acme, cost(100), signal);
    time.away = true;
    const error = await denial(admission.reserve(acme, cost(500_000), signal));
    expect(error).toMatchObject({
      kind: "store_away",
      details: { scope: "tenant:acme", retryAfterMs: 1_000 },
    });
    expect(admission.status()).toMatchObject({ closed: ["b"], localShare: [] });
    await denial(admission.reserve(acme, cost(500_000), signal));
    time.away = false;
    await expect.poll(() => admission.status().away).toBeUndefined();
    await admission.reserve(acme, cost(500_000), signal);
    expect(told).toEqual([true, false]);
  });

  it("leaves each process its stated share, and hears of all of it afterwards", async () => {
    const { replica, time, spent } = service({
      budgets: [{ id: "b", scope: "tenant", dollars: 0.001, when_store_away: "local_share", share: 0.1 }],
    });
    const admission = replica();
    time.away = true;
    for (let turn = 0; turn < 10; turn++) {
      (await admission.reserve(acme, cost(10), signal)).settle({ tokens: 1, micros: 10 });
    }
    expect((await denial(admission.reserve(acme, cost(10), signal))).kind).toBe("budget_exhausted");
    expect(admission.status()).toMatchObject({ closed: [], localShare: ["b"] });
    time.away = false;
    await expect.poll(spent).toBe(100);
    const rest = await admission.reserve(acme, cost(900), signal);
    expect(rest.budget.remaining).toBe(0);
  });

  it("ends a wait with the caller's signal", async () => {
    const counters = new Map<string, MemoryCounter>();
    const store = {
      ...createMemoryLimitStore(Date.now, counters),
      exchange: () => new Promise<never>(() => undefined),
    };
    const clock = { now: Date.now, monotonic: () => performance.now() };
    const settings = limitSettingsSchema.parse({ budgets: [{ id: "b", scope: "tenant", dollars: 1 }] });
    const admission = createAdmission(settings, store, clock, makeHolder);
    const reason = new Error("caller left");
    const controller = new AbortController();
    const waiting = admission.reserve(acme, cost(1), controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });
});

describe("settings", () => {
  it("say what is wrong and where", () => {
    const issues = (given: unknown) =>
      limitSettingsSchema.safeParse(given).error?.issues.map(({ path }) => path.join(".")) ?? [];
    expect(issues({ limits: [{ id: "a", scope: "key" }] })).toEqual(["limits.0.requests"]);
    expect(issues({ limits: [{ id: "a", scope: "key", requests: 1, tokens: 1 }] })).toEqual([
      "limits.0.requests",
    ]);
    expect(
      issues({ budgets: [{ id: "a", scope: "key", dollars: 1, when_store_away: "local_share" }] }),
    ).toEqual(["budgets.0.share"]);
    expect(issues({ budgets: [{ id: "a", scope: "target", dollars: 1 }] })).toEqual(["budgets.0.scope"]);
    expect(
      issues({
        limits: [{ id: "a", scope: "key", requests: 1 }],
        budgets: [{ id: "a", scope: "key", dollars: 1 }],
      }),
    ).toEqual(["budgets.0.id"]);
  });

  it("cost nothing where there are none", async () => {
    const admission = service({}).replica();
    const reservation = await admission.reserve(callerOf("acme"), cost(1), signal);
    expect(reservation.budget).toMatchObject({ remaining: Number.POSITIVE_INFINITY, remainingShare: 1 });
  });
});
