import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createQuantileSketch } from "./quantile-sketch.ts";

describe("a quantile sketch", () => {
  it("is off by at most one bucket, for any durations", () => {
    const durations = fc.array(fc.double({ min: 0.002, max: 600, noNaN: true }), {
      minLength: 1,
      maxLength: 300,
    });
    fc.assert(
      fc.property(durations, fc.constantFrom(0.05, 0.5, 0.95), (values, share) => {
        const sketch = createQuantileSketch();
        for (const value of values) sketch.add(value, 1);
        const sorted = values.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
        expect(sketch.quantile(share)).toBeGreaterThan(exact / 1.051);
        expect(sketch.quantile(share)).toBeLessThan(exact * 1.051);
      }),
    );
  });

  it("takes what is out of its range for the nearest end, and nothing for 0", () => {
    const sketch = createQuantileSketch();
    expect(sketch.quantile(0.5)).toBe(0);
    sketch.add(0, 1);
    expect(sketch.quantile(0.5)).toBeLessThanOrEqual(0.001);
    sketch.scale(0);
    sketch.add(1e9, 1);
    expect(sketch.quantile(0.5)).toBeGreaterThan(700);
  });

  it("forgets what is scaled down", () => {
    const sketch = createQuantileSketch();
    for (let index = 0; index < 100; index++) sketch.add(1, 1);
    sketch.scale(0.01);
    for (let index = 0; index < 10; index++) sketch.add(5, 1);
    expect(sketch.weight).toBeCloseTo(11, 9);
    expect(sketch.quantile(0.5)).toBeGreaterThan(4.7);
  });

  it("merges", () => {
    const [left, right] = [createQuantileSketch(), createQuantileSketch()];
    left.add(1, 3);
    right.add(2, 1);
    left.addAll(right);
    expect(left.weight).toBe(4);
    expect(left.quantile(0.9)).toBeGreaterThan(1.9);
  });
});
