import { wilsonInterval } from "../ledger/wilson.ts";
import type { Result } from "./results.ts";

/** How one candidate did. */
export interface CandidateSummary {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** Of these nothing was learned; they count as not passed. */
  readonly errors: number;
  /** They count as nothing at all. */
  readonly skipped: number;
  /** passed of all that were not skipped, 0 to 1; 0 where there are none. */
  readonly passRate: number;
  /**
   * The 95 % interval of the pass rate, by Wilson's score over scenarios: repetitions of one are not independent, so they
   * count as one trial together.
   */
  readonly interval: readonly [lower: number, upper: number];
  /** US dollars for all answers; what judges cost is not the candidate's. */
  readonly cost: number;
  /** US dollars; undefined where nothing passed. */
  readonly costPerSuccess: number | undefined;
  /** Milliseconds; undefined where there was no answer. */
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  /** By task's word, sorted by count. */
  readonly tasks: readonly { readonly task: string; readonly passed: number; readonly count: number }[];
  /** Which targets answered, sorted by count. */
  readonly targets: readonly { readonly target: string; readonly count: number }[];
}

/** A way to fail, and where it happened. */
export interface FailureMode {
  readonly kind: string;
  readonly count: number;
  /** By candidate's name. */
  readonly byCandidate: ReadonlyMap<string, number>;
  /** Some of them, at most 5. */
  readonly examples: readonly Result[];
}

/** Sums up the results of one candidate. */
export function summarizeCandidate(name: string, results: readonly Result[]): CandidateSummary {
  const own = results.filter(({ candidate }) => candidate === name);
  const count = (status: Result["status"]): number => own.filter((one) => one.status === status).length;
  const passed = count("passed");
  const tried = own.length - count("skipped");
  const cost = own.reduce((sum, one) => sum + one.cost, 0);
  const latencies = own
    .flatMap(({ latency_ms }) => (latency_ms > 0 ? [latency_ms] : []))
    .sort((left, right) => left - right);
  return {
    name,
    passed,
    failed: count("failed"),
    errors: count("error"),
    skipped: count("skipped"),
    passRate: tried === 0 ? 0 : passed / tried,
    interval: intervalOf(own),
    cost,
    costPerSuccess: passed === 0 ? undefined : cost / passed,
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
    tasks: [...Map.groupBy(own, ({ task }) => task || "not decided")]
      .map(([task, rows]) => ({
        task,
        passed: rows.filter(({ status }) => status === "passed").length,
        count: rows.filter(({ status }) => status !== "skipped").length,
      }))
      .sort((left, right) => right.count - left.count),
    targets: [...Map.groupBy(own, ({ target }) => target)]
      .filter(([target]) => target !== "")
      .map(([target, rows]) => ({ target, count: rows.length }))
      .sort((left, right) => right.count - left.count),
  };
}

function intervalOf(own: readonly Result[]): readonly [number, number] {
  const tried = own.filter(({ status }) => status !== "skipped");
  const shares = [...Map.groupBy(tried, ({ scenario }) => scenario).values()].map(
    (rows) => rows.filter(({ status }) => status === "passed").length / rows.length,
  );
  if (shares.length === 0) return [0, 1];
  return wilsonInterval(
    shares.reduce((sum, share) => sum + share, 0),
    shares.length,
  );
}

/** What went wrong, most frequent first: each result under the first thing that was wrong with it. */
export function failureModes(results: readonly Result[]): FailureMode[] {
  const bad = results.filter(({ status }) => status === "failed" || status === "error");
  return [...Map.groupBy(bad, ({ failures }) => failures[0]?.kind ?? "unknown")]
    .map(([kind, rows]) => ({
      kind,
      count: rows.length,
      byCandidate: new Map(
        [...Map.groupBy(rows, ({ candidate }) => candidate)].map(([name, own]) => [name, own.length]),
      ),
      examples: rows.slice(0, 5),
    }))
    .sort((left, right) => right.count - left.count || (left.kind < right.kind ? -1 : 1));
}

/**
 * The candidates that no other beats in cost a scenario and pass rate at once, cheapest first: the frontier on which a
 * choice lies.
 */
export function frontier(summaries: readonly CandidateSummary[]): CandidateSummary[] {
  const best: CandidateSummary[] = [];
  const sorted = summaries
    .filter((one) => triedOf(one) > 0)
    .toSorted((left, right) => costEach(left) - costEach(right) || right.passRate - left.passRate);
  for (const one of sorted) if (one.passRate > (best.at(-1)?.passRate ?? -1)) best.push(one);
  return best;
}

/** US dollars a scenario that was tried. */
export function costEach(summary: CandidateSummary): number {
  return summary.cost / Math.max(1, triedOf(summary));
}

function triedOf({ passed, failed, errors }: CandidateSummary): number {
  return passed + failed + errors;
}

/** By the nearest rank. */
function quantile(sorted: readonly number[], share: number): number | undefined {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
}
