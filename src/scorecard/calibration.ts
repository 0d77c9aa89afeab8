/** A prediction and what came of it. */
export interface Prediction {
  /** The predicted probability of success, over 0 and under 1. */
  readonly probability: number;
  /** 0 to 1. */
  readonly score: number;
}

/** Predictions of about the same probability, together. */
export interface CalibrationBin {
  /** The bin holds predictions from `from` up to but not including `to`. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** The mean predicted probability; 0 in an empty bin. */
  readonly predicted: number;
  /** The mean score; 0 in an empty bin. */
  readonly observed: number;
}

/** How good predictions are. Smaller is better, for all three. */
export interface Calibration {
  readonly count: number;
  /** Mean squared difference between prediction and score. */
  readonly brier: number;
  /** Mean negative log-likelihood, in nats. */
  readonly logLoss: number;
  /** Expected calibration error: the mean distance between predicted and observed over the bins, by their counts. */
  readonly expectedCalibrationError: number;
  readonly bins: readonly CalibrationBin[];
}

/** @param binCount bins of equal width over 0 to 1. Default 10. */
export function measureCalibration(predictions: readonly Prediction[], binCount = 10): Calibration {
  const count = predictions.length;
  const bins = Array.from({ length: binCount }, (_, index) => ({
    index,
    count: 0,
    predicted: 0,
    observed: 0,
  }));
  let [squares, losses] = [0, 0];
  for (const { probability, score } of predictions) {
    squares += (probability - score) ** 2;
    losses -= score * Math.log(probability) + (1 - score) * Math.log(1 - probability);
    const bin = bins[Math.min(binCount - 1, Math.floor(probability * binCount))]!;
    bin.count++;
    bin.predicted += probability;
    bin.observed += score;
  }
  const gaps = bins.reduce((sum, bin) => sum + Math.abs(bin.predicted - bin.observed), 0);
  return {
    count,
    brier: mean(squares, count),
    logLoss: mean(losses, count),
    expectedCalibrationError: mean(gaps, count),
    bins: bins.map((bin) => ({
      from: bin.index / binCount,
      to: (bin.index + 1) / binCount,
      count: bin.count,
      predicted: mean(bin.predicted, bin.count),
      observed: mean(bin.observed, bin.count),
    })),
  };
}

function mean(sum: number, count: number): number {
  return count === 0 ? 0 : sum / count;
}
