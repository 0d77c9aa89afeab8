import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { CounterSpec, ExchangeItem, LimitStore } from "../../src/admission/limit-store.ts";
import { createMemoryLimitStore } from "../../src/admission/memory-limit-store.ts";

let names = 0;

/** A budget of its own for one test. */
function budgetCounter(capacity: number): CounterSpec {
  return { key: `budget|tenant|t${++names}-${process.pid}`, capacity, refillPerMs: 0, keepMs: 60_000 };
}

/** An item with everything at rest but what is given. */
function item(counter: CounterSpec, holder: string, given: Partial<ExchangeItem>): ExchangeItem {
  return {
    counter,
    holder,
    sequence: 1,
    spentTotal: 0,
    outstanding: 0,
    needed: 0,
    extra: 0,
    closing: false,
    ...given,
  };
}

/** What every store of limits must do. `open` gives a store; all stores of one suite share their counters. */
export function testLimitStore(name: string, open: () => Promise<LimitStore>): void {
  describe(`limit store: ${name}`, async () => {
    const stores = [await open(), await open()] as const;
    const [one, two] = stores;
    const { signal } = new AbortController();
    const ask = async (store: LimitStore, asked: ExchangeItem, holdMs = 30_000) =>
      (await store.exchange({ items: [asked], holdMs }, signal))[0];
    const readOne = async (store: LimitStore, counter: CounterSpec) =>
      (await store.read([counter], signal))[0];
    afterAll(() => Promise.all(stores.map((store) => store.close())));

    it("knows nothing of a new counter", async () => {
      expect(await one.read([budgetCounter(10)], signal)).toEqual([{ spent: 0, held: 0 }]);
    });

    it("grants what is needed, and never more than is left, to all holders together", async () => {
      const counter = budgetCounter(100);
      expect((await ask(one, item(counter, "a", { needed: 70 })))?.granted).toBe(70);
      const second = await ask(two, item(counter, "b", { needed: 70 }));
      expect(second).toMatchObject({ granted: 30, heldByOthers: 70, held: 100, scarce: true });
      expect(await readOne(one, counter)).toEqual({ spent: 0, held: 100 });
    });

    it("books what was spent and frees what was not", async () => {
      const counter = budgetCounter(100);
      await ask(one, item(counter, "a", { needed: 80 }));
      const settled = await ask(one, item(counter, "a", { sequence: 2, spentTotal: 30 }));
      expect(settled).toMatchObject({ spentBefore: 0, spent: 30, granted: 0, held: 0 });
      expect((await ask(two, item(counter, "b", { needed: 70 })))?.granted).toBe(70);
    });

    it("gives the same answer to the same total said twice", async () => {
      const counter = budgetCounter(100);
      await ask(one, item(counter, "a", { needed: 50 }));
      await ask(one, item(counter, "a", { sequence: 2, spentTotal: 20, outstanding: 10 }));
      await ask(one, item(counter, "a", { sequence: 3, spentTotal: 20, outstanding: 10 }));
      expect(await readOne(two, counter)).toEqual({ spent: 20, held: 10 });
    });

    it("ignores what comes late", async () => {
      const counter = budgetCounter(100);
      await ask(one, item(counter, "a", { sequence: 5, spentTotal: 20 }));
      expect(await ask(two, item(counter, "a", { sequence: 4, spentTotal: 10, needed: 50 }))).toBeUndefined();
      expect(await readOne(one, counter)).toEqual({ spent: 20, held: 0 });
    });

    it("never loses a debt, and lets nobody else in then", async () => {
      const counter = budgetCounter(100);
      await ask(one, item(counter, "a", { needed: 100 }));
      await ask(one, item(counter, "a", { sequence: 2, spentTotal: 130 }));
      expect((await ask(two, item(counter, "b", { needed: 1 })))?.granted).toBe(0);
      expect(await readOne(one, counter)).toEqual({ spent: 130, held: 0 });
    });

    it("keeps ready at most a sixteenth of what is left, but lets a holder keep what it has", async () => {
      const counter = budgetCounter(1_600);
      expect((await ask(one, item(counter, "a", { extra: 900 })))?.granted).toBe(100);
      await ask(two, item(counter, "b", { needed: 1_490 }));
      expect((await ask(one, item(counter, "a", { sequence: 2, extra: 100 })))?.granted).toBe(100);
      expect(
        (await ask(two, item(counter, "b", { sequence: 2, outstanding: 1_490, extra: 50 })))?.granted,
      ).toBe(0);
    });

    it("counts as spent what a silent holder held, and takes it back when it speaks again", async () => {
      const counter = budgetCounter(100);
      await ask(one, item(counter, "a", { needed: 60 }), 40);
      await new Promise((resolve) => setTimeout(resolve, 80));
      expect(await ask(two, item(counter, "b", { needed: 50 }))).toMatchObject({ spent: 60, granted: 40 });
      await ask(one, item(counter, "a", { sequence: 2, spentTotal: 10, outstanding: 20 }));
      expect(await readOne(two, counter)).toEqual({ spent: 10, held: 60 });
    });

    it("forgets a bucket's use with time, but not what is held", async () => {
      const counter = { ...budgetCounter(100), refillPerMs: 1 };
      await ask(one, item(counter, "a", { needed: 100 }));
      await ask(one, item(counter, "a", { sequence: 2, spentTotal: 60, outstanding: 40 }));
      await new Promise((resolve) => setTimeout(resolve, 120));
      expect(await readOne(two, counter)).toEqual({ spent: 0, held: 40 });
      expect((await ask(two, item(counter, "b", { needed: 100 })))?.granted).toBe(60);
    });

    it("lets a holder close, and counts no late message of it twice", async () => {
      const counter = budgetCounter(100);
      await ask(one, item(counter, "a", { spentTotal: 30 }));
      await ask(one, item(counter, "a", { sequence: 3, spentTotal: 30, closing: true }));
      expect(await ask(one, item(counter, "a", { sequence: 2, spentTotal: 30 }))).toBeUndefined();
      expect(await readOne(two, counter)).toEqual({ spent: 30, held: 0 });
    });

    it("answers several counters in their order, and follows a limit that was changed", async () => {
      const [a, b] = [budgetCounter(10), budgetCounter(20)];
      const items = [item(b, "x", { needed: 15 }), item(a, "y", { needed: 15 })];
      const answers = await one.exchange({ items, holdMs: 30_000 }, signal);
      expect(answers.map((answer) => answer?.granted)).toEqual([15, 10]);
      const raised = { ...a, capacity: 40 };
      expect((await ask(two, item(raised, "z", { needed: 30 })))?.granted).toBe(30);
    });

    it("drops counters whose time is over", async () => {
      const [short, long] = [{ ...budgetCounter(100), keepMs: 30 }, budgetCounter(100)];
      const endless = { ...budgetCounter(100), keepMs: Number.POSITIVE_INFINITY };
      for (const counter of [short, long, endless]) await ask(one, item(counter, "a", { spentTotal: 5 }));
      await new Promise((resolve) => setTimeout(resolve, 60));
      await two.sweep(signal);
      const readings = await one.read([short, long, endless], signal);
      expect(readings.map(({ spent }) => spent)).toEqual([0, 5, 5]);
    });

    it("rejects with the reason of a signal that has aborted", async () => {
      const gone = AbortSignal.abort(new Error("gone"));
      await expect(one.exchange({ items: [], holdMs: 1_000 }, gone)).rejects.toThrow("gone");
    });
  });
}

/** What happens to one counter, with time standing still: a budget, and holders that never fall silent. */
const history = fc.array(
  fc.record({
    holder: fc.constantFrom("a", "b", "c"),
    spend: fc.integer({ min: 0, max: 300 }),
    outstanding: fc.integer({ min: 0, max: 300 }),
    needed: fc.integer({ min: 0, max: 700 }),
    extra: fc.integer({ min: 0, max: 200 }),
    repeat: fc.boolean(),
    closing: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
);

/** Any history gives the same answers from this store as from the rule itself. */
export function testSameAnswers(name: string, open: () => Promise<LimitStore>): void {
  it(`limit store: ${name} gives the answers of the rule, whatever the history`, async () => {
    const store = await open();
    const { signal } = new AbortController();
    try {
      await fc.assert(
        fc.asyncProperty(history, async (events) => {
          const counter = budgetCounter(1_000);
          const rule = createMemoryLimitStore(Date.now);
          const totals = new Map<string, { spent: number; sequence: number }>();
          for (const { holder, spend, repeat, ...given } of events) {
            const total = totals.get(holder) ?? { spent: 0, sequence: 0 };
            totals.set(holder, total);
            if (!repeat) total.sequence++;
            total.spent += spend;
            const request = {
              items: [item(counter, holder, { ...given, sequence: total.sequence, spentTotal: total.spent })],
              holdMs: 600_000,
            };
            expect(await store.exchange(request, signal)).toEqual(await rule.exchange(request, signal));
          }
          expect(await store.read([counter], signal)).toEqual(await rule.read([counter], signal));
        }),
        { numRuns: 60 },
      );
    } finally {
      await store.close();
    }
  });
}
