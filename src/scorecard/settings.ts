import { ScorecardError } from "./scorecard-error.ts";

const DAY = 86_400_000;

/** How the scorecard learns and forgets. Every field has a default. */
export interface ScorecardSettings {
  /** A snapshot is made anew at most this often, in milliseconds. Default 1,000. */
  readonly refresh: number;
  /** After this many milliseconds an outcome counts half. Default 30 days. */
  readonly halfLife: number;
  /** The most outcomes, after decay, that a curve remembers: more recent ones push older ones out. Default 200. */
  readonly maxSamples: number;
  /** How fast the assumed log-odds of success fall over the whole range of difficulty. Default 6. */
  readonly priorSlope: number;
  /** Standard deviation of the assumed log-odds at difficulty 0.5. Default 1. */
  readonly priorLevelDeviation: number;
  /** Standard deviation of the assumed slope. Default 2. */
  readonly priorSlopeDeviation: number;
  /** After this many milliseconds a latency or output length counts half. Default 1 hour. */
  readonly latencyHalfLife: number;
  /** The most calls, after decay, that latency and output figures remember. Default 500. */
  readonly maxCalls: number;
  /** Outcomes between two false drift alarms of one curve and direction, on average, at least. Default 1,000. */
  readonly driftRunLength: number;
  /** How many outcomes a curve keeps when its drift alarm goes off: what came before is mostly forgotten. Default 5. */
  readonly driftKeeps: number;
}

/** What is used where nothing is set. */
export const DEFAULT_SCORECARD_SETTINGS: ScorecardSettings = Object.freeze({
  refresh: 1_000,
  halfLife: 30 * DAY,
  maxSamples: 200,
  priorSlope: 6,
  priorLevelDeviation: 1,
  priorSlopeDeviation: 2,
  latencyHalfLife: 3_600_000,
  maxCalls: 500,
  driftRunLength: 1_000,
  driftKeeps: 5,
});

/** The least and the most that each setting may be. */
const BOUNDS: Readonly<Record<keyof ScorecardSettings, readonly [number, number]>> = {
  refresh: [0, DAY],
  halfLife: [1_000, 3_650 * DAY],
  maxSamples: [10, 1_000_000],
  priorSlope: [0.1, 100],
  priorLevelDeviation: [0.01, 100],
  priorSlopeDeviation: [0.01, 100],
  latencyHalfLife: [1_000, 3_650 * DAY],
  maxCalls: [10, 1_000_000],
  driftRunLength: [10, 1e9],
  driftKeeps: [0, 1_000_000],
};

/**
 * Fills in defaults and checks bounds, once, so that nothing below has to.
 * @throws ScorecardError `invalid_setting`.
 */
export function completeSettings(given: Partial<ScorecardSettings> = {}): ScorecardSettings {
  const settings = { ...DEFAULT_SCORECARD_SETTINGS, ...given };
  for (const name of Object.keys(BOUNDS) as (keyof ScorecardSettings)[]) {
    const [least, most] = BOUNDS[name];
    const value = settings[name];
    if (!(value >= least && value <= most))
      throw new ScorecardError("invalid_setting", `${name} is ${value}; it must be ${least} to ${most}.`);
  }
  return Object.freeze(settings);
}
