/** The two numbers of a success curve that a probability needs. */
export interface CurveShape {
  /** Log-odds of success at difficulty 0. */
  readonly intercept: number;
  /** How fast the log-odds fall with difficulty. */
  readonly slope: number;
}

/**
 * The probability that a target succeeds at a difficulty of 0 to 1, which is never exactly 0 or 1.
 *
 * @param adjustment what is known beyond the curve, in log-odds. Default 0.
 */
export function successProbability(curve: CurveShape, difficulty: number, adjustment = 0): number {
  return logistic(curve.intercept - curve.slope * difficulty + adjustment);
}

/** 1 / (1 + exp(-x)) without overflow, kept away from 0 and 1 so that a logarithm of it is finite. */
export function logistic(logOdds: number): number {
  const bounded = Math.max(-30, Math.min(30, logOdds));
  return 1 / (1 + Math.exp(-bounded));
}
