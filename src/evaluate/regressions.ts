import type { Result } from "./results.ts";

/** A scenario that changed for a candidate. */
export interface Change {
  readonly scenario: string;
  readonly candidate: string;
  /** Shares of the repetitions that passed, 0 to 1. */
  readonly before: number;
  readonly now: number;
  /** A result of now that shows it. */
  readonly example: Result;
}

/** How the results of now differ from those of the last run. */
export interface Comparison {
  /** Passed mostly, and now do not. */
  readonly regressions: readonly Change[];
  /** The other way round. */
  readonly improvements: readonly Change[];
  /** Pairs of scenario and candidate that both runs have. */
  readonly compared: number;
  /**
   * How likely so uneven a split between regressions and improvements is by chance alone (exact sign test, two-sided);
   * 1 where nothing changed.
   */
  readonly probabilityByChance: number;
}

/**
 * Compares results with the last ones of another run, scenario by scenario and candidate by candidate, by their names: a
 * policy that was changed is compared with what it was.
 *
 * @param now one result for each cell
 * @param history earlier results, in the order in which they were made; those of `now` may be among them
 */
export function compareRuns(now: readonly Result[], history: readonly Result[]): Comparison {
  const key = ({ scenario, candidate }: Result): string => `${candidate} ${scenario}`;
  const known = Map.groupBy(history.filter(counts), key);
  const regressions: Change[] = [];
  const improvements: Change[] = [];
  let compared = 0;
  for (const [pair, current] of Map.groupBy(now.filter(counts), key)) {
    const runs = new Set(current.map(({ run }) => run));
    const earliest = [...runs].sort()[0] ?? "";
    const older = (known.get(pair) ?? []).filter(({ run }) => run < earliest);
    const last = older
      .map(({ run }) => run)
      .sort()
      .at(-1);
    const previous = older.filter(({ run }) => run === last);
    if (previous.length === 0) continue;
    compared++;
    const change = {
      scenario: current[0]!.scenario,
      candidate: current[0]!.candidate,
      before: passShare(previous),
      now: passShare(current),
      example: current.find(({ status }) => status !== "passed") ?? current[0]!,
    };
    if (change.before >= 0.5 && change.now < 0.5) regressions.push(change);
    if (change.before < 0.5 && change.now >= 0.5) improvements.push(change);
  }
  return {
    regressions,
    improvements,
    compared,
    probabilityByChance: signTest(regressions.length, improvements.length),
  };
}

/** What broke on the way says nothing about whether a candidate has become better or worse. */
function counts({ status }: Result): boolean {
  return status === "passed" || status === "failed";
}

function passShare(results: readonly Result[]): number {
  return results.filter(({ status }) => status === "passed").length / results.length;
}

function signTest(worse: number, better: number): number {
  const count = worse + better;
  let term = 0.5 ** count;
  let tail = 0;
  for (let index = 0; index <= Math.min(worse, better); index++) {
    tail += term;
    term *= (count - index) / (index + 1);
  }
  return count === 0 ? 1 : Math.min(1, 2 * tail);
}
