import type { Attempt } from "#gen/pointsman/v1/attempt_pb.ts";
import { Verdict } from "#gen/pointsman/v1/decision_pb.ts";
import type { Reservation, ReserveAmounts } from "../admission/admission.ts";
import { AdmissionError } from "../admission/admission-error.ts";
import { toMicros } from "../lib/money.ts";
import type { EngineParts, RouteCall } from "./engine-parts.ts";
import type { EngineError } from "./errors.ts";
import type { Journey } from "./journey.ts";
import { admissionError } from "./room-errors.ts";
import type { Totals } from "./totals.ts";
import { expectedCost } from "./value.ts";

/** The money and the tokens of one request: reserved at worst before a call, settled to what was used after it. */
export interface Spending {
  /** Whether the next attempt can be paid for; where not, `refused` says why. */
  allow(targetId: string, index: number): Promise<boolean>;
  /** Why the last attempt could not be paid for. */
  refused(): EngineError | undefined;
  /** An attempt ended: the target's own limits are settled. */
  ended(attempt: Attempt): void;
  /** Settles the whole to what was used. */
  settle(totals: Totals): void;
  /** Gives back what was not settled. */
  close(): void;
}

/** Input is estimated before a call; a provider may count a little more. */
const INPUT_MARGIN = 1.25;
/** Output to reckon with where neither caller nor target sets a limit: this many times what is expected. */
const OUTPUT_MARGIN = 4;

/**
 * Reserves what a decided request may use at worst, in one atomic step over all limits and budgets that apply.
 * @throws EngineError RATE_LIMITED, BUDGET_EXHAUSTED or LIMITS_UNAVAILABLE.
 */
export async function openSpending(
  parts: EngineParts,
  call: RouteCall,
  journey: Journey,
  signal: AbortSignal,
): Promise<Spending> {
  const { admission } = parts;
  const routed = journey.decision.verdict === Verdict.ROUTE;
  const first = routed
    ? worstOf(
        journey,
        journey.decision.candidates.map(({ targetId }) => targetId),
      )
    : NOTHING;
  const main = await reserve(() => admission.reserve(call.caller, first, signal));
  const extras: Reservation[] = [];
  const byTarget = new Map<string, Reservation[]>();
  let refused: EngineError | undefined;

  return {
    async allow(targetId, index) {
      try {
        const amounts = { ...worstOf(journey, [targetId]), countsAsRequest: true };
        const own = await admission.reserveTarget(targetId, amounts, signal);
        byTarget.set(targetId, [...(byTarget.get(targetId) ?? []), own]);
        // The first attempt is what was reserved at the beginning; each further one may cost as much again.
        if (index > 0)
          extras.push(await admission.reserve(call.caller, { ...amounts, countsAsRequest: false }, signal));
        return true;
      } catch (error) {
        if (!(error instanceof AdmissionError)) throw error;
        refused = admissionError(error);
        return false;
      }
    },
    refused: () => refused,
    ended(attempt) {
      const tokens = (attempt.usage?.inputTokens ?? 0) + (attempt.usage?.outputTokens ?? 0);
      byTarget.get(attempt.targetId)?.shift()?.settle({ tokens, micros: attempt.costMicros });
    },
    settle({ usage, costMicros }) {
      main.settle({ tokens: usage.inputTokens + usage.outputTokens, micros: costMicros });
    },
    close() {
      main.release();
      for (const extra of extras) extra.release();
      for (const reservations of byTarget.values()) for (const one of reservations) one.release();
    },
  };
}

const NOTHING: ReserveAmounts = { inputTokens: 0, maxOutputTokens: 0, worstCaseMicros: 0 };

async function reserve(make: () => Promise<Reservation>): Promise<Reservation> {
  try {
    return await make();
  } catch (error) {
    throw error instanceof AdmissionError ? admissionError(error) : error;
  }
}

/** The most that one attempt at any of these targets may use. */
export function worstOf({ decision, lease }: Journey, targetIds: readonly string[]): ReserveAmounts {
  const { facts } = decision;
  if (!facts) return NOTHING;
  const inputTokens = Math.ceil(facts.inputTokens * INPUT_MARGIN);
  let maxOutputTokens = 0;
  let worstCaseMicros = 0;
  for (const targetId of targetIds) {
    const target = lease.world.catalogue.byId.get(targetId);
    if (!target) continue;
    const limits = [facts.maxOutputTokens, target.maxOutputTokens].filter((limit) => limit > 0);
    const output = limits.length > 0 ? Math.min(...limits) : facts.predictedOutputTokens * OUTPUT_MARGIN;
    maxOutputTokens = Math.max(maxOutputTokens, output);
    worstCaseMicros = Math.max(worstCaseMicros, toMicros(expectedCost(target.price, inputTokens, 0, output)));
  }
  return { inputTokens, maxOutputTokens, worstCaseMicros };
}
