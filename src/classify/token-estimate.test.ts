import fc from "fast-check";
import { expect, test } from "vitest";
import { estimateTokens } from "./token-estimate.ts";

test.each([
  ["the quick brown fox", 4],
  ["internationalisation", 4],
  ["1234567", 3],
  ["a  b", 3],
  ["a\n\nb", 3],
  ["(!?)", 2],
  ["😀", 2],
  ["你好世界", 4],
  ["привет", 2],
])("counts runs: %j", (text, tokens) => {
  expect(estimateTokens(text)).toBe(tokens);
});

test("nothing costs nothing, and every other text at least one token", () => {
  expect(estimateTokens("")).toBe(0);
  fc.assert(
    fc.property(
      fc.string({ unit: "binary", minLength: 1 }).filter((text) => !/^ $/.test(text)),
      (text) => {
        const tokens = estimateTokens(text);
        expect(Number.isInteger(tokens)).toBe(true);
        expect(tokens).toBeGreaterThanOrEqual(text.trim() === "" ? 0 : 1);
        expect(tokens).toBeLessThanOrEqual(2 * text.length);
      },
    ),
  );
});

test("a long text is estimated from samples: twice as long is about twice as much", () => {
  const sentence = "A sentence of seven words stands here. ";
  const [one, two] = [estimateTokens(sentence.repeat(2_000)), estimateTokens(sentence.repeat(4_000))];
  expect(two / one).toBeGreaterThan(1.95);
  expect(two / one).toBeLessThan(2.05);
});
