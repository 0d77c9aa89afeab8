import type { Candidate } from "#gen/pointsman/v1/decision_pb.ts";
import type { Explore } from "#gen/pointsman/v1/policy_pb.ts";

const DEFAULT_MAX_EXTRA_COST = 0.001;
const DEFAULT_MIN_SAMPLES = 50;

/**
 * The candidate that should be tried first so that its target gets measured, or undefined where the best one should.
 * Pure: follows from its arguments alone.
 *
 * Of all requests, those whose draw is below the policy's share explore. They go to one of the targets that have too few
 * outcomes for the task and whose value is close enough to the best; the fewer outcomes, the likelier. A target that has
 * enough, or costs too much, is never explored, so exploration ends by itself.
 *
 * @param candidates best first.
 * @param draw the request's own number, 0 up to but not including 1.
 */
export function explorationPick(
  candidates: readonly Candidate[],
  draw: number,
  explore: Explore,
): Candidate | undefined {
  const best = candidates[0];
  const share = Math.min(explore.share, 0.5);
  if (best === undefined || !(draw < share)) return undefined;
  const most = explore.maxExtraCost ?? DEFAULT_MAX_EXTRA_COST;
  const enough = explore.minSamples ?? DEFAULT_MIN_SAMPLES;
  const unknown = candidates
    .slice(1)
    .filter((one) => one.effectiveSampleCount < enough && best.value - one.value <= most)
    .map((candidate) => ({ candidate, missing: enough - candidate.effectiveSampleCount }));
  // Below the share, the draw is again evenly spread, so no second random number is needed.
  let place = (draw / share) * unknown.reduce((sum, one) => sum + one.missing, 0);
  for (const one of unknown) {
    place -= one.missing;
    if (place < 0) return one.candidate;
  }
  return unknown.at(-1)?.candidate;
}
