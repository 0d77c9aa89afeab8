import { describe, expect, it } from "vitest";
import { createDriftDetector } from "./drift.ts";

describe("a drift detector", () => {
  it("lets at least the run length pass between false alarms, on average, at the very edge of the prediction", () => {
    const random = generator(1);
    for (const [lower, upper] of [
      [0.9, 0.97],
      [0.5, 0.7],
      [0.05, 0.2],
    ] as const)
      for (const truth of [lower, upper]) {
        const detector = createDriftDetector(200);
        let alarms = 0;
        const outcomes = 100_000;
        for (let index = 0; index < outcomes; index++)
          if (detector.observe(random() < truth ? 1 : 0, lower, upper) !== undefined) alarms++;
        // Both directions may be wrong once in 200; the bound is on averages, so half of that leaves room for chance.
        expect(outcomes / Math.max(1, alarms)).toBeGreaterThan(100);
      }
  });

  it("finds a target that fails always within five outcomes, however long it was good before", () => {
    const detector = createDriftDetector(1_000);
    for (let index = 0; index < 10_000; index++)
      expect(detector.observe(index % 25 === 0 ? 0 : 1, 0.92, 0.99)).toBeUndefined();
    const alarm = [1, 2, 3, 4, 5].find(() => detector.observe(0, 0.92, 0.99) === "worse");
    expect(alarm).toBeDefined();
  });

  it("says so when a target is better than predicted", () => {
    const detector = createDriftDetector(1_000);
    const count = [...Array(60).keys()].find(() => detector.observe(1, 0.3, 0.5) === "better");
    expect(count).toBeLessThan(25);
  });

  it("never complains of a target that is perfect where nearly that was predicted", () => {
    const detector = createDriftDetector(100);
    for (let index = 0; index < 100_000; index++) expect(detector.observe(1, 0.97, 0.985)).toBeUndefined();
  });

  it("takes an outcome of little weight for little", () => {
    const [light, heavy] = [createDriftDetector(1_000), createDriftDetector(1_000)];
    const alarmAfter = (detector: typeof light, weight: number): number => {
      let count = 1;
      while (detector.observe(0, 0.8, 0.9, weight) === undefined) count++;
      return count;
    };
    expect(alarmAfter(light, 0.2)).toBeGreaterThan(alarmAfter(heavy, 1));
  });
});

/** Reproducible randomness, 0 up to but not including 1. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
