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

/** A shift of less than this in the probability of success is of no interest: forgetting would cost more than it. */
const TOLERANCE = 0.02;

/**
 * An e-detector of the CUSUM kind: a gambler bets against the prediction at odds that are fair or worse while it holds, and
 * whoever would have less than one unit starts anew with one. That holds less than if a new gambler started at every
 * outcome and all kept what they win, which grows by at most one unit an outcome on average; so the run length is reached
 * only after at least that many outcomes on average, whatever the curve and whatever the mix of difficulties.
 *
 * @param runLength outcomes between two false alarms in one direction, on average, at least.
 */
export function createDriftDetector(runLength: number): DriftDetector {
  const worse = createGamblers();
  const better = createGamblers();
  return {
    observe(success, lower, upper, weight = 1) {
      const lost = worse.bet(1 - success, Math.min(1, 1 - lower + TOLERANCE), weight) >= runLength;
      const gained = better.bet(success, Math.min(1, upper + TOLERANCE), weight) >= runLength;
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
        purses[index] = Math.max(purses[index]!, 1) * factor;
        sum += purses[index]!;
      }
      return sum / STAKES.length;
    },
    restart: () => {
      purses.fill(0);
    },
  };
}
