/** A limit on calls under way at a target that follows what the target can take. */
export interface ConcurrencyLimit {
  /** Takes a place; false where all are taken. */
  acquire(): boolean;
  /** Gives the place back. `overloaded` says that the target could not take that many. */
  release(overloaded: boolean): void;
  readonly inFlight: number;
  /** Calls that may be under way at once, a whole number. */
  readonly limit: number;
}

/** Seconds between two cuts, so that one burst of failures is one lesson. */
const CUT_INTERVAL_MS = 1_000;

/**
 * Additive increase, multiplicative decrease: a call that went well while the limit was nearly reached raises it by
 * 1/limit, an overloaded target halves it at most once a second. Never below 1, never above `max`.
 */
export function createConcurrencyLimit(max: number, monotonic: () => number): ConcurrencyLimit {
  let limit = max;
  let inFlight = 0;
  let lastCut = Number.NEGATIVE_INFINITY;
  return {
    acquire() {
      if (inFlight >= Math.floor(limit)) return false;
      inFlight++;
      return true;
    },
    release(overloaded) {
      const busy = inFlight * 2 >= limit;
      inFlight--;
      if (overloaded) {
        const now = monotonic();
        if (now - lastCut >= CUT_INTERVAL_MS) {
          lastCut = now;
          limit = Math.max(1, limit / 2);
        }
      } else if (busy) {
        limit = Math.min(max, limit + 1 / limit);
      }
    },
    get inFlight() {
      return inFlight;
    },
    get limit() {
      return Math.floor(limit);
    },
  };
}
