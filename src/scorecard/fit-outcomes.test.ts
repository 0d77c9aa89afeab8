import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { measureCalibration } from "./calibration.ts";
import { fitOutcomes } from "./fit-outcomes.ts";
import { curveFor } from "./lookup.ts";
import { type OutcomeRow, parseOutcomeRows } from "./outcome-rows.ts";
import { measureRegret } from "./regret.ts";
import { formatScorecard, parseScorecard } from "./scorecard-file.ts";
import { successProbability } from "./success-probability.ts";

const TRUTH = {
  large: { intercept: 4.5, slope: 4, cost: 0.004 },
  small: { intercept: 3.5, slope: 7, cost: 0.0002 },
};

/** Outcomes of two targets whose curves are known. */
function simulate(count: number): OutcomeRow[] {
  let state = 11;
  const next = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const difficulty = next();
    return Object.entries(TRUTH).map(([targetId, curve]) => ({
      questionId: `q${index}`,
      targetId,
      task: index % 3 === 0 ? Task.CODE_GENERATION : Task.OPEN_QA,
      difficulty,
      score: next() < successProbability(curve, difficulty) ? 1 : 0,
      cost: curve.cost,
    }));
  });
}

describe("fitting a table of outcomes", () => {
  const fit = fitOutcomes(simulate(1_500));

  it("finds the curves", () => {
    for (const [targetId, truth] of Object.entries(TRUTH))
      for (const difficulty of [0.2, 0.5, 0.8]) {
        const curve = curveFor(fit.scorecard, targetId, Task.OPEN_QA)!;
        expect(
          Math.abs(successProbability(curve, difficulty) - successProbability(truth, difficulty)),
        ).toBeLessThan(0.06);
        expect(curve.effectiveSampleCount).toBe(1_000);
      }
  });

  it("gives a task without outcomes the target's curve over all tasks, as an assumption", () => {
    const curve = curveFor(fit.scorecard, "small", Task.CHAT)!;
    expect(curve.effectiveSampleCount).toBe(0);
    expect(Math.abs(successProbability(curve, 0.5) - successProbability(TRUTH.small, 0.5))).toBeLessThan(
      0.06,
    );
  });

  it("is calibrated on questions that it has not seen, and better than a constant", () => {
    expect(fit.calibration.expectedCalibrationError).toBeLessThan(0.04);
    expect(fit.calibration.brier).toBeLessThan(fit.baseline.brier - 0.03);
    expect(fit.calibration.logLoss).toBeLessThan(fit.baseline.logLoss - 0.08);
  });

  it("chooses better than any single target, and worse than someone who knows the outcome", () => {
    expect(fit.regret.questionCount).toBe(1_500);
    expect(fit.regret.chosen).toBeGreaterThan(fit.regret.bestSingle);
    expect(fit.regret.bestSingle).toBeGreaterThan(fit.regret.random);
    expect(fit.regret.oracle).toBeGreaterThan(fit.regret.chosen);
    expect(fit.regret.regret).toBeCloseTo(fit.regret.oracle - fit.regret.chosen, 12);
  });

  it("gives a scorecard that survives the way through a file, and the same one every time", () => {
    expect(parseScorecard(formatScorecard(fit.scorecard)).revision).toBe(fit.scorecard.revision);
    expect(fitOutcomes(simulate(1_500)).scorecard.revision).toBe(fit.scorecard.revision);
  });

  it("copes with an empty table", () => {
    expect(fitOutcomes([])).toMatchObject({
      outcomeCount: 0,
      calibration: { brier: 0 },
      regret: { questionCount: 0 },
    });
  });
});

describe("reading outcomes", () => {
  it("takes both forms, and a boolean for a score", () => {
    const rows = parseOutcomeRows(
      [
        '{"id":"1","task":"chat","difficulty":0.25,"outcomes":{"a":{"score":1,"cost":0.5},"b":{"score":false}}}',
        "",
        '{"id":"1","target":"c","task":"chat","difficulty":0.25,"score":0.5,"extra":1}',
      ].join("\n"),
    );
    const common = { questionId: "1", task: Task.CHAT, difficulty: 0.25 };
    expect(rows).toEqual([
      { ...common, targetId: "a", score: 1, cost: 0.5 },
      { ...common, targetId: "b", score: 0, cost: undefined },
      { ...common, targetId: "c", score: 0.5, cost: undefined },
    ]);
  });

  it("asks for what a line leaves out, once a line", () => {
    let asked = 0;
    const estimate = () => {
      asked++;
      return { task: Task.TRANSLATION, difficulty: 0.4 };
    };
    const [row] = parseOutcomeRows('{"prompt":"Say it in French","target":"a","score":1}', estimate);
    expect(row).toMatchObject({ task: Task.TRANSLATION, difficulty: 0.4 });
    expect(asked).toBe(1);
  });

  it.each([
    ["{", "it is not JSON"],
    ["[1]", "is not an object"],
    ['{"target":"a","score":1,"difficulty":0.5}', "no task"],
    ['{"target":"a","score":1,"task":"chat"}', "no difficulty"],
    ['{"target":"a","score":2,"task":"chat","difficulty":0.5}', "its score is not"],
    ['{"score":1,"task":"chat","difficulty":0.5}', "no target"],
    ['{"target":"a","score":1,"task":"flying","difficulty":0.5}', 'no task "flying"'],
    ['{"target":"a","score":1,"task":"chat","difficulty":0.5,"cost":-1}', "its cost"],
  ])("refuses %s", (line, reason) => {
    expect(() => parseOutcomeRows(`\n${line}`)).toThrow(`Line 2 of the outcomes cannot be used`);
    expect(() => parseOutcomeRows(line)).toThrow(reason);
  });
});

describe("measures", () => {
  it("calibration of perfect and of always-half predictions", () => {
    const scores = [0, 1, 1, 0];
    const sure = measureCalibration(
      scores.map((score) => ({ score, probability: score === 1 ? 1 - 1e-9 : 1e-9 })),
    );
    expect(sure.brier).toBeCloseTo(0, 8);
    expect(sure.expectedCalibrationError).toBeCloseTo(0, 8);
    const half = measureCalibration(scores.map((score) => ({ score, probability: 0.5 })));
    expect(half).toMatchObject({ brier: 0.25, expectedCalibrationError: 0 });
    expect(half.logLoss).toBeCloseTo(Math.LN2, 12);
  });

  it("regret is never negative, and nothing where predictions are the outcomes", () => {
    const attempt = fc.record({
      questionId: fc.constantFrom("1", "2", "3"),
      targetId: fc.constantFrom("a", "b", "c"),
      probability: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
      expectedCost: fc.constant(0.001),
      score: fc.constantFrom(0, 1),
      cost: fc.constant(0.001),
    });
    const stakes = { successValue: 0.01, failureCost: 0.005 };
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 30 }), (attempts) => {
        expect(measureRegret(attempts, stakes).regret).toBeGreaterThanOrEqual(-1e-12);
        const knowing = attempts.map((one) => ({ ...one, probability: one.score }));
        expect(measureRegret(knowing, stakes).regret).toBeCloseTo(0, 12);
      }),
    );
  });
});
