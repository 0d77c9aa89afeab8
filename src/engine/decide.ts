import { create } from "@bufbuild/protobuf";
import { type Duration, timestampFromMs } from "@bufbuild/protobuf/wkt";
import {
  type Candidate,
  type Decision,
  DecisionSchema,
  type Exclusion,
  ExclusionReason,
  Verdict,
} from "#gen/pointsman/v1/decision_pb.ts";
import type { Facts } from "#gen/pointsman/v1/facts_pb.ts";
import type { Scorecard } from "#gen/pointsman/v1/scorecard_pb.ts";
import type { Target } from "#gen/pointsman/v1/target_pb.ts";
import { toMilliseconds } from "../lib/durations.ts";
import { formatDollars } from "../lib/money.ts";
import type { CompiledPolicy, Evaluation } from "../policy/evaluation.ts";
import { explorationPick } from "../scorecard/explore.ts";
import type { Catalogue } from "./catalogue.ts";
import { exclude, findExclusion, neededCapabilities } from "./eligibility.ts";
import { valueTarget } from "./value.ts";

/** What names a decision; it has no influence on what is decided. */
export interface Stamp {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly createTime: number;
  /** The caller's own id of the request; empty where it gave none. */
  readonly requestId: string;
}

/**
 * Decides. Pure: no clock, no I/O, no randomness but what is in the facts, so the same facts, policy, targets and
 * scorecard give the same decision, byte for byte.
 */
export function decide(
  facts: Facts,
  policy: CompiledPolicy,
  catalogue: Catalogue,
  scorecard: Scorecard,
  stamp: Stamp,
): Decision {
  const evaluation = policy.evaluate(facts);
  const decision = create(DecisionSchema, {
    id: stamp.id,
    createTime: timestampFromMs(stamp.createTime),
    requestId: stamp.requestId,
    facts,
    policyRevision: policy.revision,
    configRevision: catalogue.revision,
    scorecardRevision: scorecard.revision,
    matches: evaluation.matches,
    plan: evaluation.plan,
  });
  if (evaluation.ending) {
    decision.verdict = evaluation.ending.kind === "deny" ? Verdict.DENY : Verdict.REFUSE;
    decision.ruleId = evaluation.ending.ruleId;
    decision.message = evaluation.ending.message;
    return decision;
  }
  const { candidates, exclusions } = weigh(facts, catalogue, scorecard, evaluation);
  decision.exclusions = exclusions;
  if (candidates.length > 0) {
    decision.verdict = Verdict.ROUTE;
    decision.candidates = explore(candidates, facts, evaluation);
  } else if (exclusions.some(({ reason }) => reason === ExclusionReason.VALUE)) {
    decision.verdict = Verdict.REFUSE;
    decision.message = "No target is expected to answer this well enough to be worth its cost and risk.";
  } else {
    decision.verdict = Verdict.NO_TARGET;
    decision.message = "No target is able and allowed to serve this request.";
  }
  return decision;
}

/** Sorts the targets into candidates, best first, and exclusions, by id. */
function weigh(
  facts: Facts,
  catalogue: Catalogue,
  scorecard: Scorecard,
  evaluation: Evaluation,
): { candidates: Candidate[]; exclusions: Exclusion[] } {
  const candidates: Candidate[] = [];
  const exclusions: Exclusion[] = [];
  const needs = neededCapabilities(facts, evaluation);
  for (const target of catalogue.targets) {
    const excluded = findExclusion(target, facts, evaluation, needs);
    if (excluded) {
      exclusions.push(excluded);
      continue;
    }
    const candidate = valueTarget(target, facts, evaluation, scorecard);
    const missed = missesLimit(target, candidate, facts, evaluation);
    if (missed) exclusions.push(missed);
    else candidates.push(candidate);
  }
  candidates.sort((left, right) => right.value - left.value || (left.targetId < right.targetId ? -1 : 1));
  return { candidates, exclusions };
}

/** Checks what depends on estimates. The breaker comes last: a target excluded by it could otherwise serve. */
function missesLimit(
  target: Target,
  candidate: Candidate,
  facts: Facts,
  evaluation: Evaluation,
): Exclusion | undefined {
  const { successProbability: p, costTerm: cost, expectedLatencySeconds: seconds } = candidate;
  const tooWeak = (floor: number | undefined, by: string, ruleId?: string): Exclusion | undefined =>
    floor !== undefined && p < floor
      ? exclude(
          target,
          ExclusionReason.QUALITY_FLOOR,
          `it succeeds with p ${p.toFixed(3)}, ${by} ${floor}`,
          ruleId,
        )
      : undefined;
  const tooDear = (micros: number | undefined, by: string, ruleId?: string): Exclusion | undefined =>
    micros !== undefined && cost * 1e6 > micros
      ? exclude(
          target,
          ExclusionReason.COST_CEILING,
          `it costs about ${formatDollars(cost)}, ${by} ${formatDollars(micros / 1e6)}`,
          ruleId,
        )
      : undefined;
  const tooSlow = (limit: number | undefined, by: string, ruleId?: string): Exclusion | undefined =>
    limit !== undefined && seconds > limit
      ? exclude(
          target,
          ExclusionReason.LATENCY,
          `it takes about ${seconds.toFixed(2)} s, ${by} ${limit} s`,
          ruleId,
        )
      : undefined;

  for (const { ruleId, require } of evaluation.requirements) {
    const by = `rule ${ruleId} requires`;
    const missed =
      tooWeak(require.minSuccessProbability, by, ruleId) ??
      tooDear(require.maxCostMicros, by, ruleId) ??
      tooSlow(toSeconds(require.maxLatency), by, ruleId);
    if (missed) return missed;
  }
  const wanted = "the request wants";
  const missed =
    tooWeak(facts.hints?.qualityFloor, wanted) ??
    tooDear(facts.hints?.costCeilingMicros, wanted) ??
    tooSlow(toSeconds(facts.hints?.maxLatency), wanted);
  if (missed) return missed;
  const left = facts.budget?.remaining ?? Number.POSITIVE_INFINITY;
  if (cost > left) {
    return exclude(
      target,
      ExclusionReason.BUDGET,
      `it costs about ${formatDollars(cost)}, ${formatDollars(left)} is left`,
    );
  }
  const least = evaluation.plan.stakes?.noAnswerValue ?? Number.NEGATIVE_INFINITY;
  if (candidate.value < least) {
    return exclude(
      target,
      ExclusionReason.VALUE,
      `its value is ${formatDollars(candidate.value)}, not answering is worth ${formatDollars(least)}`,
    );
  }
  if (facts.unavailableTargetIds.includes(target.id)) {
    return exclude(target, ExclusionReason.BREAKER_OPEN, "its circuit breaker is open");
  }
  return undefined;
}

function explore(candidates: Candidate[], facts: Facts, evaluation: Evaluation): Candidate[] {
  const effect = evaluation.plan.explore;
  const pick = effect ? explorationPick(candidates, facts.draw, effect) : undefined;
  if (pick === undefined) return candidates;
  pick.explored = true;
  return [pick, ...candidates.filter((candidate) => candidate !== pick)];
}

function toSeconds(duration: Duration | undefined): number | undefined {
  return duration && toMilliseconds(duration) / 1000;
}
