import { type Candidate, CandidateSchema } from "#gen/pointsman/v1/decision_pb.ts";
import type { Facts } from "#gen/pointsman/v1/facts_pb.ts";
import { LatencyClass } from "#gen/pointsman/v1/route_input_pb.ts";
import type { Scorecard } from "#gen/pointsman/v1/scorecard_pb.ts";
import type { Price, Target } from "#gen/pointsman/v1/target_pb.ts";
import type { Evaluation } from "../policy/evaluation.ts";
import { curveFor, latencyFor } from "../scorecard/lookup.ts";
import { successProbability } from "../scorecard/success-probability.ts";

/** What a latency class makes of the policy's price of waiting. */
const LATENCY_FACTOR: ReadonlyMap<LatencyClass, number> = new Map([
  [LatencyClass.INTERACTIVE, 10],
  [LatencyClass.BATCH, 0],
]);

/**
 * What an attempt at a target is expected to be worth, term by term, in US dollars:
 * value = p * success_value - (1 - p) * failure_cost - cost - latency * latency_cost + preferences.
 * Terms are rounded to a billionth of a dollar first and then added, so that the sum can be checked by hand.
 */
export function valueTarget(
  target: Target,
  facts: Facts,
  evaluation: Evaluation,
  scorecard: Scorecard,
): Candidate {
  const stakes = evaluation.plan.stakes;
  const curve = curveFor(scorecard, target.id, facts.task);
  const adjustment = facts.successAdjustments[target.id];
  const probability = curve ? round(successProbability(curve, facts.difficulty, adjustment)) : 0;
  const latency = latencyFor(scorecard, target.id);
  // A target that ends earlier than answers of the kind usually do neither costs nor takes what it cannot say.
  const outputTokens =
    target.maxOutputTokens > 0
      ? Math.min(facts.predictedOutputTokens, target.maxOutputTokens)
      : facts.predictedOutputTokens;
  const seconds = round((latency?.timeToFirstTokenP50 ?? 0) + outputTokens * (latency?.secondsPerToken ?? 0));
  const warm = facts.warmPrefix;
  const cachedTokens = warm?.targetId === target.id ? Math.min(warm.cachedTokens, facts.inputTokens) : 0;
  const cost = round(expectedCost(target.price, facts.inputTokens, cachedTokens, outputTokens));
  const successTerm = round(probability * (stakes?.successValue ?? 0));
  const failureTerm = round((1 - probability) * (stakes?.failureCost ?? 0));
  const latencyFactor = LATENCY_FACTOR.get(facts.hints?.latencyClass ?? LatencyClass.STANDARD) ?? 1;
  const latencyTerm = round(seconds * (stakes?.latencyCost ?? 0) * latencyFactor);
  const preferenceTerm = round(preference(target, evaluation));
  // Written out and not by `create`, which walks a list of fields: this is made for every target of every request.
  return {
    $typeName: CandidateSchema.typeName,
    targetId: target.id,
    value: round(successTerm - failureTerm - cost - latencyTerm + preferenceTerm),
    successProbability: probability,
    effectiveSampleCount: curve?.effectiveSampleCount ?? 0,
    successTerm,
    failureTerm,
    costTerm: cost,
    latencyTerm,
    preferenceTerm,
    expectedLatencySeconds: seconds,
    inputTokens: facts.inputTokens,
    cachedInputTokens: cachedTokens,
    outputTokens,
    switchCost:
      warm && warm.targetId !== target.id ? round(switchCost(target.price, warm.cachedTokens, facts)) : 0,
    explored: false,
  };
}

/** Expected cost of a call in US dollars. */
export function expectedCost(
  price: Price | undefined,
  inputTokens: number,
  cachedInputTokens: number,
  outputTokens: number,
): number {
  if (!price) return 0;
  const cachedPrice = price.cachedInput ?? price.input;
  return (
    ((inputTokens - cachedInputTokens) * price.input +
      cachedInputTokens * cachedPrice +
      outputTokens * price.output) /
    1e6
  );
}

/** What reading the warm prefix at full price costs more than reading it from a warm cache of the same target. */
function switchCost(price: Price | undefined, warmTokens: number, facts: Facts): number {
  const tokens = Math.min(warmTokens, facts.inputTokens);
  return expectedCost(price, tokens, 0, 0) - expectedCost(price, tokens, tokens, 0);
}

function preference(target: Target, evaluation: Evaluation): number {
  let sum = 0;
  for (const { prefer } of evaluation.preferences) {
    const { case: kind, value } = prefer.subject;
    if (kind === "target" ? value === target.id : kind === "tag" && target.tags.includes(value))
      sum += prefer.weight;
  }
  return sum;
}

/** To a billionth: exact enough for money, and the same on every machine. */
export function round(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}
