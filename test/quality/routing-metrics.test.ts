import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRandom } from "./random.ts";
import { measureRouting, rankQuestions } from "./routing-metrics.ts";

const once = (count: number): number[] => new Array<number>(count).fill(1);

describe("APGR and CPT", () => {
  it("are a half, and the share itself, for scores that know nothing", () => {
    const random = createRandom(5);
    const count = 200_000;
    const strong = Array.from({ length: count }, () => (random() < 0.8 ? 1 : 0));
    const weak = Array.from({ length: count }, () => (random() < 0.5 ? 1 : 0));
    const ranked = rankQuestions(Array.from({ length: count }, random));
    const metrics = measureRouting(ranked, strong, weak, once(count));
    expect(metrics.apgr).toBeCloseTo(0.5, 1);
    expect(metrics.cpt50).toBeCloseTo(0.5, 1);
    expect(metrics.cpt80).toBeCloseTo(0.8, 1);
  });

  it("by hand: ten questions of which the strong model gains the two with the highest scores", () => {
    const strong = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1];
    const weak = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const ranked = rankQuestions([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const metrics = measureRouting(ranked, strong, weak, once(10));
    // Quantiles of 0..9 lie at 0, 0.9, 1.8 ... 8.1; the one between 8 and 9 takes in the last question only.
    expect(metrics.cpt50).toBeCloseTo(0.1, 12);
    expect(metrics.cpt80).toBeCloseTo(0.16, 12);
    expect(metrics.apgr).toBeCloseTo(0.1 * 0.25 + 0.1 * 0.75 + 0.8, 12);
  });

  it("count a question drawn twice as two questions", () => {
    const outcome = fc.record({
      strong: fc.constantFrom(0, 1),
      weak: fc.constantFrom(0, 1),
      score: fc.integer({ min: 0, max: 20 }),
      count: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(outcome, { minLength: 5, maxLength: 60 }), (questions) => {
        const expanded = questions.flatMap((one) => new Array<typeof one>(one.count).fill(one));
        const gap = expanded.reduce((sum, one) => sum + one.strong - one.weak, 0);
        const scores = new Set(expanded.map((one) => one.score));
        fc.pre(gap !== 0 && scores.size > 1);
        const measure = (rows: typeof questions, counts: number[]) =>
          measureRouting(
            rankQuestions(rows.map((one) => one.score)),
            rows.map((one) => one.strong),
            rows.map((one) => one.weak),
            counts,
          );
        const weighted = measure(
          questions,
          questions.map((one) => one.count),
        );
        const plain = measure(expanded, once(expanded.length));
        expect(weighted.apgr).toBeCloseTo(plain.apgr, 9);
        expect(weighted.cpt50).toBeCloseTo(plain.cpt50, 9);
      }),
    );
  });
});
