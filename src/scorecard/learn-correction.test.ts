import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { fitOutcomes } from "./fit-outcomes.ts";
import { learnCorrection } from "./learn-correction.ts";
import type { OutcomeRow } from "./outcome-rows.ts";
import { correctionsFor, type PromptFeatures } from "./prompt-correction.ts";
import { formatScorecard, parseScorecard } from "./scorecard-file.ts";

/** Numbers that look random and always are the same. */
function createSequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** A prompt about one of two subjects: they differ in their vector and in their words. */
function promptAbout(subject: 0 | 1, next: () => number): PromptFeatures {
  const vector = [subject === 0 ? 1 : 0.2, subject === 0 ? 0.2 : 1, next() / 4];
  const length = Math.hypot(...vector);
  return {
    numbers: Float32Array.from([...vector.map((value) => value / length), next(), next()]),
    vectorLength: 3,
    words: Uint32Array.from([100 + subject, 200 + Math.floor(next() * 50), 300 + Math.floor(next() * 50)]),
  };
}

/** "letters" is good at subject 0 and bad at subject 1, "numbers" the other way round; equally good over both. */
function outcomesOf(count: number, share = 0.85): OutcomeRow[] {
  const next = createSequence(5);
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const subject = index % 2 === 0 ? 0 : 1;
    const features = promptAbout(subject, next);
    return ["letters", "numbers"].map((targetId, target) => ({
      questionId: `q${index}`,
      targetId,
      task: Task.OPEN_QA,
      difficulty: 0.5,
      score: next() < (target === subject ? share : 1 - share) ? 1 : 0,
      cost: undefined,
      features,
    }));
  });
}

describe("learning from prompts", () => {
  const fit = fitOutcomes(outcomesOf(400), { featuresId: "test" });

  it("finds who is right for which prompts, where task and difficulty say nothing", () => {
    const next = createSequence(77);
    for (const subject of [0, 1] as const) {
      const corrections = correctionsFor(fit.scorecard.promptCorrection!, promptAbout(subject, next));
      const [good, bad] = subject === 0 ? ["letters", "numbers"] : ["numbers", "letters"];
      expect(corrections[good]).toBeGreaterThan(1);
      expect(corrections[bad]).toBeLessThan(-1);
    }
    expect(fit.calibration.logLoss).toBeLessThan(fit.curvesAlone.logLoss - 0.1);
  });

  it("is not kept where prompts say nothing", () => {
    const chance = fitOutcomes(outcomesOf(400, 0.5), { featuresId: "test" });
    expect(chance.scorecard.promptCorrection).toBeUndefined();
    expect(chance.calibration).toEqual(chance.curvesAlone);
  });

  it("needs fifty outcomes of a target", () => {
    const rows = outcomesOf(100).map((row) => ({ ...row, features: row.features!, base: 0 }));
    const few = rows.filter(({ targetId }, index) => targetId === "letters" || index < 98);
    expect(learnCorrection(few, "test")!.targets.map(({ targetId }) => targetId)).toEqual(["letters"]);
    expect(learnCorrection(rows.slice(0, 60), "test")).toBeUndefined();
  });

  it("does not depend on the order of targets, and survives its file", () => {
    const rows = outcomesOf(60).map((row) => ({ ...row, features: row.features!, base: 0 }));
    const byTarget = (ids: string[]) => ids.flatMap((id) => rows.filter(({ targetId }) => targetId === id));
    expect(learnCorrection(byTarget(["numbers", "letters"]), "test")).toEqual(
      learnCorrection(byTarget(["letters", "numbers"]), "test"),
    );
    const loaded = parseScorecard(formatScorecard(fit.scorecard));
    const prompt = promptAbout(0, createSequence(3));
    expect(correctionsFor(loaded.promptCorrection!, prompt)).toEqual(
      correctionsFor(fit.scorecard.promptCorrection!, prompt),
    );
  });

  it("corrects by at most three, in hundredths, whatever the prompt", () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 5, maxLength: 5 }),
        fc.uniqueArray(fc.nat(16_383), { maxLength: 400 }),
        (numbers, words) => {
          const features = {
            numbers: Float32Array.from(numbers),
            vectorLength: 3,
            words: Uint32Array.from(words),
          };
          for (const value of Object.values(correctionsFor(fit.scorecard.promptCorrection!, features))) {
            expect(Math.abs(value)).toBeLessThanOrEqual(3);
            expect(Number(value.toFixed(2))).toBe(value);
          }
        },
      ),
    );
  });
});

describe("a file with a correction", () => {
  const { scorecard } = fitOutcomes(outcomesOf(100), { featuresId: "test" });
  const changed = (change: (correction: { [name: string]: unknown }) => void): string => {
    const { revision: _, ...file } = JSON.parse(formatScorecard(scorecard));
    change(file.promptCorrection);
    return JSON.stringify(file);
  };

  it.each([
    ["no name of its features", (one: { [name: string]: unknown }) => delete one.features],
    ["scales of another number", (one: { [name: string]: unknown }) => (one.scales as number[]).pop()],
    [
      "weights of another number",
      (one: { [name: string]: unknown }) =>
        (one.targets as { numberWeights: number[] }[])[0]!.numberWeights.pop(),
    ],
    [
      "a weight that is none",
      (one: { [name: string]: unknown }) => {
        (one.targets as { wordScale: unknown }[])[0]!.wordScale = "NaN";
      },
    ],
    [
      "too many words",
      (one: { [name: string]: unknown }) => {
        (one.targets as { wordWeights: string }[])[0]!.wordWeights = Buffer.alloc(70_000).toString("base64");
      },
    ],
  ])("is not loaded with %s", (_, change) => {
    expect(() => parseScorecard(changed(change))).toThrow("Not a scorecard");
  });
});
