import type { Task } from "#gen/pointsman/v1/route_input_pb.ts";
import type { SuccessCurve } from "#gen/pointsman/v1/scorecard_pb.ts";
import { createDriftDetector, type DriftDirection } from "./drift.ts";
import {
  addEvidence,
  createEvidence,
  type Evidence,
  type EvidenceRow,
  evidenceRows,
  evidenceWeight,
  scaleEvidence,
} from "./evidence.ts";
import {
  CENTRE,
  type CurvePrior,
  type FittedCurve,
  fitCurve,
  logOddsAt,
  logOddsVariance,
} from "./fit-curve.ts";
import type { ScorecardSettings } from "./settings.ts";
import { logistic, successProbability } from "./success-probability.ts";

/** 95 % of a normal distribution lie within this many standard deviations. */
const PREDICTED = 1.96;

/** Outcomes left what was predicted. */
export interface DriftAlarm {
  readonly targetId: string;
  readonly task: Task;
  readonly direction: DriftDirection;
  /** When, in milliseconds since the epoch: the time of the outcome that set it off. */
  readonly time: number;
  /** The probability of success that was predicted for that outcome, and its 95 % interval. */
  readonly predicted: number;
  readonly lower: number;
  readonly upper: number;
  /** The mean of the most recent outcomes, 0 to 1, and how many these are. */
  readonly observed: number;
  readonly observedCount: number;
}

/** One outcome of a curve. */
export interface CurveOutcome {
  /** 0 to 1. */
  readonly difficulty: number;
  /** 0 to 1. */
  readonly success: number;
  /** Over 0, at most 1. */
  readonly weight: number;
  /** Milliseconds since the epoch. */
  readonly time: number;
}

/** Learns how likely one target is to succeed at one task. */
export interface SuccessTracker {
  /** Takes an outcome; answers with an alarm where outcomes have left what was predicted. */
  observe(outcome: CurveOutcome): Omit<DriftAlarm, "targetId" | "task"> | undefined;
  /** Takes over what an evaluation found, in place of what an earlier one did. */
  load(curve: SuccessCurve, time: number): void;
  /** Changes what is assumed, as when the catalogue changes; what was observed stays. */
  assume(prior: CurvePrior): void;
  /** The curve as of a time; where that is older than the newest outcome, as of that. */
  fitted(time: number): FittedCurve;
  /** The effective number of outcomes. */
  sampleCount(): number;
  /** The weighted mean difficulty of the outcomes; 0.5 where there are none. */
  meanDifficulty(): number;
}

/** @param assumed what is believed before any outcome. */
export function createSuccessTracker(assumed: CurvePrior, settings: ScorecardSettings): SuccessTracker {
  let prior = assumed;
  let loadedPrior: CurvePrior | undefined;
  const loaded = createEvidence();
  const observed = createEvidence();
  const detector = createDriftDetector(settings.driftRunLength);
  let recent: CurveOutcome[] = [];
  /** The time that all weights refer to. */
  let moment = Number.NEGATIVE_INFINITY;
  let known: FittedCurve | undefined;

  function sampleCount(): number {
    return evidenceWeight(loaded) + evidenceWeight(observed);
  }

  function scale(factor: number): void {
    scaleEvidence(loaded, factor);
    scaleEvidence(observed, factor);
  }

  /** Where time has moved on, older evidence weighs less. */
  function advance(time: number): void {
    if (!(time > moment)) return;
    if (moment !== Number.NEGATIVE_INFINITY) scale(2 ** ((moment - time) / settings.halfLife));
    moment = time;
    known = undefined;
  }

  function add(evidence: Evidence, outcome: CurveOutcome): void {
    advance(outcome.time);
    const weight = outcome.weight * 2 ** ((outcome.time - moment) / settings.halfLife);
    addEvidence(evidence, outcome.difficulty, outcome.success, weight);
    const total = sampleCount();
    if (total > settings.maxSamples) scale(settings.maxSamples / total);
    known = undefined;
  }

  function rows(): EvidenceRow[] {
    return [...evidenceRows(loaded), ...evidenceRows(observed)];
  }

  function refit(): FittedCurve {
    known ??= fitCurve(loadedPrior ?? prior, rows());
    return known;
  }

  /** What came before the drift says little about what comes now: only the most recent outcomes stay. */
  function forget(): void {
    scale(0);
    loadedPrior = undefined;
    known = undefined;
    for (const outcome of recent) add(observed, outcome);
  }

  return {
    observe(outcome) {
      advance(outcome.time);
      const before = refit();
      const logOdds = logOddsAt(before, outcome.difficulty);
      const away = PREDICTED * Math.sqrt(logOddsVariance(before, outcome.difficulty));
      const [lower, upper] = [logistic(logOdds - away), logistic(logOdds + away)];
      add(observed, outcome);
      recent.push(outcome);
      if (recent.length > settings.driftKeeps) recent.shift();
      const direction = detector.observe(outcome.success, lower, upper, outcome.weight);
      if (direction === undefined) return undefined;
      const kept = recent.length > 0 ? recent : [outcome];
      forget();
      recent = [];
      return {
        direction,
        time: outcome.time,
        predicted: logistic(logOdds),
        lower,
        upper,
        observed: kept.reduce((sum, one) => sum + one.success, 0) / kept.length,
        observedCount: kept.length,
      };
    },
    load(curve, time) {
      loadedPrior = {
        ...prior,
        level: curve.intercept - curve.slope * CENTRE,
        slope: curve.slope,
      };
      known = undefined;
      scaleEvidence(loaded, 0);
      for (const outcome of spread(curve, settings.maxSamples, time)) add(loaded, outcome);
    },
    assume(next) {
      prior = next;
      known = undefined;
    },
    fitted(time) {
      advance(time);
      return refit();
    },
    sampleCount,
    meanDifficulty() {
      const weight = sampleCount();
      if (weight <= 0) return CENTRE;
      return rows().reduce((sum, row) => sum + row.weight * row.difficulty, 0) / weight;
    },
  };
}

/** Turns a measured curve back into outcomes that say the same, spread over the range, so that they decay like others. */
function spread(curve: SuccessCurve, most: number, time: number): CurveOutcome[] {
  const weight = Math.min(curve.effectiveSampleCount, most);
  if (!(weight > 0)) return [];
  const places = [0.1, 0.3, 0.5, 0.7, 0.9];
  return places.map((difficulty) => ({
    difficulty,
    success: successProbability(curve, difficulty),
    weight: weight / places.length,
    time,
  }));
}
