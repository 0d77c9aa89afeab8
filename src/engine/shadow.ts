import { AttemptState } from "#gen/pointsman/v1/attempt_pb.ts";
import type { RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import { stableFraction } from "../lib/digest.ts";
import { toMilliseconds } from "../lib/durations.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Journey } from "./journey.ts";
import { createRecorder } from "./recorder.ts";
import { holdShadow } from "./shadow-budget.ts";
import { worstOf } from "./spending.ts";
import { startAttempt } from "./start-attempt.ts";

/** Shadow calls under way at once, over which further ones are left out. */
const MOST_SHADOWS = 64;
/** Dollars a day where a rule names no limit. */
const DEFAULT_DOLLARS_PER_DAY = 1;
const DAY_MS = 86_400_000;

/**
 * Asks a second target the same, after the answer has left, where policy says so and its own budget allows. What it
 * says is recorded as an attempt and given to nobody.
 */
export function askShadow(parts: EngineParts, journey: Journey, sentInput: RouteInput): void {
  const { decision } = journey;
  const shadow = decision.plan?.shadow;
  const budget = parts.shadowBudget;
  if (!shadow || budget.underway >= MOST_SHADOWS) return;
  // A draw of its own, so that shadowed requests are a fair sample of every arm of an experiment.
  if (stableFraction(`shadow ${decision.id}`) >= shadow.share) return;
  const day = Math.floor(parts.clock.now() / DAY_MS);
  const settle = holdShadow(budget, {
    targetId: shadow.target,
    day,
    worstMicros: worstOf(journey, [shadow.target]).worstCaseMicros,
    mostMicros: (shadow.maxDollarsPerDay ?? DEFAULT_DOLLARS_PER_DAY) * 1e6,
  });
  if (!settle) return;
  const lease = journey.lease.again();
  const plan = decision.plan?.attempts;
  const run = startAttempt(parts, {
    world: lease.world,
    targetId: shadow.target,
    input: sentInput,
    streaming: false,
    callId: `${decision.id}-shadow`,
    index: 0,
    silenceMs: plan?.perTryTimeout ? toMilliseconds(plan.perTryTimeout) : 30_000,
    hedge: false,
    shadow: true,
    inputTokens: decision.facts?.inputTokens ?? 0,
  });
  if (!run) {
    settle(0);
    lease.release();
    return;
  }
  const drain = async (): Promise<void> => {
    let attempt: ReturnType<typeof run.settle>;
    try {
      for (let event = await run.next(); event && event.type !== "finished"; ) event = await run.next();
      attempt = run.settle(AttemptState.SUCCEEDED);
    } catch (error) {
      attempt = run.settle(AttemptState.FAILED, error);
    }
    settle(attempt.costMicros);
    lease.release();
    createRecorder(parts.ledger, parts.guard, parts.makeId).attempted(decision, attempt);
    parts.announce.attempted(decision, attempt);
  };
  void drain();
}
