import { afterAll, describe, expect, it } from "vitest";
import {
  type AnswerBounds,
  type AnswerStore,
  ENTRY_OVERHEAD_BYTES,
  type KeptAnswer,
} from "../../src/cache/answer-store.ts";

const bounds: AnswerBounds = { maxBytes: 20 * (1_000 + ENTRY_OVERHEAD_BYTES), maxEntries: 10 };
let tenants = 0;
/** A server lets keys go by its own clock as well, which no test may wait for. */
const DAY_MS = 86_400_000;

function answer(bytes: number, labels: Record<string, string> = {}): KeptAnswer {
  return { decisionId: `d${bytes}`, completion: new Uint8Array(bytes).fill(7), labels, costMicros: 12 };
}

/** What every store of answers must do. `open` gives an empty store with the given bounds and clock. */
export function testAnswerStore(
  name: string,
  open: (bounds: AnswerBounds, now: () => number) => Promise<AnswerStore>,
): void {
  describe(`answer store: ${name}`, async () => {
    let time = Date.now();
    const store = await open(bounds, () => time);
    const { signal } = new AbortController();
    afterAll(() => store.close());
    const tenant = (): string => `tenant ${++tenants}`;
    const put = (whose: string, key: string, kept: KeptAnswer, ttlMs = DAY_MS) => {
      time++;
      return store.put(whose, key, kept, ttlMs, signal);
    };

    it("gives back what was kept, and nothing that was not", async () => {
      const own = tenant();
      expect(await store.get(own, "k", signal)).toBeUndefined();
      await put(own, "k", answer(100, { team: "a" }));
      expect(await store.get(own, "k", signal)).toEqual(answer(100, { team: "a" }));
      await put(own, "k", answer(50));
      expect((await store.get(own, "k", signal))?.completion.length).toBe(50);
      await store.purge(own, undefined, signal);
    });

    it("finds nothing of another tenant by the same key", async () => {
      const [own, other] = [tenant(), tenant()];
      await put(own, "k", answer(10));
      for (const stranger of [other, "", `${own} `, own.toUpperCase(), "%", "*", `${own}}:x{`]) {
        expect(await store.get(stranger, "k", signal)).toBeUndefined();
      }
      expect(await store.purge(other, undefined, signal)).toBe(0);
      expect(await store.purge(own, undefined, signal)).toBe(1);
    });

    it("forgets what is too old", async () => {
      const own = tenant();
      await put(own, "k", answer(10), DAY_MS);
      time += DAY_MS - 1;
      expect(await store.get(own, "k", signal)).toBeDefined();
      time += 1;
      expect(await store.get(own, "k", signal)).toBeUndefined();
      await store.purge(own, undefined, signal);
    });

    it("drops what was kept longest ago where there are too many", async () => {
      const own = tenant();
      for (let index = 0; index < 15; index++) await put(own, `k${index}`, answer(10));
      const found = await Promise.all([0, 4, 5, 14].map((index) => store.get(own, `k${index}`, signal)));
      expect(found.map((one) => one !== undefined)).toEqual([false, false, true, true]);
      expect(await store.purge(own, undefined, signal)).toBe(10);
    });

    it("drops what is over its bytes, and keeps nothing that is larger than all of it", async () => {
      const own = tenant();
      for (let index = 0; index < 6; index++) await put(own, `k${index}`, answer(5_000));
      expect(await store.get(own, "k0", signal)).toBeUndefined();
      expect(await store.get(own, "k5", signal)).toBeDefined();
      await put(own, "huge", answer(bounds.maxBytes));
      expect(await store.get(own, "huge", signal)).toBeUndefined();
      expect(await store.get(own, "k5", signal)).toBeDefined();
      await store.purge(own, undefined, signal);
    });

    it("keeps what is used", async () => {
      const own = tenant();
      for (let index = 0; index < 10; index++) await put(own, `k${index}`, answer(10));
      time += 10;
      await store.get(own, "k0", signal);
      // A store may gather uses for a moment.
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      for (let index = 10; index < 15; index++) await put(own, `k${index}`, answer(10));
      expect(await store.get(own, "k0", signal)).toBeDefined();
      expect(await store.get(own, "k1", signal)).toBeUndefined();
      await store.purge(own, undefined, signal);
    });

    it("purges by label, of one tenant only", async () => {
      const [own, other] = [tenant(), tenant()];
      await put(own, "a", answer(10, { "project.x": "one" }));
      await put(own, "b", answer(10, { "project.x": "two" }));
      await put(other, "a", answer(10, { "project.x": "one" }));
      expect(await store.purge(own, { name: "project.x", value: "one" }, signal)).toBe(1);
      expect(await store.get(own, "a", signal)).toBeUndefined();
      expect(await store.get(own, "b", signal)).toBeDefined();
      expect(await store.get(other, "a", signal)).toBeDefined();
      await store.purge(own, undefined, signal);
      await store.purge(other, undefined, signal);
    });
  });
}
