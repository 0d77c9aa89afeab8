/** In which way outcomes left what was predicted. */
export type DriftDirection = "worse" | "better";

/** Watches the outcomes of one curve. */
export interface DriftDetector {
  /**
   * Takes one outcome, 0 to 1, and the interval in which its probability was predicted to lie; answers with a direction
   * when outcomes have left the prediction, and then starts afresh.
   */
  observe(success: number, lower: number, upper: number, weight?: number): DriftDirection | undefined;
}

/**
 * The share of its money that an imagined gambler stakes on the prediction being wrong. Small stakes find small shifts,
 * large ones find large shifts soon; the detector holds all of them at once.
 */
const STAKES = [0.15, 0.4, 0.8];

/**
 * A Shiryaev-Roberts e-detector: gamblers who start at every outcome bet against the prediction at odds that are fair
 * or worse while it holds. Together they then win at most one unit an outcome on average, so that the sum reaches the run
 * length only after at least that many outcomes on average, whatever the curve, its difficulty mix or its length.
 *
 * @param runLength outcomes between two false alarms in one direction, on average, at least.
 */
export function createDriftDetector(runLength: number): DriftDetector {
  const worse = createGamblers();
  const better = createGamblers();
  return {
    observe(success, lower, upper, weight = 1) {
      const lost = worse.bet(1 - success, 1 - lower, weight) >= runLength;
      const gained = better.bet(success, upper, weight) >= runLength;
      if (!lost && !gained) return undefined;
      worse.restart();
      better.restart();
      return lost ? "worse" : "better";
    },
  };
}

/** Gamblers who bet that an event comes more often than with its highest predicted probability. */
function createGamblers(): { bet(event: number, most: number, weight: number): number; restart(): void } {
  const purses = new Float64Array(STAKES.length);
  return {
    bet(event, most, weight) {
      let sum = 0;
      for (const [index, stake] of STAKES.entries()) {
        // A lost bet costs the stake; a won one pays so that the expectation is nothing at `most` and a loss below it.
        const factor = 1 + weight * stake * (event / Math.max(most, 1e-6) - 1);
        purses[index] = (purses[index]! + 1) * factor;
        sum += purses[index]!;
      }
      return sum / STAKES.length;
    },
    restart: () => {
      purses.fill(0);
    },
  };
}
