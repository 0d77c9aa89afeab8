import { create } from "@bufbuild/protobuf";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import {
  type PromptCorrection,
  type Scorecard,
  type SuccessCurve,
  SuccessCurveSchema,
} from "#gen/pointsman/v1/scorecard_pb.ts";
import { type Target, TargetSchema } from "#gen/pointsman/v1/target_pb.ts";
import { stableFraction } from "../lib/digest.ts";
import { assumedBelief } from "./assumed.ts";
import { type Calibration, measureCalibration } from "./calibration.ts";
import { addEvidence, createEvidence, evidenceRows } from "./evidence.ts";
import {
  CENTRE,
  type CurvePrior,
  type FittedCurve,
  fitCurve,
  logOddsAt,
  logOddsVariance,
} from "./fit-curve.ts";
import { learnCorrection } from "./learn-correction.ts";
import type { OutcomeRow } from "./outcome-rows.ts";
import { correctionsFor, type PromptFeatures } from "./prompt-correction.ts";
import { measureRegret, type PredictedAttempt, type Regret, type RegretStakes } from "./regret.ts";
import { completeSettings, type ScorecardSettings } from "./settings.ts";
import { createSnapshot } from "./snapshot.ts";
import { logistic } from "./success-probability.ts";
import { TASKS } from "./tasks.ts";

/** How to fit. Every field has a default. */
export interface FitOptions {
  /** The catalogue, for what is assumed of its targets. Default: strength 0.5 for every target. */
  readonly targets?: readonly Target[];
  readonly settings?: Partial<ScorecardSettings>;
  /** Questions are split into this many parts, each predicted from the others. Default 5. */
  readonly folds?: number;
  /** For the regret. Default: those that a policy has where it sets none. */
  readonly stakes?: RegretStakes;
  /** Names the features of the rows. If not set, only curves are fitted. */
  readonly featuresId?: string;
}

/** What was fitted, and how far it can be trusted: every number is of questions that the fit had not seen. */
export interface OutcomeFit {
  /** Curves for every target of the table at every task; the router loads this. */
  readonly scorecard: Scorecard;
  readonly outcomeCount: number;
  readonly questionCount: number;
  readonly calibration: Calibration;
  /** The same of curves alone. Equal to `calibration` where prompts taught nothing beyond them. */
  readonly curvesAlone: Calibration;
  /** The same of a prediction that only knows each target's success rate: what the curves have to beat. */
  readonly baseline: Calibration;
  readonly regret: Regret;
}

/**
 * Fits success curves to a table of outcomes, and what prompts say beyond them where rows have features; measures both by
 * cross-validation over questions. The correction is kept only if it makes
 * outcomes likelier than curves alone do.
 */
export function fitOutcomes(rows: readonly OutcomeRow[], options: FitOptions = {}): OutcomeFit {
  const settings = completeSettings(options.settings);
  const { folds = 5, stakes = { successValue: 0.01, failureCost: 0.005 } } = options;
  const targets = new Map((options.targets ?? []).map((target) => [target.id, target]));
  const curvesOf = (training: readonly OutcomeRow[]) => fitCurves(training, targets, settings);
  const byCurves = crossPredict(rows, folds, (training) => predictBy(curvesOf(training)));
  const corrected = crossPredict(rows, folds, (training) => {
    const fitted = curvesOf(training);
    return predictBy(fitted, correctCurves(training, fitted, options.featuresId));
  });
  // All or none: with corrections of some targets only, a hard prompt would look like one for the others.
  const helps = gainOver(byCurves, corrected) > 0;
  const attempts = helps ? corrected : byCurves;
  const fitted = curvesOf(rows);
  const promptCorrection = helps ? correctCurves(rows, fitted, options.featuresId) : undefined;
  return {
    scorecard: createSnapshot({
      curves: toCurves(rows, fitted),
      latencies: [],
      outputs: [],
      promptCorrection,
    }),
    outcomeCount: rows.length,
    questionCount: new Set(rows.map((row) => row.questionId)).size,
    calibration: measureCalibration(attempts),
    curvesAlone: measureCalibration(byCurves),
    baseline: measureCalibration(crossPredict(rows, folds, fitRates)),
    regret: measureRegret(attempts, stakes),
  };
}

function correctCurves(
  rows: readonly OutcomeRow[],
  fitted: ReadonlyMap<string, FittedTarget>,
  featuresId: string | undefined,
): PromptCorrection | undefined {
  if (featuresId === undefined) return undefined;
  const outcomes = rows.flatMap(({ features, targetId, task, difficulty, score }) =>
    features === undefined
      ? []
      : [{ features, targetId, score, base: logOddsAt(fitted.get(targetId)!.curves.get(task)!, difficulty) }],
  );
  return learnCorrection(outcomes, featuresId);
}

/** By how much likelier outcomes are by the second prediction, in nats. */
function gainOver(before: readonly PredictedAttempt[], after: readonly PredictedAttempt[]): number {
  return before.reduce((sum, { probability, score }, index) => {
    const better = after[index]!.probability;
    return (
      sum + score * Math.log(better / probability) + (1 - score) * Math.log((1 - better) / (1 - probability))
    );
  }, 0);
}

type Predict = (row: Pick<OutcomeRow, "targetId" | "task" | "difficulty" | "features">) => number;

interface FittedTarget {
  readonly curves: ReadonlyMap<Task, FittedCurve>;
  readonly counts: ReadonlyMap<Task, { count: number; meanDifficulty: number }>;
}

/** Every row predicted by what was fitted to the other parts; a question is in one part as a whole. */
function crossPredict(
  rows: readonly OutcomeRow[],
  folds: number,
  learn: (training: readonly OutcomeRow[]) => Predict,
): PredictedAttempt[] {
  const partOf = (row: OutcomeRow): number => Math.floor(stableFraction(row.questionId) * folds);
  const parts = Map.groupBy(rows, partOf);
  return [...parts]
    .sort(([a], [b]) => a - b)
    .flatMap(([part, held]) => {
      const training = rows.filter((row) => partOf(row) !== part);
      const predict = learn(training);
      const costs = meanCosts(training);
      return held.map((row) => ({
        questionId: row.questionId,
        targetId: row.targetId,
        probability: predict(row),
        expectedCost: costs.get(row.targetId) ?? 0,
        score: row.score,
        cost: row.cost ?? costs.get(row.targetId) ?? 0,
      }));
    });
}

function predictBy(fitted: ReadonlyMap<string, FittedTarget>, correction?: PromptCorrection): Predict {
  const known = new Map<PromptFeatures, Readonly<Record<string, number>>>();
  return ({ targetId, task, difficulty, features }) => {
    const curve = fitted.get(targetId)?.curves.get(task);
    if (curve === undefined) return 0.5;
    let corrections: Readonly<Record<string, number>> = {};
    if (correction && features) {
      corrections = known.get(features) ?? correctionsFor(correction, features);
      known.set(features, corrections);
    }
    return logistic(logOddsAt(curve, difficulty) + (corrections[targetId] ?? 0));
  };
}

/**
 * Two steps: one curve over all tasks of a target, which then is what is assumed at each task. So a task with few outcomes
 * learns from the others.
 */
function fitCurves(
  rows: readonly OutcomeRow[],
  targets: ReadonlyMap<string, Target>,
  settings: ScorecardSettings,
): ReadonlyMap<string, FittedTarget> {
  const fitted = new Map<string, FittedTarget>();
  for (const [id, ofTarget] of Map.groupBy(rows, (row) => row.targetId)) {
    const target = targets.get(id) ?? create(TargetSchema, { id });
    const byTask = Map.groupBy(ofTarget, (row) => row.task);
    const overall = assumedBelief(target, Task.UNSPECIFIED, settings);
    const pooled = fitRows(overall, ofTarget);
    const curves = new Map<Task, FittedCurve>();
    const counts = new Map<Task, { count: number; meanDifficulty: number }>();
    for (const task of TASKS) {
      const ofTask = byTask.get(task) ?? [];
      // What the catalogue says of this task against the target's others is kept; the outcomes say where they all lie.
      const own = assumedBelief(target, task, settings);
      const level = pooled.level + own.level - overall.level;
      curves.set(task, fitRows({ ...own, level, slope: pooled.slope }, ofTask));
      const sum = ofTask.reduce((total, row) => total + row.difficulty, 0);
      counts.set(task, {
        count: ofTask.length,
        meanDifficulty: ofTask.length === 0 ? CENTRE : sum / ofTask.length,
      });
    }
    fitted.set(id, { curves, counts });
  }
  return fitted;
}

function fitRows(prior: CurvePrior, rows: readonly OutcomeRow[]): FittedCurve {
  const evidence = createEvidence();
  for (const row of rows) addEvidence(evidence, row.difficulty, row.score, 1);
  return fitCurve(prior, evidenceRows(evidence));
}

function fitRates(rows: readonly OutcomeRow[]): Predict {
  const rates = new Map<string, number>();
  for (const [id, ofTarget] of Map.groupBy(rows, (row) => row.targetId))
    rates.set(id, (ofTarget.reduce((sum, row) => sum + row.score, 0) + 0.5) / (ofTarget.length + 1));
  return ({ targetId }) => rates.get(targetId) ?? 0.5;
}

function meanCosts(rows: readonly OutcomeRow[]): Map<string, number> {
  const costs = new Map<string, number>();
  for (const [id, ofTarget] of Map.groupBy(rows, (row) => row.targetId)) {
    const known = ofTarget.flatMap((row) => (row.cost === undefined ? [] : [row.cost]));
    if (known.length > 0) costs.set(id, known.reduce((sum, cost) => sum + cost, 0) / known.length);
  }
  return costs;
}

function toCurves(rows: readonly OutcomeRow[], fitted: ReadonlyMap<string, FittedTarget>): SuccessCurve[] {
  const ids = new Set(rows.map((row) => row.targetId));
  return [...ids].flatMap((targetId) =>
    TASKS.map((task) => {
      const { curves, counts } = fitted.get(targetId)!;
      const curve = curves.get(task)!;
      const { count, meanDifficulty } = counts.get(task)!;
      return create(SuccessCurveSchema, {
        targetId,
        task,
        intercept: logOddsAt(curve, 0),
        slope: curve.slope,
        effectiveSampleCount: count,
        standardError: Math.sqrt(logOddsVariance(curve, meanDifficulty)),
      });
    }),
  );
}
