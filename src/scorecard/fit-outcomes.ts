import { create } from "@bufbuild/protobuf";
import { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import { type Scorecard, type SuccessCurve, SuccessCurveSchema } from "#gen/pointsman/v1/scorecard_pb.ts";
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
import type { OutcomeRow } from "./outcome-rows.ts";
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
}

/** What was fitted, and how far it can be trusted: every number is of questions that the fit had not seen. */
export interface OutcomeFit {
  /** Curves for every target of the table at every task; the router loads this. */
  readonly scorecard: Scorecard;
  readonly outcomeCount: number;
  readonly questionCount: number;
  readonly calibration: Calibration;
  /** The same of a prediction that only knows each target's success rate: what the curves have to beat. */
  readonly baseline: Calibration;
  readonly regret: Regret;
}

/** Fits success curves to a table of outcomes, and measures them by cross-validation over questions. */
export function fitOutcomes(rows: readonly OutcomeRow[], options: FitOptions = {}): OutcomeFit {
  const settings = completeSettings(options.settings);
  const { folds = 5, stakes = { successValue: 0.01, failureCost: 0.005 } } = options;
  const targets = new Map((options.targets ?? []).map((target) => [target.id, target]));
  const attempts = crossPredict(rows, folds, (training) => fitCurves(training, targets, settings));
  const rates = crossPredict(rows, folds, fitRates);
  return {
    scorecard: createSnapshot({
      curves: toCurves(rows, fitCurves(rows, targets, settings)),
      latencies: [],
      outputs: [],
    }),
    outcomeCount: rows.length,
    questionCount: new Set(rows.map((row) => row.questionId)).size,
    calibration: measureCalibration(attempts),
    baseline: measureCalibration(rates),
    regret: measureRegret(attempts, stakes),
  };
}

type Predict = (row: Pick<OutcomeRow, "targetId" | "task" | "difficulty">) => number;

interface FittedTarget {
  readonly curves: ReadonlyMap<Task, FittedCurve>;
  readonly counts: ReadonlyMap<Task, { count: number; meanDifficulty: number }>;
}

/** Every row predicted by what was fitted to the other parts; a question is in one part as a whole. */
function crossPredict(
  rows: readonly OutcomeRow[],
  folds: number,
  learn: (training: readonly OutcomeRow[]) => ReadonlyMap<string, FittedTarget> | Predict,
): PredictedAttempt[] {
  const partOf = (row: OutcomeRow): number => Math.floor(stableFraction(row.questionId) * folds);
  const parts = Map.groupBy(rows, partOf);
  return [...parts]
    .sort(([a], [b]) => a - b)
    .flatMap(([part, held]) => {
      const training = rows.filter((row) => partOf(row) !== part);
      const fitted = learn(training);
      const predict = typeof fitted === "function" ? fitted : predictBy(fitted);
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

function predictBy(fitted: ReadonlyMap<string, FittedTarget>): Predict {
  return ({ targetId, task, difficulty }) => {
    const curve = fitted.get(targetId)?.curves.get(task);
    return curve === undefined ? 0.5 : logistic(logOddsAt(curve, difficulty));
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
