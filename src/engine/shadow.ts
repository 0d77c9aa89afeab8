import { AttemptState } from "#gen/pointsman/v1/attempt_pb.ts";
import type { RouteInput } from "#gen/pointsman/v1/route_input_pb.ts";
import type { Reservation } from "../admission/admission.ts";
import { stableFraction } from "../lib/digest.ts";
import { toMilliseconds } from "../lib/durations.ts";
import type { EngineParts } from "./engine-parts.ts";
import type { Journey } from "./journey.ts";
import { createRecorder } from "./recorder.ts";
import { worstOf } from "./spending.ts";
import { startAttempt } from "./start-attempt.ts";

/** Shadow calls under way at once, over which further ones are left out. */
const MOST_SHADOWS = 64;
/** Dollars a day where a rule names no limit. */
const DEFAULT_DOLLARS_PER_DAY = 1;
/** How long the budget may let a shadow call wait; nobody waits for its answer. */
const BUDGET_PATIENCE_MS = 5_000;

/** Shadow calls that are under way in this process. */
export interface Shadows {
  underway: number;
}

/**
 * Asks a second target the same, after the answer has left, where policy says so and its own budget allows. What it
 * says is recorded as an attempt and given to nobody.
 */
export function askShadow(parts: EngineParts, journey: Journey, sentInput: RouteInput): void {
  const { decision } = journey;
  const shadow = decision.plan?.shadow;
  const { shadows } = parts;
  if (!shadow || shadows.underway >= MOST_SHADOWS) return;
  // A draw of its own, so that shadowed requests are a fair sample of every arm of an experiment.
  if (stableFraction(`shadow ${decision.id}`) >= shadow.share) return;
  const lease = journey.lease.again();
  const end = (): void => {
    shadows.underway--;
    lease.release();
  };
  shadows.underway++;
  parts.admission
    .reserveShadow(
      {
        targetId: shadow.target,
        worstCaseMicros: worstOf(journey, [shadow.target]).worstCaseMicros,
        dollarsPerDay: shadow.maxDollarsPerDay ?? DEFAULT_DOLLARS_PER_DAY,
      },
      AbortSignal.timeout(BUDGET_PATIENCE_MS),
    )
    .then(
      (reservation) => callShadow(parts, journey, { lease, targetId: shadow.target, sentInput, reservation }),
      // The budget is spent or its store is away: this one is left out.
      () => undefined,
    )
    .finally(end);
}

async function callShadow(
  parts: EngineParts,
  { decision }: Journey,
  call: {
    readonly lease: Journey["lease"];
    readonly targetId: string;
    readonly sentInput: RouteInput;
    readonly reservation: Reservation;
  },
): Promise<void> {
  const { lease, targetId, sentInput, reservation } = call;
  const plan = decision.plan?.attempts;
  const run = startAttempt(parts, {
    world: lease.world,
    targetId,
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
    reservation.release();
    return;
  }
  let attempt: ReturnType<typeof run.settle>;
  try {
    for (let event = await run.next(); event && event.type !== "finished"; ) event = await run.next();
    attempt = run.settle(AttemptState.SUCCEEDED);
  } catch (error) {
    attempt = run.settle(AttemptState.FAILED, error);
  }
  reservation.settle({ tokens: 0, micros: attempt.costMicros });
  createRecorder(parts.ledger, parts.guard, parts.makeId).attempted(decision, attempt);
  parts.announce.attempted(decision, attempt);
}
