import fc from "fast-check";
import { expect, test } from "vitest";
import { calculateIn } from "./arithmetic.ts";

test.each<[string, number | undefined]>([
  ["What is 12 times 7?", 84],
  ["Compute (3 + 4) * 2 - 1.", 13],
  ["2^3^2", 512],
  ["How much is 1,234 plus 6?", 1_240],
  ["10 / 4", 2.5],
  ["10 / 0", undefined],
  ["What happened in 1999?", undefined],
  ["(((", undefined],
  ["3 + (4", undefined],
  ["No numbers at all", undefined],
])("%s", (text, want) => {
  expect(calculateIn(text)).toBe(want);
});

test("sums and products of any numbers come out right", () => {
  const number = fc.integer({ min: 0, max: 10_000 });
  fc.assert(
    fc.property(number, number, number, (a, b, c) => {
      expect(calculateIn(`what is ${a} + ${b} * ${c}?`)).toBe(a + b * c);
      expect(calculateIn(`what is (${a} - ${b}) * ${c}?`)).toBe((a - b) * c || 0);
    }),
  );
});

test("no text makes it throw or run long", () => {
  fc.assert(fc.property(fc.stringMatching(/^[0-9+*/().^% -]{0,200}$/), (text) => void calculateIn(text)));
  const began = performance.now();
  calculateIn(`${"(".repeat(5_000)}1${")".repeat(5_000)} ${"2^".repeat(5_000)}2`);
  expect(performance.now() - began).toBeLessThan(60_000);
});
