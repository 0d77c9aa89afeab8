import type { EvidenceRow } from "./evidence.ts";
import { logistic } from "./success-probability.ts";

/** Where level and slope refer to: the middle of the range, so that a prior on one says little about the other. */
export const CENTRE = 0.5;
/** A target never gets better with difficulty: that would be noise, and choosing by it would be absurd. */
const LEAST_SLOPE = 0.1;
const MOST_STEPS = 50;

/** A normal belief about a curve, before any outcome: level and slope are independent. */
export interface CurvePrior {
  /** Log-odds of success at difficulty 0.5. */
  readonly level: number;
  readonly slope: number;
  readonly levelDeviation: number;
  readonly slopeDeviation: number;
}

/** A curve and how sure it is, as a normal approximation around the most probable curve. */
export interface FittedCurve {
  readonly level: number;
  readonly slope: number;
  /** Variance of the level, covariance of level and slope, variance of the slope. */
  readonly covariance: readonly [number, number, number];
}

/**
 * The most probable curve given a prior and outcomes: Newton's method on a concave function of two numbers, so the
 * answer does not depend on the order of the outcomes. Where outcomes would have a target improve with difficulty, the
 * slope stays at its least value and only the level is fitted.
 */
export function fitCurve(prior: CurvePrior, rows: readonly EvidenceRow[]): FittedCurve {
  const free = climb(prior, rows, { level: prior.level, slope: prior.slope }, true);
  if (free.slope >= LEAST_SLOPE) return free;
  return climb(prior, rows, { level: prior.level, slope: LEAST_SLOPE }, false);
}

/** Variance of the log-odds at a difficulty. */
export function logOddsVariance(curve: FittedCurve, difficulty: number): number {
  const [level, both, slope] = curve.covariance;
  const away = CENTRE - difficulty;
  return Math.max(0, level + 2 * away * both + away * away * slope);
}

/** Log-odds of success at a difficulty. */
export function logOddsAt(
  curve: { readonly level: number; readonly slope: number },
  difficulty: number,
): number {
  return curve.level - curve.slope * (difficulty - CENTRE);
}

function climb(
  prior: CurvePrior,
  rows: readonly EvidenceRow[],
  start: { level: number; slope: number },
  slopeIsFree: boolean,
): FittedCurve {
  let { level, slope } = start;
  let height = logPosterior(prior, rows, level, slope);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { gradient, precision } = slopesAt(prior, rows, level, slope);
    const [levelStep, slopeStep] = slopeIsFree
      ? solve(precision, gradient)
      : ([gradient[0] / precision[0], 0] as const);
    let share = 1;
    let next = logPosterior(prior, rows, level + levelStep, slope + slopeStep);
    // Far from the top a full step can overshoot; the function is concave, so a shorter one always climbs.
    while (next < height && share > 1e-6) {
      share /= 2;
      next = logPosterior(prior, rows, level + share * levelStep, slope + share * slopeStep);
    }
    if (next < height) break;
    level += share * levelStep;
    slope += share * slopeStep;
    height = next;
    if (Math.abs(levelStep) + Math.abs(slopeStep) < 1e-9) break;
  }
  return { level, slope, covariance: invert(slopesAt(prior, rows, level, slope).precision) };
}

function logPosterior(prior: CurvePrior, rows: readonly EvidenceRow[], level: number, slope: number): number {
  let sum =
    -(
      ((level - prior.level) / prior.levelDeviation) ** 2 +
      ((slope - prior.slope) / prior.slopeDeviation) ** 2
    ) / 2;
  for (const row of rows) {
    const probability = logistic(logOddsAt({ level, slope }, row.difficulty));
    sum += row.successes * Math.log(probability) + (row.weight - row.successes) * Math.log(1 - probability);
  }
  return sum;
}

/** The gradient of the log-posterior, and its curvature as a positive definite matrix [a, b, d] for [[a, b], [b, d]]. */
function slopesAt(
  prior: CurvePrior,
  rows: readonly EvidenceRow[],
  level: number,
  slope: number,
): { gradient: [number, number]; precision: [number, number, number] } {
  const gradient: [number, number] = [
    (prior.level - level) / prior.levelDeviation ** 2,
    (prior.slope - slope) / prior.slopeDeviation ** 2,
  ];
  const precision: [number, number, number] = [prior.levelDeviation ** -2, 0, prior.slopeDeviation ** -2];
  for (const row of rows) {
    const away = CENTRE - row.difficulty;
    const probability = logistic(logOddsAt({ level, slope }, row.difficulty));
    const surprise = row.successes - row.weight * probability;
    const information = row.weight * probability * (1 - probability);
    gradient[0] += surprise;
    gradient[1] += surprise * away;
    precision[0] += information;
    precision[1] += information * away;
    precision[2] += information * away * away;
  }
  return { gradient, precision };
}

function invert([a, b, d]: readonly [number, number, number]): [number, number, number] {
  const determinant = a * d - b * b;
  return [d / determinant, -b / determinant, a / determinant];
}

function solve(
  precision: readonly [number, number, number],
  gradient: readonly [number, number],
): readonly [number, number] {
  const [a, b, d] = invert(precision);
  return [a * gradient[0] + b * gradient[1], b * gradient[0] + d * gradient[1]];
}
