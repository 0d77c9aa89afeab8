import type { Candidate } from "../evaluate/candidate.ts";
import type { Comparison } from "../evaluate/regressions.ts";
import type { CandidateSummary } from "../evaluate/summarize.ts";
import { UsageError } from "./input.ts";
import { percent } from "./table.ts";

/** Why gates are closed; none where all are open. */
export function closedGates(
  summaries: readonly CandidateSummary[],
  gated: ReadonlySet<string>,
  { regressions }: Comparison,
  minPassRate: number | undefined,
  failOnRegression: boolean | undefined,
): string[] {
  const low = summaries
    .filter(({ name, passRate }) => minPassRate !== undefined && gated.has(name) && passRate < minPassRate)
    .map(
      ({ name, passRate }) => `${name} passes ${percent(passRate)}, less than ${percent(minPassRate ?? 0)}`,
    );
  const worse = failOnRegression ? regressions.filter(({ candidate }) => gated.has(candidate)) : [];
  const names = worse.map(({ candidate, scenario }) => `${scenario} (${candidate})`);
  return names.length === 0 ? low : [...low, `worse than in the last run: ${names.join(", ")}`];
}

/** Gates hold for policies: single targets are there to be compared, and some are meant to be weak. */
export function gatedNames(
  candidates: readonly Candidate[],
  chosen: readonly string[] | undefined,
): Set<string> {
  const names = new Set(candidates.map(({ name }) => name));
  const unknown = chosen?.find((name) => !names.has(name));
  if (unknown !== undefined)
    throw new UsageError(`--gate names no candidate: ${unknown}. There are: ${[...names].join(", ")}.`);
  if (chosen && chosen.length > 0) return new Set(chosen);
  const whole = candidates.filter(({ kind }) => kind !== "target");
  return new Set((whole.length > 0 ? whole : candidates).map(({ name }) => name));
}
