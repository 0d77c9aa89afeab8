/** Buckets grow by this factor: a quantile is off by at most 2.5 per cent. */
const GROWTH = 1.05;
const LEAST_SECONDS = 1e-3;
const BUCKETS = 280;

/** Quantiles of durations in a fixed amount of memory (2.2 KiB), where what is old counts less and less. */
export interface QuantileSketch {
  /** Adds a duration in seconds. What lies outside 1 ms to 14 minutes counts as the nearest end. */
  add(seconds: number, weight: number): void;
  /** Adds all that another sketch holds. */
  addAll(other: QuantileSketch): void;
  /** Calls back with the number and the weight of every bucket that holds something. */
  eachBucket(take: (index: number, weight: number) => void): void;
  /** Lets all that was added count less. */
  scale(factor: number): void;
  /** The sum of all weights. */
  readonly weight: number;
  /** The duration in seconds below which a share (over 0, under 1) of the weight lies; 0 where there is none. */
  quantile(share: number): number;
}

/** A histogram with buckets of equal relative width. */
export function createQuantileSketch(): QuantileSketch {
  const buckets = new Float64Array(BUCKETS);
  let total = 0;
  return {
    add(seconds, weight) {
      buckets[bucketOf(seconds)]! += weight;
      total += weight;
    },
    addAll(other) {
      other.eachBucket((index, weight) => {
        buckets[index]! += weight;
        total += weight;
      });
    },
    eachBucket(take) {
      for (let index = 0; index < BUCKETS; index++) if (buckets[index]! > 0) take(index, buckets[index]!);
    },
    scale(factor) {
      total = 0;
      for (let index = 0; index < BUCKETS; index++) {
        buckets[index]! *= factor;
        total += buckets[index]!;
      }
    },
    get weight() {
      return total;
    },
    quantile(share) {
      const wanted = share * total;
      let below = 0;
      for (let index = 0; index < BUCKETS; index++) {
        const inside = buckets[index]!;
        if (inside > 0 && below + inside >= wanted)
          return LEAST_SECONDS * GROWTH ** (index - 1 + (wanted - below) / inside);
        below += inside;
      }
      return total === 0 ? 0 : LEAST_SECONDS * GROWTH ** (BUCKETS - 1);
    },
  };
}

/** Bucket i holds what is over LEAST * GROWTH^(i-1) and at most LEAST * GROWTH^i. */
function bucketOf(seconds: number): number {
  if (!(seconds > LEAST_SECONDS)) return 0;
  return Math.min(BUCKETS - 1, Math.ceil(Math.log(seconds / LEAST_SECONDS) / Math.log(GROWTH)));
}
