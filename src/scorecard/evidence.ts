const BINS = 16;

/** What a curve has seen: decayed outcomes in bins of difficulty. Its size does not depend on how much it has seen. */
export interface Evidence {
  /** Weight of all outcomes in each bin. */
  readonly weights: Float64Array;
  /** Weight of the successes in each bin. */
  readonly successes: Float64Array;
  /** Weighted sum of the difficulties in each bin. */
  readonly difficulties: Float64Array;
}

/** Evidence of nothing. */
export function createEvidence(): Evidence {
  return {
    weights: new Float64Array(BINS),
    successes: new Float64Array(BINS),
    difficulties: new Float64Array(BINS),
  };
}

/** Adds an outcome: `success` is 0 to 1, where a value between stands for a partial success. */
export function addEvidence(evidence: Evidence, difficulty: number, success: number, weight: number): void {
  const bin = Math.min(BINS - 1, Math.floor(difficulty * BINS));
  evidence.weights[bin]! += weight;
  evidence.successes[bin]! += weight * success;
  evidence.difficulties[bin]! += weight * difficulty;
}

/** Lets all that was seen count less, or, to move the moment that weights refer to, more. */
export function scaleEvidence(evidence: Evidence, factor: number): void {
  for (let bin = 0; bin < BINS; bin++) {
    evidence.weights[bin]! *= factor;
    evidence.successes[bin]! *= factor;
    evidence.difficulties[bin]! *= factor;
  }
}

/** The effective number of outcomes. */
export function evidenceWeight(evidence: Evidence): number {
  let sum = 0;
  for (const weight of evidence.weights) sum += weight;
  return sum;
}

/** One row for each bin that holds something. */
export interface EvidenceRow {
  readonly difficulty: number;
  readonly weight: number;
  readonly successes: number;
}

/** The bins that hold something, each at the mean difficulty of what it holds. */
export function evidenceRows(evidence: Evidence): EvidenceRow[] {
  const rows: EvidenceRow[] = [];
  for (let bin = 0; bin < BINS; bin++) {
    const weight = evidence.weights[bin]!;
    if (weight <= 1e-9) continue;
    rows.push({
      difficulty: evidence.difficulties[bin]! / weight,
      weight,
      successes: evidence.successes[bin]!,
    });
  }
  return rows;
}
